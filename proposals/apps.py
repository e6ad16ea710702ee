from django.apps import AppConfig

from proposals.guards import GUARDS


class ProposalsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "proposals"
    guards = GUARDS
