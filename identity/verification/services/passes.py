"""Passes: permission for a verified person without an account to do one act in one round, once.

A pass is sealed in the visitor's session and nowhere else. It names round, person and act, is not valid for
another, expires after 30 minutes, and goes with the session when the act is done.
"""

import json
from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase

from authorities.models import Authority
from identity import fields
from identity.keys import KeyUnavailable
from identity.verification.models import Person
from rounds.models import Act, Round

# Long enough to look through a ballot again, short enough for a computer that others use too.
PASS_LIFETIME = timedelta(minutes=30)
_SLOT = "pass"
_PURPOSE = "pass"
# The person at a clerk's service desk.
_DESK = "person at the desk"


def give_pass(
    session: SessionBase, round: Round, act: Act, *, person: Person, assurance: int, now: datetime
) -> None:
    """Let the holder of this session do the act as that person, verified with that assurance.

    The session gets another key, so that one planted before is worthless. Its other contents stay.
    """
    content = {
        "round": round.pk,
        "act": act.value,
        "person": str(person.pk),
        "assurance": assurance,
        "until": (now + PASS_LIFETIME).timestamp(),
    }
    session.cycle_key()
    session[_SLOT] = fields.seal(_PURPOSE, json.dumps(content))


def holder_of_pass(session: SessionBase, round: Round, act: Act, *, now: datetime) -> Person | None:
    """Return the person with a pass for this act in this round in the session, or None.

    Their assurance is that shown for the pass, even if they once showed more. No query without a pass,
    otherwise one.
    """
    sealed = session.get(_SLOT)
    if not sealed:
        return None
    try:
        content = json.loads(fields.unseal(_PURPOSE, sealed))
    except KeyUnavailable:
        return None
    if (content["round"], content["act"]) != (round.pk, act.value) or content["until"] <= now.timestamp():
        return None
    person = Person.objects.filter(pk=content["person"]).select_related("area").first()
    if person is not None:
        person.assurance = min(person.assurance, content["assurance"])
    return person


def attend(session: SessionBase, authority: Authority, person: Person, *, now: datetime) -> None:
    """Keep the person at the service desk in a clerk's session: 30 minutes, or until the next one comes."""
    content = {
        "authority": authority.pk,
        "person": str(person.pk),
        "until": (now + PASS_LIFETIME).timestamp(),
    }
    session[_DESK] = fields.seal(_DESK, json.dumps(content))


def attended(session: SessionBase, authority: Authority, *, now: datetime) -> Person | None:
    """Return the person at this authority's service desk, or None. No query for nobody, otherwise one."""
    sealed = session.get(_DESK)
    if not sealed:
        return None
    try:
        content = json.loads(fields.unseal(_DESK, sealed))
    except KeyUnavailable:
        return None
    if content["authority"] != authority.pk or content["until"] <= now.timestamp():
        return None
    return Person.objects.filter(pk=content["person"], authority=authority).select_related("area").first()


def stop_attending(session: SessionBase) -> None:
    """Forget who stood at the desk."""
    session.pop(_DESK, None)


def take_back_pass(session: SessionBase) -> None:
    """End the session that holds the pass: its row is deleted, and nothing of the visitor is left."""
    session.flush()
