import functools

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "identity"

    def ready(self) -> None:
        from core import personal_data
        from identity import addresses, fields
        from identity.personal_data import SOURCES
        from identity.services.vault import checked_ring

        fields.use_keys(functools.partial(checked_ring, fields.KEY_NAME))
        addresses.seal_the_librarys()
        personal_data.register(SOURCES)
