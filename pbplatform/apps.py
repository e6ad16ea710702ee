from django.apps import AppConfig


class PlatformConfig(AppConfig):
    name = "pbplatform"

    def ready(self) -> None:
        from pbplatform.operations import checks  # noqa: F401 (registers the checks, which need the apps)
