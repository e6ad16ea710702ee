"""Passes: leave for a verified person without an account to do one act in one round, once.

A pass lies sealed in the visitor's session and nowhere else. It names round, person and act, is worth
nothing for another, ends after half an hour, and goes with the session when the act is done.
"""

import json
from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase

from identity import fields, sealing
from identity.keys import KeyUnavailable
from identity.models import Person
from rounds.models import Act, Round

# Long enough to look through a ballot again, short enough for a computer that others use too.
PASS_LIFETIME = timedelta(minutes=30)
_SLOT = "pass"
_PURPOSE = "pass"


def give_pass(
    session: SessionBase, round: Round, act: Act, *, person: Person, assurance: int, now: datetime
) -> None:
    """Let whoever holds this session do the act as that person, shown with that assurance.

    The session gets another key, so that one planted before is worth nothing. What else it holds stays.
    """
    content = {
        "round": round.pk,
        "act": act.value,
        "person": str(person.pk),
        "assurance": assurance,
        "until": (now + PASS_LIFETIME).timestamp(),
    }
    session.cycle_key()
    session[_SLOT] = sealing.seal(fields.key(), _PURPOSE, json.dumps(content))


def holder_of_pass(session: SessionBase, round: Round, act: Act, *, now: datetime) -> Person | None:
    """Return the person whose pass for this act in this round the session holds now, else None.

    Their assurance is what they showed for the pass, even if they once showed more. No query without a
    pass, one with one.
    """
    sealed = session.get(_SLOT)
    if not sealed:
        return None
    try:
        content = json.loads(sealing.unseal(fields.key(), _PURPOSE, sealed))
    except KeyUnavailable:
        return None
    if (content["round"], content["act"]) != (round.pk, act.value) or content["until"] <= now.timestamp():
        return None
    person = Person.objects.filter(pk=content["person"]).select_related("area").first()
    if person is not None:
        person.assurance = min(person.assurance, content["assurance"])
    return person


def take_back_pass(session: SessionBase) -> None:
    """End the session that holds the pass: its row is deleted, and nothing of the visitor is left."""
    session.flush()
