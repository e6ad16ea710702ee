from django.apps import AppConfig

from voting.polls.guards import GUARDS


class PollsConfig(AppConfig):
    name = "voting.polls"
    guards = GUARDS
