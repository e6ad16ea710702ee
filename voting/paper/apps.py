from django.apps import AppConfig

from voting.paper.guards import GUARDS


class PaperConfig(AppConfig):
    name = "voting.paper"
    guards = GUARDS
