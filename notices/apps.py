from django.apps import AppConfig


class NoticesConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "notices"

    def ready(self) -> None:
        from audit.topics import ANNOUNCED_ACTIONS
        from core import personal_data
        from notices.messages import topics
        from notices.personal_data import SOURCES

        ANNOUNCED_ACTIONS.update(topics())
        personal_data.register(SOURCES)
