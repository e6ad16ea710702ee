"""The voter's pages for the tests: their addresses, choosing there, and casting."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from rounds.models import Round
from voting.ballots import sealing


def url(name: str, round: Round) -> str:
    """Return the address of a voting page of the round."""
    return reverse(f"voting:{name}", args=[round.authority.slug, round.slug])


def add(client: Client, round: Round, *chosen: str, ballot_style: int = 1, **more: str) -> Any:
    """Put projects into the basket, one after the other; return the last response."""
    for code in chosen:
        answer = client.post(url("basket", round), {"paper": ballot_style, "add": code, **more})
    return answer


def code_on(page: str) -> str:
    """Return the receipt code that the server made for the form of this page."""
    found = re.search(r'name="receipt_code" value="([^"]+)"', page)
    assert found
    return found[1]


def cast(client: Client, round: Round, *chosen: str, code: str = "", **more: object) -> Any:
    """Cast a ballot of the first ballot style through the form; the receipt code is new unless given."""
    code = code or sealing.show_code(sealing.new_code())
    return client.post(url("review", round), {"choice-1": list(chosen), "receipt_code": code, **more})
