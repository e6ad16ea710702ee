from django.apps import AppConfig

from audit.guards import GUARDS


class AuditConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "audit"
    guards = GUARDS

    def ready(self) -> None:
        from audit.personal_data import SOURCES
        from core import personal_data

        personal_data.register(SOURCES)
