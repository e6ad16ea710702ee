from django.apps import AppConfig

from voting.ballots.guards import GUARDS


class BallotsConfig(AppConfig):
    name = "voting.ballots"
    guards = GUARDS

    def ready(self) -> None:
        from core import personal_data
        from voting.ballots.personal_data import SOURCES

        personal_data.register(SOURCES)
