"""What a view behind `login_required` is given, and how one asks for the password again."""

from collections.abc import Callable
from typing import ParamSpec

from allauth.account.decorators import reauthentication_required
from django.http import HttpRequest, HttpResponse

from identity.models import Account

P = ParamSpec("P")


class SignedInRequest(HttpRequest):
    """A request whose `user` is an account, as `login_required` has made sure."""

    user: Account


def password_again(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Ask whoever opens the page for their password or passkey, unless they gave it within five minutes."""
    wrapped: Callable[P, HttpResponse] = reauthentication_required(view)
    return wrapped


def password_again_to_change(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Do the same where something is to be changed; what was typed is kept and goes on afterwards."""
    wrapped: Callable[P, HttpResponse] = reauthentication_required(view, allow_get=True)
    return wrapped
