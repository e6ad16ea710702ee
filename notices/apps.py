from django.apps import AppConfig


class NoticesConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "notices"

    def ready(self) -> None:
        from audit.topics import TOLD
        from notices.messages import topics

        TOLD.update(topics())
