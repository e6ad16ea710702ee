"""One's own data: taken out whole, erased as explained, and nothing of anybody else's in either."""

import io
import json
import zipfile

import pytest
from django.contrib.sessions.models import Session
from django.db import transaction
from django.test import Client
from django.utils import timezone

from audit.actions import Action
from audit.models import Event
from audit.services import record
from identity import services
from identity.models import Account, StaffView
from identity.roles import Role
from identity.selectors import policies_in_force
from identity.verification import services as verification_services
from identity.verification.models import (
    Challenge,
    FailedAttempt,
    Identity,
    Person,
    VerificationAppeal,
    VerificationRoute,
)
from notices.models import Notice
from proposals.lifecycle import State
from proposals.models import Comment, Proposal, Support
from rounds.models import Residency, Round
from tests import factories
from tests.identity.dump import text_of_every_table
from tests.voting.votes import cast_by, codes, make_vote, voter_of
from voting.ballots.models import BallotBox, CastEvent

PASSWORD = "a long enough password"
OTHER = "Somebody Else Entirely"


@pytest.fixture
def round(db: None) -> Round:
    return factories.make_round()


def _person(round: Round, name: str) -> Account:
    """An account with something in every table that knows people."""
    authority = round.authority
    account = factories.make_account(f"{name.split()[0].lower()}@example.org", display_name=name)
    account.set_password(PASSWORD)
    account.save()
    account.emailaddress_set.create(email=account.email, verified=True, primary=True)
    services.agree(account, policies_in_force())
    verification_services.verify(
        authority,
        identifier=f"+8210{account.pk:08}".encode(),
        kind=Identity.Kind.PHONE,
        account=account,
        residency=Residency.RESIDENT,
        area=authority.area,
        age_group="35-49",
        assurance=2,
        actor=account,
    )
    verification_services.appeal_verification(authority, account, text=f"Help {name}.")
    proposal = factories.make_proposal(
        round, author=account, title=f"Public of {name}", state=State.PUBLISHED
    )
    factories.make_proposal(round, author=account, title=f"Draft of {name}", state=State.DRAFT, body=name)
    factories.make_comment(proposal, author=account, text=f"Waiting comment of {name}")
    comment = factories.make_comment(
        proposal,
        author=account,
        text=f"Public comment of {name}",
        state="published",
        published_at=timezone.now(),
    )
    Support.objects.create(proposal=proposal, account=account, residency="resident", given_at=timezone.now())
    with transaction.atomic():
        record(Action.COMMENT_PUBLISHED, comment, actor=None)
    event = Event.objects.get(subject_id=comment.pk, action=Action.COMMENT_PUBLISHED)
    Notice.objects.create(account=account, kind="comment_published", event=event, announced_at=timezone.now())
    return account


@pytest.fixture
def account(round: Round) -> Account:
    _person(round, OTHER)
    return _person(round, "Canary Person")


@pytest.fixture
def signed_in(account: Account) -> Client:
    """A browser in which the account has just given its password."""
    client = Client()
    client.force_login(account)
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    return client


def _export(client: Client) -> dict[str, list[dict[str, object]]]:
    answer = client.post("/accounts/me/data/export/")
    assert answer.status_code == 200, answer
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/zip", "no-store")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["data.json"]
        return json.loads(archive.read("data.json"))


def _erase(client: Client, texts: str = "keep", **fields: str):
    return client.post("/accounts/me/data/erase/", {"texts": texts, "is_certain": "on", **fields})


def _stale(client: Client) -> None:
    """Let the last typing of the password be long ago."""
    session = client.session
    session["account_authentication_methods"] = []
    session.save()


def test_t61_the_export_is_complete_and_holds_nothing_of_others(signed_in, account, round):
    official = factories.make_official(round.authority, Role.CLERK, display_name="Clerk Nobody")
    services.note_views(official, [account], page="identity:desk_answer", authority=round.authority)

    found = _export(signed_in)

    text = json.dumps(found, ensure_ascii=False)
    assert OTHER not in text
    assert "somebody@example.org" not in text
    assert "Clerk Nobody" not in text
    assert found["account"][0]["email"] == "canary@example.org"
    assert found["addresses"] == [{"email": "canary@example.org", "verified": True, "primary": True}]
    assert {row["title"] for row in found["proposals"]} == {
        "Public of Canary Person",
        "Draft of Canary Person",
    }
    assert {row["text"] for row in found["comments"]} == {
        "Waiting comment of Canary Person",
        "Public comment of Canary Person",
    }
    assert [row["kind"] for row in found["kept_as_hashes"]] == ["phone"]
    assert found["requests_for_help"][0]["text"] == "Help Canary Person."
    assert found["looked_at_by_officials"][0]["page"] == "identity:desk_answer"
    assert len(found["support"]) == len(found["notices"]) == len(found["verifications"]) == 1
    assert len(found["agreements"]) == 2
    assert {row["action"] for row in found["record"]} >= {"identity.person_verified"}
    assert Event.objects.filter(action=Action.PERSONAL_DATA_EXPORTED, actor=account).count() == 1


