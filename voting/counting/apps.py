from django.apps import AppConfig

from voting.counting.guards import GUARDS


class CountingConfig(AppConfig):
    name = "voting.counting"
    guards = GUARDS
