"""Addresses of the vote."""

from django.urls import path

from voting.views import ballot, basket, casting, desk, results, rules, turnout

app_name = "voting"

_ROUND = "<slug:authority_slug>/<slug:round_slug>"
_DESK = "<slug:authority_slug>/desk/<slug:round_slug>"

urlpatterns = [
    path(f"{_DESK}/ballot-paper/", desk.ballot_paper, name="desk_ballot_paper"),
    path(f"{_DESK}/close/", desk.close, name="desk_close"),
    path(f"{_ROUND}/ballot/", ballot.ballot, name="ballot"),
    path(f"{_ROUND}/ballot/basket/", basket.basket, name="basket"),
    path(f"{_ROUND}/ballot/review/", casting.review, name="review"),
    path(f"{_ROUND}/ballot/mine/", casting.mine, name="mine"),
    path(f"{_ROUND}/ballot/rules/", rules.rules, name="rules"),
    path(f"{_ROUND}/ballot/rules.json", rules.rules_text, name="rules_text"),
    path(f"{_ROUND}/ballot/turnout/", turnout.turnout, name="turnout"),
    path(f"{_ROUND}/ballot/turnout.json", turnout.turnout_data, name="turnout_data"),
    path(f"{_ROUND}/results/", results.results, name="results"),
    path(f"{_ROUND}/results/<int:number>-<slug:scope>.pb", results.ballots, name="ballots"),
]
