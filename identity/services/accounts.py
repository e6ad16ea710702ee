"""Accounts: signing up, and what people set about themselves."""

from django.db import transaction

from audit.actions import Action
from audit.services import record
from identity.models import Account


@transaction.atomic
def register(account: Account, *, display_name: str, language: str) -> Account:
    """Save a new account, its password already set, with the name others see and the language of its mail.

    The e-mail address is confirmed apart, by a code sent to it.
    """
    account.display_name = display_name
    account.language = language
    account.save()
    record(Action.ACCOUNT_REGISTERED, account, actor=account, language=language)
    return account


@transaction.atomic
def set_up_account(account: Account, *, display_name: str, language: str) -> None:
    """Change the name others see beside the account's texts, and the language its mail is written in."""
    account.display_name = display_name
    account.language = language
    account.save(update_fields=["display_name", "language"])
    record(Action.ACCOUNT_SET_UP, account, actor=account, language=language)
