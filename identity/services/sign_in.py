"""The providers that people may sign in with."""

from django.db import transaction

from audit.actions import Action
from audit.services import record
from identity.models import Account, SignInProvider


@transaction.atomic
def set_up_sign_in(slug: str, *, actor: Account | None, **fields: object) -> SignInProvider:
    """Open, change or close a provider to sign in with; `fields` are those of SignInProvider."""
    provider, _ = SignInProvider.objects.update_or_create(slug=slug, defaults=fields)
    record(
        Action.SIGN_IN_PROVIDER_SET_UP,
        provider,
        actor=actor,
        authority=provider.authority,
        is_open=provider.is_open,
        trusts_addresses=provider.trusts_addresses,
    )
    return provider
