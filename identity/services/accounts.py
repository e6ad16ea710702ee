"""Accounts: signing up, and what people set about themselves."""

from collections.abc import Iterable

from allauth.account.models import EmailAddress
from django.db import transaction

from audit.actions import Action
from audit.services import record
from identity.models import Account
from identity.selectors import Version
from identity.services.consents import agree


@transaction.atomic
def register(
    account: Account, *, display_name: str, language: str, agrees_to: Iterable[Version] = ()
) -> Account:
    """Save a new account, its password already set, with the name others see and the language of its mail.

    `agrees_to` are the texts accepted with the sign-up; others are asked for at the first sign-in.
    The e-mail address is confirmed apart, by a code sent to it.
    """
    account.display_name = display_name
    account.language = language
    account.save()
    record(Action.ACCOUNT_REGISTERED, account, actor=account, language=language)
    agree(account, agrees_to)
    return account


@transaction.atomic
def set_up_account(account: Account, *, display_name: str, language: str) -> None:
    """Change the display name and the language of an account's mail."""
    account.display_name = display_name
    account.language = language
    account.save(update_fields=["display_name", "language"])
    record(Action.ACCOUNT_SET_UP, account, actor=account, language=language)


@transaction.atomic
def confirm_address(account: Account) -> None:
    """Mark the account's e-mail address as confirmed without a code. Repeating it changes nothing.

    For accounts set up by an operator or the demo; people who register get a code by mail.
    """
    _address, is_new = EmailAddress.objects.update_or_create(
        user=account, email=account.email, defaults={"verified": True, "primary": True}
    )
    if is_new:
        record(Action.ADDRESS_CONFIRMED, account, actor=None)
