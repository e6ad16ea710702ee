from django.apps import AppConfig

from voting.guards import GUARDS


class VotingConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "voting"
    guards = GUARDS
