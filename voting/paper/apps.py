from django.apps import AppConfig

from voting.paper.guards import GUARDS


class PaperConfig(AppConfig):
    name = "voting.paper"
    guards = GUARDS

    def ready(self) -> None:
        from core import personal_data
        from voting.paper.personal_data import SOURCES

        personal_data.register(SOURCES)
