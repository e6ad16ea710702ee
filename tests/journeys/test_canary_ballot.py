"""T14: before the count nobody reads one voter's ballot or code in the database, logs, mails or Redis."""

from __future__ import annotations

import base64
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings as in_force
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils.log import AdminEmailHandler
from django.views.debug import get_default_exception_reporter_filter

from notices.tasks import announce_due, deliver_due
from pbplatform.settings.test import EMBEDDED
from rounds.models import Round
from tests.factories import make_resident
from tests.identity.dump import text_of_every_table
from tests.stolen import broker_and_cache, in_base64, kept_wal, pg_dump, read_wal
from tests.voting.votes import codes, fresh, make_vote
from voting.ballots import sealing as ballots_sealing
from voting.ballots import tasks
from voting.ballots.models import BallotBox, CastEvent
from voting.ballots.services import Envelope
from voting.polls import choices as polls_choices

# Points that nobody else gives; with a project's code they are this voter's choice.
POINTS = (7919, 1303)
REPLACED = (6037, 2887)


class Canary:
    """One voter's choice and receipt codes, in every form in which they could be written down."""

    def __init__(self, offered: list[str]) -> None:
        self.chosen = offered[5], offered[2]
        self.by_server = ""
        self.by_browser = ballots_sealing.new_code()

    def forms(self, round_slug: str) -> dict[str, list[re.Pattern[str]]]:
        """Patterns by what they are patterns of."""
        codes_shown = [self.by_server, ballots_sealing.show_code(self.by_browser)]
        found: dict[str, list[re.Pattern[str]]] = {"code": [], "nonce": [], "choices": []}
        for shown in codes_shown:
            raw = ballots_sealing.read_code(shown)
            nonce = ballots_sealing.references(raw, round_slug).nonce
            bare = shown.replace("-", "")
            texts = {shown, bare, shown.lower(), bare.lower(), *in_base64(shown), *in_base64(bare)}
            found["code"] += _literally(texts | _of_bytes(raw))
            found["nonce"] += _literally(_of_bytes(nonce))
        for pair in (POINTS, REPLACED):
            for code, points in zip(self.chosen, pair, strict=True):
                # However they are parted: in a form, in JSON, as a list of a language, in a row of a file.
                both = rf"{re.escape(code)}(?:%3A|[^A-Za-z0-9\n]{{1,8}}){points}\b"
                found["choices"].append(re.compile(both))
                found["choices"] += _literally(in_base64(f'["{code}",{points}]'))
        return found


def _of_bytes(content: bytes) -> set[str]:
    return {content.hex(), content.hex().upper(), repr(content)[2:-1], *in_base64(content)}


def _literally(texts: set[str]) -> list[re.Pattern[str]]:
    return [re.compile(re.escape(text)) for text in texts]


def _finds(canary: Canary, round: Round, places: dict[str, str]) -> dict[str, list[str]]:
    """Return, by place, what of the canary is found there."""
    forms = canary.forms(round.slug)
    return {
        place: hits
        for place, text in places.items()
        if (hits := [kind for kind, patterns in forms.items() if any(p.search(text) for p in patterns)])
    }


@contextmanager
def _away(path: Path) -> Iterator[None]:
    path.rename(path.with_suffix(".away"))
    try:
        yield
    finally:
        path.with_suffix(".away").rename(path)


@contextmanager
def _without_the_casting_function() -> Iterator[None]:
    """PostgreSQL then refuses the statement, with all its values in its own log."""
    kind = "bigint, bytea, bytea, bytea, bytea, text, text, bigint, text"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER FUNCTION cast_ballot({kind}) RENAME TO cast_ballot_away")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER FUNCTION cast_ballot_away({kind}) RENAME TO cast_ballot")


@contextmanager
def _errors_are_mailed() -> Iterator[None]:
    """As many sites have it: each error goes to the operators, with the request and every frame."""
    handler = AdminEmailHandler(include_html=True)
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    # Made once a process, and remembered.
    get_default_exception_reporter_filter.cache_clear()
    try:
        yield
    finally:
        get_default_exception_reporter_filter.cache_clear()
        logger.removeHandler(handler)


