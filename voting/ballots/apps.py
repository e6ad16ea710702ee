from django.apps import AppConfig

from voting.ballots.guards import GUARDS


class BallotsConfig(AppConfig):
    name = "voting.ballots"
    guards = GUARDS
