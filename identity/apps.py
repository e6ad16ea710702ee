import functools

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "identity"

    def ready(self) -> None:
        from identity import addresses, fields
        from identity.services.vault import checked_key

        fields.use_key(functools.partial(checked_key, "fields"))
        addresses.seal_the_librarys()
