from django.apps import AppConfig

from reports.guards import GUARDS


class ReportsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "reports"
    guards = GUARDS