# The parts of the file, and what each row of them says, as people's own programs read it.
FILE = {
    "account": ["email", "display_name", "language", "joined_at", "last_login"],
    "addresses": ["email", "verified", "primary"],
    "second_factors": [],
    "sign_in_providers": [],
    "sessions": [],
    "agreements": ["purpose", "version", "given_at", "withdrawn_at"],
    "verifications": [
        "authority__slug",
        "residency",
        "area__code",
        "age_group",
        "assurance",
        "verified_at",
        "expires_at",
    ],
    "kept_as_hashes": ["authority__slug", "kind", "confirmed_at"],
    "codes_sent": ["route__method", "sent_at", "used_at"],
    "failed_attempts": ["authority__slug", "failed_at"],
    "requests_for_help": ["authority__slug", "text", "made_at", "answer", "answered_at"],
    "roles": [],
    "looked_at_by_officials": ["authority__slug", "page", "seen_at"],
    "record": ["at", "action", "subject_type", "subject_id", "details"],
    "proposals": [
        "round__slug",
        "code",
        "title",
        "body",
        "category__slug",
        "area__code",
        "requested_cost_minor",
        "language",
        "residency",
        "age_group",
        "is_foreign_resident",
        "channel",
        "state",
        "reason",
        "explanation",
        "created_at",
        "submitted_at",
        "published_at",
        "revisions",
    ],
    "comments": [
        "proposal__code",
        "residency",
        "language",
        "text",
        "state",
        "reason",
        "explanation",
        "posted_at",
        "published_at",
    ],
    "written_down_at_the_desk": [],
    "support": ["proposal__code", "residency", "given_at"],
    "notices": [
        "kind",
        "announced_at",
        "deliveries__channel",
        "deliveries__state",
        "deliveries__sent_at",
    ],
}


def test_the_file_keeps_its_parts_and_their_keys_in_order(signed_in, account, round):
    official = factories.make_official(round.authority, Role.CLERK)
    services.note_views(official, [account], page="identity:desk_answer", authority=round.authority)
    now = timezone.now()
    FailedAttempt.objects.create(account=account, authority=round.authority, failed_at=now)
    Challenge.objects.create(
        account=account,
        route=VerificationRoute.objects.create(authority=round.authority, method="phone", assurance=1),
        phone_hmac=b"p" * 32,
        code_hmac=b"c" * 32,
        residency="resident",
        sent_at=now,
        expires_at=now,
    )

    found = _export(signed_in)

    assert list(found) == ["made_at", *FILE]
    assert {part: [list(row) for row in found[part][:1]] for part in FILE} == {
        part: [keys] if keys else [] for part, keys in FILE.items()
    }


@pytest.mark.parametrize("path", ["export", "erase"])
def test_t61_t62_both_ask_for_the_password_again(signed_in, account, path):
    _stale(signed_in)

    answer = signed_in.post(f"/accounts/me/data/{path}/", {"texts": "keep", "is_certain": "on"})

    assert (answer.status_code, answer.url.split("?")[0]) == (302, "/accounts/reauthenticate/")
    account.refresh_from_db()
    assert account.erased_at is None
    assert not Event.objects.filter(action=Action.PERSONAL_DATA_EXPORTED).exists()


def test_t62_erasing_leaves_texts_counts_and_hashes_and_nothing_personal(signed_in, account, round):
    person = Person.objects.get(account=account)
    before = text_of_every_table()

    answer = _erase(signed_in)

    dump = text_of_every_table()
    account.refresh_from_db()
    person.refresh_from_db()
    assert (answer.status_code, answer.url) == (302, "/")
    assert (account.is_active, account.display_name, account.has_usable_password()) == (False, "", False)
    assert (account.email, str(account)) == (f"{account.pk}@erased.invalid", "former participant")
    assert "Draft of Canary Person" in before
    for gone in ("Draft of Canary Person", "Waiting comment of Canary Person"):
        assert gone not in dump
    for model in ("emailaddress_set", "usersession_set", "authenticator_set"):
        assert not getattr(account, model).exists()
    assert not VerificationAppeal.objects.filter(account=account).exists()
    assert not Session.objects.filter(session_key=signed_in.session.session_key or "").exists()
    assert (person.account_id, person.identities.count(), person.expires_at is not None) == (None, 1, True)
    kept = Proposal.objects.get(title="Public of Canary Person")
    assert (kept.state, kept.supports.count(), kept.author.public_name) == (
        "published",
        1,
        "former participant",
    )
    page = Client().get(f"/{round.authority.slug}/{round.slug}/proposals/{kept.code}/").content.decode()
    assert page.count("former participant") == 2
    assert "Canary Person" not in page.replace("Public of Canary Person", "").replace(
        "Public comment of Canary Person", ""
    )


