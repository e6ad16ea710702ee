"""Visitors for the tests: a round that allows voting without an account, and actions on its pages."""

import re
from typing import Any

from django.test import Client
from django.utils import timezone

from identity.sessions import SessionStore
from identity.verification import services as identity
from identity.verification.models import Person, VerificationRoute
from rounds.models import Act, Round
from tests.identity.peers import Phones
from tests.voting.pages import add, url
from tests.voting.votes import fresh, make_vote
from voting.ballots import services
from voting.polls.models import RuleSet

PHONE = "010-5555-0101"


def open_round(without_account: bool = True, **fields: Any) -> Round:
    """A round with an open poll whose authority verifies phones."""
    round = make_vote(freeze=False, **fields)
    RuleSet.objects.filter(round=round).update(without_account=without_account)
    services.freeze_rules(round, actor=None)
    identity.set_up_route(
        round.authority, VerificationRoute.Method.PHONE, actor=None, assurance=1, valid_days=365
    )
    return fresh(round)


def at(round: Round, page: str) -> str:
    """Return the address of a page of the round, from the part after the round."""
    return f"/{round.authority.slug}/{round.slug}/{page}"


def sent_code() -> str:
    """Return the code in the latest text message."""
    found = re.search(r"\d{6}", Phones.texts[-1][1])
    assert found
    return found[0]


def ask_for_code(client: Client, round: Round, phone: str = PHONE, **typed: str) -> Any:
    """Ask for a code by text message, as a resident of the whole area by default."""
    return client.post(
        at(round, "verify/"),
        {
            "residency": "resident",
            "area": str(round.authority.area.pk),
            "age_group": "35-49",
            "phone": phone,
            **typed,
        },
    )


def verify(client: Client, round: Round, phone: str = PHONE) -> None:
    """Verify with a code; afterwards the ballot is ready to be cast."""
    target = ask_for_code(client, round, phone).url
    answer: Any = client.post(target, {"code": sent_code()})
    assert (answer.status_code, answer.url) == (302, url("review", round))


def review_page(client: Client, round: Round) -> str:
    """Return the page on which the ballot is reviewed and cast."""
    return client.get(url("review", round)).content.decode()


def review_page_with(client: Client, round: Round, code: str) -> str:
    """Return the same page after choosing this project."""
    add(client, round, code)
    return review_page(client, round)


def give_pass(round: Round, person: Person, assurance: int = 1, act: Act = Act.VOTE) -> SessionStore:
    """Return an unsaved session with a pass for the person."""
    session = SessionStore()
    session.create()
    identity.give_pass(session, round, act, person=person, assurance=assurance, now=timezone.now())
    return session
