"""After a whole journey, whoever steals the database, the logs or the broker finds nobody in them."""

from __future__ import annotations

import base64
import os
import re

import pytest
from django.core import mail
from django.test import Client

from identity.models import Account
from identity.roles import Role
from identity.verification import registers, services
from identity.verification.models import Identity, Person, VerificationRoute
from moderation.services import claim, decide, open_case
from moderation.tasks import screen_due
from notices.tasks import announce_due, deliver_due
from pbplatform.settings.test import EMBEDDED
from places.models import Area
from proposals import services as proposals
from proposals.models import Comment
from rounds.models import Phase, Residency
from tests import factories
from tests.identity.dump import text_of_every_table
from tests.identity.peers import Phones
from tests.stolen import broker_and_cache, in_base64, pg_dump
from tests.voting.votes import cast_by, make_vote, voter_of

EMAIL = "canary.person@example.org"
PHONE = "010-9988-7766"
REGISTER_NUMBER = "RG-7788123450"
BORN = "1987-06-05"
DOCUMENT = "QX7788123459"
PASSWORD = "a long canary password"
# In every spelling in which one of them might have been written down.
CANARIES = (
    "canary.person",
    "998877",
    "9988-77",
    "RG7788",
    "RG-7788",
    "QX7788",
    BORN,
    "canary password",
)


def _finds(haystack: str) -> list[str]:
    looked_for = {canary: {canary} | in_base64(canary) for canary in CANARIES}
    return [canary for canary, forms in looked_for.items() if any(form in haystack for form in forms)]


def _code_from_a_text() -> str:
    return re.search(r"\d{6}", Phones.texts[-1][1])[0]


def _journey() -> Account:
    """Sign up, be verified in three ways, propose, comment, be told, and vote; give the account."""
    round = make_vote(authority=factories.make_authority(slug="canary-city"))
    authority = round.authority
    proposing = factories.make_round(authority, open=Phase.Kind.SUBMISSION)
    browser = Client()

    browser.post("/accounts/signup/", {"email": EMAIL, "display_name": "Resident", "password1": PASSWORD})
    code = re.search(r"^\s*([A-Z0-9]{4}-?[A-Z0-9]{4}|[A-Z0-9]{6})\s*$", mail.outbox[-1].body, re.M)[1]
    browser.post("/accounts/confirm-email/", {"code": code})
    account = Account.objects.get(email=EMAIL)
    browser.post("/accounts/password/reset/", {"email": EMAIL})
    browser.post("/accounts/login/", {"login": EMAIL, "password": "canary password, mistyped"})

    for method, fields in (
        (
            VerificationRoute.Method.PHONE,
            {"phone": PHONE, "residency": "resident", "area": authority.area_id, "age_group": "35-49"},
        ),
        (VerificationRoute.Method.REGISTER, {"phone": PHONE, "number": REGISTER_NUMBER, "born": BORN}),
    ):
        route = services.set_up_route(authority, method, actor=None, assurance=2, valid_days=365)
        if method == VerificationRoute.Method.REGISTER:
            row = f"{REGISTER_NUMBER},{BORN},{authority.area.code},,{PHONE}"
            content = f"number,born,area,participation,phone\n{row}\n"
            areas = {authority.area.code: Area.objects.get(pk=authority.area_id)}
            entries = registers.read("register.csv", content.encode(), area_codes=areas, country="KR")
            services.load_register(authority, entries, actor=None)
        sent = browser.post(f"/{authority.slug}/verify/?route={route.pk}", fields)
        assert sent.status_code == 302, sent.content.decode()
        done = browser.post(f"/{authority.slug}/verify/code/{route.pk}/", {"code": _code_from_a_text()})
        assert done.status_code == 302, done.content.decode()
    services.set_up_route(authority, VerificationRoute.Method.DESK, actor=None, assurance=2)
    services.verify_in_person(
        authority,
        kind=Identity.Kind.DOCUMENT,
        typed=DOCUMENT,
        account=account,
        residency=Residency.RESIDENT,
        area=authority.area,
        age_group="35-49",
        actor=factories.make_official(authority, Role.CLERK),
    )
    browser.post(f"/{authority.slug}/verify/help/", {"text": f"My phone is {PHONE}, my mail {EMAIL}."})

    draft = proposals.save_draft(
        proposing,
        author=account,
        title="A bench",
        body="In the shade of the trees, for everybody who waits.",
        category=factories.make_category(authority),
        area=None,
        requested_cost_minor=1_000_000,
        language="en",
    )
    submitted = proposals.submit(draft, actor=account)
    moderator = factories.make_official(authority, Role.MODERATOR)
    case = open_case(submitted)
    claim(case, actor=moderator)
    decide(case, actor=moderator, outcome="publish", reason="", explanation="")
    proposals.post_comment(submitted, author=account, text="A good place for it.", language="en")
    screen_due.delay()
    announce_due()
    deliver_due()
    cast_by(
        voter_of(round, account),
        *[project.proposal.code for project in round.ballot_styles.get().projects.all()][:1],
    )
    return account


@pytest.mark.django_db(transaction=True)
def test_t64_no_canary_is_in_the_dump_the_logs_or_the_broker(settings, phones, capfd, caplog, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    caplog.set_level("INFO")

    account = _journey()

    assert Person.objects.get(account=account).identities.count() == 3
    assert Comment.objects.filter(author=account).exists()
    assert {EMAIL} == {message.to[0] for message in mail.outbox}
    assert len(mail.outbox) >= 3
    dump = pg_dump()
    assert not EMBEDDED.with_postgres or "identity_account" in dump
    written = capfd.readouterr()
    files = "".join(path.read_text("utf-8", "replace") for path in tmp_path.rglob("*") if path.is_file())
    places = {
        "pg_dump": dump,
        "tables": text_of_every_table(),
        "broker and cache": broker_and_cache(),
        "logs": caplog.text + written.out + written.err,
        "files": files,
        # A mail names its reader; it repeats nothing else that identifies them.
        "mails": "".join(f"{message.subject}{message.body}" for message in mail.outbox).replace(EMAIL, ""),
    }
    assert "request" in places["logs"]
    assert {place: found for place, text in places.items() if (found := _finds(text))} == {}


def test_the_search_would_find_a_canary_in_base64_too():
    hidden = base64.b64encode(f'{{"email": "{EMAIL}"}}'.encode()).decode()

    assert _finds(hidden) == ["canary.person"]
    assert _finds(f"see {PHONE}") == ["9988-77"]
    assert _finds(os.urandom(64).hex()) == []