def test_t62_the_record_tells_of_the_erasure_and_not_whose_it_was(signed_in, account):
    _erase(signed_in)

    event = Event.objects.get(action=Action.ACCOUNT_ERASED)
    assert (event.actor_id, event.subject_id, event.details) == (account.pk, str(account.pk), {})
    assert not Client().login(email="canary@example.org", password=PASSWORD)
    fresh = Client().post("/accounts/login/", {"login": "canary@example.org", "password": PASSWORD})
    assert fresh.status_code == 200


def test_t62_who_comes_back_with_the_same_phone_is_the_same_person(signed_in, account, round):
    person = Person.objects.get(account=account)
    _erase(signed_in)

    again = verification_services.verify(
        round.authority,
        identifier=f"+8210{account.pk:08}".encode(),
        kind=Identity.Kind.PHONE,
        account=factories.make_account("canary@example.org"),
        residency=Residency.RESIDENT,
        area=round.authority.area,
        age_group="35-49",
        assurance=2,
        actor=None,
    )

    assert again.pk == person.pk


def test_t62_a_ballot_in_an_open_vote_is_withdrawn_and_one_without_its_key_keeps_the_account(
    signed_in, account, settings, tmp_path
):
    vote = make_vote(authority=Person.objects.get(account=account).authority)
    cast_by(voter_of(vote, account), codes(vote)[0])
    keys_are_in, settings.KEY_DIRECTORY = settings.KEY_DIRECTORY, tmp_path / "elsewhere"

    without_key = _erase(signed_in)
    account.refresh_from_db()
    is_erased = account.erased_at is not None
    settings.KEY_DIRECTORY = keys_are_in
    answer = _erase(signed_in)

    assert (without_key.status_code, is_erased) == (503, False)
    assert (answer.status_code, answer.url, BallotBox.objects.count()) == (302, "/", 0)
    assert list(CastEvent.objects.order_by("pk").values_list("kind", flat=True)) == ["cast", "withdraw"]


def test_t62_public_proposals_are_withdrawn_if_their_author_wishes(signed_in, account):
    decided = factories.make_proposal(author=account, state=State.ADOPTED)

    _erase(signed_in, texts="withdraw")

    decided.refresh_from_db()
    assert Proposal.objects.get(title="Public of Canary Person").state == State.WITHDRAWN
    assert decided.state == State.ADOPTED


def test_t62_an_official_lays_the_role_down_first_and_certainty_is_asked_for(signed_in, account, round):
    unsure = signed_in.post("/accounts/me/data/erase/", {"texts": "keep"})
    account.memberships.create(
        authority=round.authority, role=Role.CLERK, granted_at=timezone.now(), grant_reason="for a test"
    )
    official = _erase(signed_in)

    account.refresh_from_db()
    assert (unsure.status_code, official.status_code, account.erased_at) == (422, 422, None)
    assert "Give up the role first" in official.content.decode()
    assert Proposal.objects.filter(title="Draft of Canary Person").exists()


def test_an_erased_account_stays_closed_and_nameless_whatever_the_code_does(account):
    from django.db import IntegrityError, transaction

    services.erase(account, withdraw_public=False)

    for change in ({"is_active": True}, {"display_name": "Back"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Account.objects.filter(pk=account.pk).update(**change)


def test_one_sees_who_looked_and_where(signed_in, account, round):
    clerk = factories.make_official(round.authority, Role.CLERK, display_name="Clerk One")
    services.note_views(clerk, [account, clerk, None], page="identity:desk_answer", authority=round.authority)

    page = signed_in.get("/accounts/me/data/").content.decode()

    assert StaffView.objects.count() == 1
    assert "Clerk One" in page
    assert "request for help with verification" in page


def test_the_page_says_what_becomes_of_a_ballot(signed_in):
    page = signed_in.get("/accounts/me/data/erase/").content.decode()

    assert "A ballot you cast online in a vote that is still open: it is withdrawn" in page
    assert "any ballot in a vote that is over: nobody can tell yours" in page


def test_comments_nobody_screened_are_emptied(signed_in, account):
    _erase(signed_in)

    assert {comment.text for comment in Comment.objects.filter(author=account)} == {
        "…",
        "Public comment of Canary Person",
    }
