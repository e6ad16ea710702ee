from django.apps import AppConfig

from proposals.guards import GUARDS


class ProposalsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "proposals"
    guards = GUARDS

    def ready(self) -> None:
        from core import personal_data
        from proposals.personal_data import SOURCES

        personal_data.register(SOURCES)
