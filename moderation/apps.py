from django.apps import AppConfig

from moderation.guards import GUARDS


class ModerationConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "moderation"
    guards = GUARDS
