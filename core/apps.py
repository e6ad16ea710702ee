from django.apps import AppConfig

from core.guards import GUARDS


class CoreConfig(AppConfig):
    name = "core"
    guards = GUARDS
