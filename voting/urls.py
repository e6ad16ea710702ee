"""Addresses of the vote."""

from django.urls import path

from voting.ballots.web import ballot, basket, casting, check, kiosk, log, rules, turnout
from voting.ballots.web import ballot_styles as ballots_ballot_styles
from voting.counting.web import close as counting_close
from voting.paper.web import polling_places
from voting.polls.web import extensions, rule, trials
from voting.publication.web import results

app_name = "voting"

_ROUND = "<slug:authority_slug>/<slug:round_slug>"
_DESK = "<slug:authority_slug>/desk/<slug:round_slug>"

urlpatterns = [
    # First, because every ballot asks for it.
    path(f"{_ROUND}/ballot/review/", casting.review, name="review"),
    path(f"{_DESK}/ballot-styles/", ballots_ballot_styles.ballot_styles, name="desk_ballot_styles"),
    path(f"{_DESK}/rule/", rule.rule, name="desk_rule"),
    path(f"{_DESK}/close/", counting_close.close, name="desk_close"),
    path(f"{_DESK}/ballot-styles/ballot.pdf", polling_places.proof, name="desk_ballot_proof"),
    path(f"{_DESK}/kiosk/", kiosk.set_up, name="desk_kiosk"),
    path(f"{_ROUND}/kiosk/", kiosk.kiosk, name="kiosk"),
    path(f"{_ROUND}/kiosk/finish/", kiosk.finish, name="kiosk_finish"),
    path(f"{_DESK}/trial/", trials.trial, name="desk_trial"),
    path(f"{_DESK}/extension/", extensions.extend, name="desk_extension"),
    path(f"{_DESK}/polling-places/", polling_places.polling_places, name="polling_places"),
    path(f"{_DESK}/polling-places/ballot.pdf", polling_places.sheet, name="ballot_sheet"),
    path(
        f"{_DESK}/polling-places/<int:polling_place_id>/", polling_places.polling_place, name="polling_place"
    ),
    path(f"{_DESK}/polling-places/batches/<int:batch_id>/", polling_places.batch, name="ballot_batch"),
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
