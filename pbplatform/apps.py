from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PlatformConfig(AppConfig):
    name = "pbplatform"

    def ready(self) -> None:
        from core.sweeps import beat_schedule
        from pbplatform.celery import app
        from pbplatform.operations import checks, tasks  # noqa: F401 (they register themselves)

        autodiscover_modules("tasks")
        app.conf.beat_schedule = beat_schedule()