class Journey:
    """One voter's way from a basket to a replaced ballot, with every failure on it."""

    def __init__(self, round: Round, canary: Canary) -> None:
        self.round = round
        self.canary = canary
        self.account = make_resident(round.authority)
        self.browser = Client(raise_request_exception=False)
        self.statuses: dict[str, int] = {}
        self.error_pages: list[str] = []

    def _url(self, name: str) -> str:
        return reverse(f"voting:{name}", args=[self.round.authority.slug, self.round.slug])

    def _entries(self, points: tuple[int, int]) -> list[str]:
        return [f"{code}:{given}" for code, given in zip(self.canary.chosen, points, strict=True)]

    def _post(self, name: str, points: tuple[int, int], **fields: object) -> str:
        answer = self.browser.post(self._url("review"), {"choice-1": self._entries(points), **fields})
        self.statuses[name] = answer.status_code
        return answer.content.decode()

    def before_casting(self) -> None:
        """Choose as a visitor, sign in, and meet every way in which casting fails."""
        for code, given in zip(self.canary.chosen, POINTS, strict=True):
            self.browser.post(self._url("basket"), {"paper": 1, "add": code, f"points-{code}": str(given)})
        self.browser.get(self._url("review"))
        self.browser.force_login(self.account)
        review = self.browser.get(self._url("review")).content.decode()
        self.canary.by_server = re.search(r'name="receipt_code" value="([^"]+)"', review)[1]
        # What was chosen is in the review page: the basket came through signing in.
        assert all(entry in review for entry in self._entries(POINTS))
        code = self.canary.by_server
        self._post("too many points", (9000, 1303), receipt_code=code)
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = self.browser.cookies
        forged = strict.post(self._url("review"), {"choice-1": self._entries(POINTS), "receipt_code": code})
        self.statuses["forged"] = forged.status_code
        self.error_pages.append(forged.content.decode())
        with _away(_key_file(self.round)):
            # The way back to what was typed is in this answer alone, for whoever typed it.
            assert code in self._post("without the key", POINTS, receipt_code=code)
        with _without_the_casting_function(), _errors_are_mailed():
            self.error_pages.append(self._post("broken", POINTS, receipt_code=code))

    def cast_and_replace(self) -> None:
        """Cast without script, ask for the stored ballot, check the code, cast again with script."""
        self._post("cast", POINTS, receipt_code=self.canary.by_server)
        mine = self.browser.get(self._url("mine")).content.decode()
        assert str(POINTS[0]) in mine
        self.browser.post(self._url("check"), {"receipt_code": self.canary.by_server})
        self._post("the same code again", REPLACED, receipt_code=self.canary.by_server)
        pairs = list(zip(self.canary.chosen, REPLACED, strict=True))
        made = Envelope.of(
            self.canary.by_browser,
            self.round.slug,
            bytes(self.round.poll.rules_hash),
            polls_choices.canonical({1: pairs}),
        )
        fields = {
            "log_ref": made.references.log_ref.hex(),
            "ballot_ref": made.references.ballot_ref.hex(),
            "nonce": made.references.nonce.hex(),
            "commitment": made.commitment.hex(),
        }
        self._post("replaced", REPLACED, **fields)


def _key_file(round: Round) -> Path:
    return Path(in_force.KEY_DIRECTORY) / f"round-{round.poll.key_name}.key"


def _canary_vote() -> Round:
    paper = {"kind": "cumulative", "points": 9999, "points_per_project": 9999, "max_choices": 6}
    return fresh(make_vote([100] * 6, ballot_style=paper, budget_minor=600))


@pytest.mark.skipif(not EMBEDDED.with_postgres, reason="reads the server's own files")
@pytest.mark.django_db(transaction=True)
def test_t14_a_canary_ballot_and_its_codes_are_nowhere_before_the_count(settings, tmp_path, caplog, capfd):
    settings.ADMINS = [("Operator", "operator@example.org")]
    settings.LOG_BATCH_ENTRIES = 1
    caplog.set_level("DEBUG")
    round = _canary_vote()
    canary = Canary(codes(round))
    journey = Journey(round, canary)
    log = EMBEDDED.postgres.log
    written_before = log.stat().st_size

    with kept_wal() as start:
        journey.before_casting()
        sessions_before = text_of_every_table()
        journey.cast_and_replace()
        tasks.sequence_due()
        announce_due()
        deliver_due()
        wal = read_wal(start)

    assert journey.statuses == {
        "too many points": 422,
        "forged": 403,
        "without the key": 503,
        "broken": 500,
        "cast": 200,
        "the same code again": 409,
        "replaced": 200,
    }
    assert BallotBox.objects.get().revision == 2
    assert CastEvent.objects.filter(leaf_index=None).count() == 0
    written = capfd.readouterr()
    with log.open(errors="replace") as file:
        file.seek(written_before)
        of_postgres = file.read()
    mails = "\n".join(
        "\n".join([message.subject, str(message.body), *(str(part[0]) for part in message.alternatives)])
        for message in mail.outbox
    )
    places = {
        "pg_dump": pg_dump(),
        "tables": text_of_every_table(),
        "tables before casting": sessions_before,
        "write-ahead log": wal.decode("latin-1"),
        "redis": broker_and_cache(),
        "logs": caplog.text + written.out + written.err,
        "log of PostgreSQL": of_postgres,
        "mails": mails,
        "error pages": "\n".join(journey.error_pages),
    }
    # Every place was written to on the way.
    assert "COPY public.ballots_ballotbox" in places["pg_dump"]
    assert "function cast_ballot" in places["log of PostgreSQL"]
    assert "Internal Server Error" in places["logs"]
    assert "ProgrammingError" in places["mails"]
    assert _finds(canary, round, places) == {}


def test_t14_the_search_would_find_a_code_a_nonce_or_choices_in_any_spelling():
    canary = Canary([f"R1-000{number}" for number in range(6)])
    canary.by_server = ballots_sealing.show_code(ballots_sealing.new_code())
    raw = ballots_sealing.read_code(canary.by_server)
    nonce = ballots_sealing.references(raw, "round").nonce
    round = Round(slug="round")
    code, other = canary.chosen

    def finds(text: str) -> list[str]:
        return _finds(canary, round, {"there": text}).get("there", [])

    assert finds(f"code={canary.by_server}&x") == ["code"]
    assert finds(canary.by_server.replace("-", "").lower()) == ["code"]
    assert finds(f"INSERT '\\x{raw.hex()}'") == ["code"]
    assert finds(base64.b64encode(b"a" + raw + b"bcd").decode()) == ["code"]
    assert finds(nonce.hex()) == ["nonce"]
    assert finds(f"choice-1={code}%3A7919") == ["choices"]
    assert finds(f"choice-1={code}:7919") == ["choices"]
    assert finds(f'{{"1":[["{code}",7919],["{other}",1303]]}}') == ["choices"]
    assert finds(f"('{other}', 2887)") == ["choices"]
    assert finds(base64.b64encode(f'{{"1":[["{code}",7919]]}}'.encode()).decode()) == ["choices"]
    assert finds(f"{code} costs 100 {os.urandom(64).hex()}") == []
