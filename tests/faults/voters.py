"""Voters with a request each that casts a ballot, and what box and log hold of them afterwards."""

from __future__ import annotations

import http.client
import re
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from identity.models import Account
from identity.sessions import SessionStore
from identity.verification.models import Person
from rounds.models import Round
from tests.faults.site import Answer, exchange
from tests.voting.votes import codes, fresh, make_vote
from voting.ballots import sealing as ballots_sealing
from voting.ballots.models import BallotBox, CastEvent
from voting.ballots.selectors import unseal_row
from voting.ballots.services import Envelope
from voting.polls import choices as polls_choices

_LINE_OF_RECEIPT = re.compile(rb'data-log-ref="([0-9a-f]{64})"')


@dataclass(slots=True)
class Ballot:
    """One voter's request, and what is known about it afterwards."""

    person_id: str
    path: str
    headers: dict[str, str]
    body: str
    choices: str
    log_ref: bytes
    acknowledged: bool = False
    # Every status that came back; 0 where the connection broke.
    statuses: list[int] = field(default_factory=list)

    def post(self, port: int, *, timeout: float = 30) -> Answer | None:
        """Send it once; None where the connection broke."""
        try:
            answer = exchange(port, "POST", self.path, headers=self.headers, body=self.body, timeout=timeout)
        except (OSError, http.client.HTTPException):
            self.statuses.append(0)
            return None
        self.statuses.append(answer.status)
        found = _LINE_OF_RECEIPT.search(answer.body)
        if answer.status == 200 and found and bytes.fromhex(found[1].decode()) == self.log_ref:
            self.acknowledged = True
        return answer

    def post_until_acknowledged(self, port: int, *, seconds: float = 60) -> bool:
        """Send the same request again until it is acknowledged; return whether it was in time."""
        deadline = time.monotonic() + seconds
        while not self.acknowledged and time.monotonic() < deadline:
            answer = self.post(port)
            if answer is not None and answer.status not in (200, 502, 503):
                return False
            if not self.acknowledged:
                time.sleep(0.1)
        return self.acknowledged


@dataclass(frozen=True, slots=True)
class Vote:
    """A round in its voting phase, with voters who have each one ballot ready."""

    round: Round
    ballots: list[Ballot]
    codes: list[str]


def make_ballots(n_voters: int, *, projects: int = 3, round: Round | None = None, n_chosen: int = 2) -> Vote:
    """Make a round with as many signed-in voters, and a request of each that casts a ballot."""
    round = round or make_vote([300] * projects, ballot_style={"max_choices": 2}, budget_minor=300 * projects)
    offered = codes(round)
    accounts = Account.objects.bulk_create(
        Account(email=f"voter{secrets.token_hex(6)}@example.org", password="!", display_name="Resident")
        for _ in range(n_voters)
    )
    persons = Person.objects.bulk_create(
        Person(
            authority=round.authority,
            account=account,
            residency="resident",
            area=round.authority.area,
            age_group="35-49",
            assurance=2,
            verified_at=timezone.now(),
        )
        for account in accounts
    )
    path = reverse("voting:review", args=[round.authority.slug, round.slug])
    sessions, ballots = [], []
    for account, person in zip(accounts, persons, strict=True):
        session, token = secrets.token_hex(16), secrets.token_hex(16)
        sessions.append(
            Session(
                session_key=session,
                session_data=SessionStore().encode(
                    {
                        SESSION_KEY: str(account.pk),
                        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
                        HASH_SESSION_KEY: account.get_session_auth_hash(),
                    }
                ),
                expire_date=timezone.now() + timedelta(days=1),
            )
        )
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={token}",
        }
        chosen = sorted(secrets.SystemRandom().sample(offered, n_chosen))
        ballots.append(_filled_in(round, chosen, str(person.pk), path, headers, token))
    Session.objects.bulk_create(sessions)
    return Vote(fresh(round), ballots, offered)


def _filled_in(
    round: Round, chosen: list[str], person_id: str, path: str, headers: dict[str, str], token: str
) -> Ballot:
    assert round.poll.rules_hash is not None
    text = polls_choices.canonical({1: chosen})
    envelope = Envelope.of(ballots_sealing.new_code(), round.slug, bytes(round.poll.rules_hash), text)
    fields = [
        *(("choice-1", code) for code in chosen),
        ("log_ref", envelope.references.log_ref.hex()),
        ("ballot_ref", envelope.references.ballot_ref.hex()),
        ("nonce", envelope.references.nonce.hex()),
        ("commitment", envelope.commitment.hex()),
        ("csrfmiddlewaretoken", token),
    ]
    return Ballot(person_id, path, headers, urlencode(fields), text, envelope.references.log_ref)


def another_ballot(vote: Vote, ballot: Ballot, *chosen: str) -> Ballot:
    """A ballot of the same voter, in the same session, with a receipt of its own."""
    token = dict(parse_qsl(ballot.body))["csrfmiddlewaretoken"]
    return _filled_in(vote.round, sorted(chosen), ballot.person_id, ballot.path, ballot.headers, token)


@dataclass(frozen=True, slots=True)
class Found:
    """The box's and log's content for a list of ballots."""

    acknowledged: int
    stored: int
    # Acknowledged, and not in the log or not as they were cast.
    lost: int
    # Entries or ballots beyond one for each voter.
    duplicated: int


def compare(vote: Vote) -> Found:
    """Look into the box and the log for each ballot, opening it with the round's key."""
    round = fresh(vote.round)
    key = round.poll.key
    entries = Counter(
        bytes(ref) for ref in CastEvent.objects.filter(round=round).values_list("log_ref", flat=True)
    )
    rows = {bytes(row.voter_tag): row for row in BallotBox.objects.filter(round_id=round.pk)}
    lost = 0
    for ballot in vote.ballots:
        row = rows.get(ballots_sealing.tag(key, ballot.person_id))
        opened = unseal_row(key, row) if row is not None and row.sealed is not None else None
        whole = opened is not None and opened.choices == ballot.choices and entries[ballot.log_ref] == 1
        lost += ballot.acknowledged and not whole
    n_events = sum(entries.values())
    mine = {ballots_sealing.tag(key, ballot.person_id) for ballot in vote.ballots}
    castings = sum(row.revision for row in rows.values())
    duplicated = (n_events - len(entries)) + (castings - len(rows)) + len(set(rows) - mine)
    return Found(sum(ballot.acknowledged for ballot in vote.ballots), len(rows), lost, duplicated)


@contextmanager
def voters_at_work(
    ballots: Sequence[Ballot], port: int, *, clients: int, seconds: float = 120, held_back: int = 0
) -> Iterator[Callable[[], int]]:
    """Cast the ballots from as many threads while the block runs, until all are acknowledged or time is up.

    Yields how many are acknowledged by now, so that a fault can be made in the midst. The last ones, as many
    as are `held_back`, are cast after the block, so that it never comes too late.
    """
    waiting = list(reversed(ballots))
    over = threading.Event()
    lock = threading.Lock()
    deadline = time.monotonic() + seconds

    def work() -> None:
        while True:
            with lock:
                is_held_back = len(waiting) <= held_back and not over.is_set()
                if not is_held_back:
                    if not waiting:
                        return
                    ballot = waiting.pop()
            if is_held_back:
                over.wait()
                continue
            ballot.post_until_acknowledged(port, seconds=deadline - time.monotonic())

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield lambda: sum(ballot.acknowledged for ballot in ballots)
    finally:
        over.set()
        for thread in threads:
            thread.join()
