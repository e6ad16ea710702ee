from django.apps import AppConfig


class VerificationConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "identity.verification"

    def ready(self) -> None:
        from core import personal_data
        from identity.verification.personal_data import SOURCES

        personal_data.register(SOURCES)
