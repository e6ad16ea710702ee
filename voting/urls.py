"""Addresses of the vote."""

from django.urls import path

from voting.ballots.web import ballot, basket, casting, check, kiosk, log, rules, turnout
from voting.ballots.web import ballot_paper as ballots_ballot_paper
from voting.counting.web import close as counting_close
from voting.paper.web import paper
from voting.polls.web import extensions, rule, trials
from voting.publication.web import results

app_name = "voting"

_ROUND = "<slug:authority_slug>/<slug:round_slug>"
_DESK = "<slug:authority_slug>/desk/<slug:round_slug>"

urlpatterns = [
    # First, because every ballot asks for it.
    path(f"{_ROUND}/ballot/review/", casting.review, name="review"),
    path(f"{_DESK}/ballot-paper/", ballots_ballot_paper.ballot_paper, name="desk_ballot_paper"),
    path(f"{_DESK}/rule/", rule.rule, name="desk_rule"),
    path(f"{_DESK}/close/", counting_close.close, name="desk_close"),
    path(f"{_DESK}/ballot-paper/ballot.pdf", paper.proof, name="desk_ballot_proof"),
    path(f"{_DESK}/kiosk/", kiosk.set_up, name="desk_kiosk"),
    path(f"{_ROUND}/kiosk/", kiosk.kiosk, name="kiosk"),
    path(f"{_ROUND}/kiosk/finish/", kiosk.finish, name="kiosk_finish"),
    path(f"{_DESK}/trial/", trials.trial, name="desk_trial"),
    path(f"{_DESK}/extension/", extensions.extend, name="desk_extension"),
    path(f"{_DESK}/paper/", paper.desks, name="paper_desks"),
    path(f"{_DESK}/paper/ballot.pdf", paper.sheet, name="paper_sheet"),
    path(f"{_DESK}/paper/<int:desk_id>/", paper.desk, name="paper_desk"),
    path(f"{_DESK}/paper/batches/<int:batch_id>/", paper.batch, name="paper_batch"),
    path(f"{_ROUND}/ballot/", ballot.ballot, name="ballot"),
    path(f"{_ROUND}/ballot/basket/", basket.basket, name="basket"),
    path(f"{_ROUND}/ballot/mine/", casting.mine, name="mine"),
    path(f"{_ROUND}/ballot/rules/", rules.rules, name="rules"),
    path(f"{_ROUND}/ballot/rules.json", rules.rules_text, name="rules_text"),
    path(f"{_ROUND}/ballot/turnout/", turnout.turnout, name="turnout"),
    path(f"{_ROUND}/ballot/turnout.json", turnout.turnout_data, name="turnout_data"),
    path(f"{_ROUND}/log/", log.log, name="log"),
    path(f"{_ROUND}/log/checkpoint", log.checkpoint, name="checkpoint"),
    path(f"{_ROUND}/log/checkpoint/<int:size>", log.old_checkpoint, name="old_checkpoint"),
    path(f"{_ROUND}/log/tile/entries/<path:tile_place>", log.bundle_of_entries, name="bundle_of_entries"),
    path(f"{_ROUND}/log/tile/<int:level>/<path:tile_place>", log.tile, name="tile"),
    path(f"{_ROUND}/check/", check.check, name="check"),
    path(f"{_ROUND}/results/", results.results, name="results"),
    path(f"{_ROUND}/results/publication.zip", results.bundle, name="bundle"),
    path(f"{_ROUND}/results/<int:number>-<slug:scope>.pb", results.ballots, name="ballots"),
]
