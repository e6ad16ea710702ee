from django.apps import AppConfig

from moderation.guards import GUARDS


class ModerationConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "moderation"
    guards = GUARDS

    def ready(self) -> None:
        from core import personal_data
        from moderation.personal_data import SOURCES

        personal_data.register(SOURCES)
