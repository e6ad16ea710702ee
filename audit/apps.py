from django.apps import AppConfig

from audit.guards import GUARDS


class AuditConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "audit"
    guards = GUARDS
