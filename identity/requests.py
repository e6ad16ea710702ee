"""Requests of signed-in users, and asking them for their password again."""

import ipaddress
from collections.abc import Callable
from typing import ParamSpec

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from django.http import HttpRequest, HttpResponse

from identity.models import Account

P = ParamSpec("P")


class SignedInRequest(HttpRequest):
    """A request whose `user` is an account, as the decorators of `identity.pages` ensure."""

    user: Account


def password_again(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Ask for the password or passkey, unless it was given within the last five minutes."""
    wrapped: Callable[P, HttpResponse] = reauthentication_required(view)
    return wrapped


def password_again_to_change(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Do the same where something is to be changed; what was typed is kept and goes on afterwards."""
    wrapped: Callable[P, HttpResponse] = reauthentication_required(view, allow_get=True)
    return wrapped


def network_of(request: HttpRequest) -> str:
    """Return the network of a request: an IPv4 address, or the network half of an IPv6 one.

    `X-Forwarded-For` is trusted for as many hops as TRUSTED_PROXY_COUNT says.
    """
    address = ipaddress.ip_address(get_adapter().get_client_ip(request))
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((address, 64), strict=False).network_address)
    return str(address)
