"""What a view for people who have signed in is given, and how one asks for the password again."""

import ipaddress
from collections.abc import Callable
from typing import ParamSpec

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from django.http import HttpRequest, HttpResponse

from identity.models import Account

P = ParamSpec("P")


class SignedInRequest(HttpRequest):
    """A request whose `user` is an account, as the decorators of `identity.pages` have made sure."""

    user: Account


def password_again(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Ask whoever opens the page for their password or passkey, unless they gave it within five minutes."""
    wrapped: Callable[P, HttpResponse] = reauthentication_required(view)
    return wrapped


def password_again_to_change(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Do the same where something is to be changed; what was typed is kept and goes on afterwards."""
    wrapped: Callable[P, HttpResponse] = reauthentication_required(view, allow_get=True)
    return wrapped


def network_of(request: HttpRequest) -> str:
    """Return where a request comes from: an IPv4 address, or the half of an IPv6 one that names a network.

    `X-Forwarded-For` is believed for as many hops as TRUSTED_PROXY_COUNT says.
    """
    address = ipaddress.ip_address(get_adapter().get_client_ip(request))
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((address, 64), strict=False).network_address)
    return str(address)
