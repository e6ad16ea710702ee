"""Consent to the terms and the privacy notice: requested at sign-up and after changes, and withdrawn."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from audit.actions import Action
from audit.models import Event
from identity import selectors, services
from identity.models import Account, Consent, Policy
from tests.factories import make_account, make_proposal, make_resident

PASSWORD = "a long enough password"
AGREED = {"accept_terms": "on", "accept_privacy": "on"}


@pytest.fixture(autouse=True)
def _asked(settings):
    settings.CONSENT_ASKED = True


def _sign_up(client, **fields):
    return client.post("/accounts/signup/", {"email": "one@example.org", "password1": PASSWORD, **fields})


def _agreed(account: Account) -> set[tuple[str, int]]:
    return set(Consent.objects.filter(account=account, withdrawn_at=None).values_list("purpose", "version"))


def _account() -> Account:
    account = make_account("one@example.org")
    account.set_password(PASSWORD)
    account.save()
    account.emailaddress_set.create(email=account.email, verified=True, primary=True)
    return account


@pytest.fixture
def change():
    """Publish a new version of a text."""

    def publish(kind: Policy.Kind = Policy.Kind.TERMS) -> Policy:
        return services.publish_policy(kind, changes={"en": "Ballots may be replaced."}, actor=None)

    return publish


@pytest.mark.django_db
def test_signing_up_keeps_what_was_agreed_to_and_records_it(client):
    answer = _sign_up(client, **AGREED)

    account = Account.objects.get()
    assert answer.status_code == 302
    assert _agreed(account) == {("terms", 1), ("privacy", 1)}
    assert Event.objects.filter(action=Action.CONSENT_GIVEN, actor=account).count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("missing", ["accept_terms", "accept_privacy"])
def test_signing_up_without_agreeing_is_refused_and_keeps_what_was_typed(client, missing):
    answer = _sign_up(client, **{name: "on" for name in AGREED if name != missing})

    assert not Account.objects.exists()
    assert 'value="one@example.org"' in answer.content.decode()
    assert f"id_{missing}" in answer.content.decode()


@pytest.mark.django_db
def test_signing_in_leads_by_way_of_what_has_changed_and_then_where_one_was_going(change):
    account = _account()
    services.agree(account, selectors.policies_in_force())
    change()
    client = Client()

    answer = client.post(
        "/accounts/login/", {"login": account.email, "password": PASSWORD, "next": "/terms/"}
    )
    page = client.get(answer.url)
    agreed = client.post(answer.url, {"next": "/terms/", "accept_terms": "on"})

    assert answer.url == "/accounts/consent/?next=%2Fterms%2F"
    assert "Ballots may be replaced." in page.content.decode()
    assert "accept_privacy" not in page.content.decode()
    assert agreed.url == "/terms/"
    assert _agreed(account) == {("terms", 1), ("terms", 2), ("privacy", 1)}
    assert Client().post("/accounts/login/", {"login": account.email, "password": PASSWORD}).url == "/"


@pytest.mark.django_db
def test_without_agreeing_one_reads_and_leaves_but_does_nothing(client):
    proposal = make_proposal()
    account = make_resident(proposal.round.authority)
    client.force_login(account)
    there = f"/{proposal.round.authority.slug}/{proposal.round.slug}/proposals/{proposal.code}/"

    read = client.get(there)
    act = client.post(f"{there}support/", {})
    language = client.post("/i18n/setlang/", {"language": "ko"})
    out = client.post("/accounts/logout/")

    assert (read.status_code, act.status_code, language.status_code, out.status_code) == (200, 422, 302, 302)
    assert not proposal.supports.exists()


@pytest.mark.django_db
def test_what_was_typed_is_carried_along_and_done_once_agreed(client):
    account = _account()
    client.force_login(account)
    typed = {"display_name": "New <name>", "language": "ko"}

    asked = client.post("/accounts/me/", typed)
    half = client.post("/accounts/me/", {**typed, "agreeing": "1", "accept_terms": "on"})
    account.refresh_from_db()
    before = account.display_name
    done = client.post("/accounts/me/", {**typed, "agreeing": "1", **AGREED})

    account.refresh_from_db()
    assert (asked.status_code, half.status_code, done.status_code) == (422, 422, 302)
    assert 'name="display_name" value="New &lt;name&gt;"' in asked.content.decode()
    assert before != "New <name>"
    assert account.display_name == "New <name>"
    assert _agreed(account) == {("terms", 1), ("privacy", 1)}


@pytest.mark.django_db
def test_agreeing_never_casts_a_ballot_in_the_same_breath(client):
    """An event of the consent next to the ballot would reveal when it was cast."""
    account = _account()
    client.force_login(account)

    answer = client.post("/district/round/ballot/review/", {"chosen": "7", "agreeing": "1", **AGREED})

    assert answer.status_code == 422
    assert "accept_terms" not in answer.content.decode()
    assert 'name="chosen" value="7"' in answer.content.decode()
    assert _agreed(account) == {("terms", 1), ("privacy", 1)}


@pytest.mark.django_db
def test_a_visitor_and_somebody_who_agreed_are_asked_nothing(client, django_assert_num_queries):
    account = _account()
    services.agree(account, selectors.policies_in_force())

    with django_assert_num_queries(1):
        assert selectors.policies_to_accept(account) == []
    client.force_login(account)
    assert client.post("/accounts/me/", {"display_name": "New", "language": "ko"}).status_code == 302
    assert Client().post("/cookies/", {"choice": "necessary"}).status_code == 302


@pytest.mark.django_db
def test_a_new_version_is_asked_for_from_the_moment_it_is_published(change, django_assert_num_queries):
    account = _account()
    services.agree(account, selectors.policies_in_force())
    before = selectors.policies_to_accept(account)

    version = change(Policy.Kind.PRIVACY)

    with django_assert_num_queries(2):
        missing = selectors.policies_to_accept(account)
    services.agree(account, missing)
    assert before == []
    assert missing == [selectors.Version(Policy.Kind.PRIVACY, version.number)]
    assert selectors.policies_to_accept(account) == []


@pytest.mark.django_db
def test_agreeing_twice_is_once_and_taking_back_asks_again(client):
    account = _account()
    services.agree(account, selectors.policies_in_force())
    services.agree(account, selectors.policies_in_force())
    client.force_login(account)

    client.post("/accounts/me/data/consent/", {"purpose": "terms"})

    assert _agreed(account) == {("privacy", 1)}
    assert [version.kind for version in selectors.policies_to_accept(account)] == [Policy.Kind.TERMS]
    assert Event.objects.filter(action=Action.CONSENT_WITHDRAWN, actor=account).count() == 1
    services.agree(account, selectors.policies_in_force())
    assert Consent.objects.filter(account=account, purpose="terms").count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("purpose", ["performance", "nonsense", ""])
def test_taking_back_what_is_no_agreement_of_the_account_is_not_answered_as_done(client, purpose: str):
    account = _account()
    services.agree(account, selectors.policies_in_force())
    client.force_login(account)

    answer = client.post("/accounts/me/data/consent/", {"purpose": purpose})

    assert answer.status_code == 404
    assert _agreed(account) == {("privacy", 1), ("terms", 1)}


@pytest.mark.django_db
def test_versions_are_numbered_in_turn_and_keep_the_sites_own_text(tmp_path, change):
    words = tmp_path / "words.json"
    words.write_text(json.dumps({"en": "Our own words.", "ko": "우리 말."}))

    out = StringIO()
    call_command("publish_policy", "privacy", changes=str(words), text=str(words), stdout=out)
    later = change(Policy.Kind.PRIVACY)

    assert out.getvalue() == "privacy: version 2 is in force\n"
    assert (later.number, later.text["en"]) == (3, "Our own words.")
    assert "Our own words." in Client().get("/privacy/").content.decode()
    with pytest.raises(CommandError):
        call_command("publish_policy", "privacy", changes=str(tmp_path / "nowhere.json"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"purpose": "terms"},
        {"purpose": "terms", "visitor": "0" * 32, "account": True},
        {
            "account": True,
            "withdrawn_at": timezone.datetime(2020, 1, 1, tzinfo=timezone.get_default_timezone()),
        },
    ],
)
def test_the_database_refuses_agreements_of_nobody_of_two_and_taken_back_before_given(fields):
    if fields.pop("account", False):
        fields["account"] = make_account()

    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.create(**{"purpose": "terms", "version": 1, "given_at": timezone.now(), **fields})


@pytest.mark.django_db
def test_the_texts_are_read_by_everybody_in_four_languages():
    for path in ("/terms/", "/privacy/", "/cookies/"):
        for language in ("ko", "th", "vi", "en"):
            answer = Client(headers={"Accept-Language": language}).get(path)
            assert (answer.status_code, answer.headers["Content-Language"]) == (200, language), path
