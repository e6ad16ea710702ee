"""Sign-up, sign-in and sessions: the configured behaviour of allauth."""

import re
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.test import Client
from django.utils import timezone

from audit.actions import Action
from audit.models import Event
from identity.models import Account

PASSWORD = "a long enough password"


def _sign_up(client: Client, email: str, **fields: str):
    return client.post(
        "/accounts/signup/", {"email": email, "display_name": "Resident One", "password1": PASSWORD, **fields}
    )


def _sign_in(client: Client, email: str, password: str = PASSWORD, **headers: str):
    return client.post("/accounts/login/", {"login": email, "password": password}, **headers)


def _code() -> str:
    return re.search(r"^\s*([A-Z0-9]{4}-?[A-Z0-9]{4}|[A-Z0-9]{6})\s*$", mail.outbox[-1].body, re.M)[1]


def _confirmed(account_of, name: str = "resident", **fields) -> Account:
    account = account_of(name, **fields)
    account.emailaddress_set.create(email=account.email, verified=True, primary=True)
    return account


@pytest.mark.django_db
def test_signing_up_keeps_name_and_language_and_is_recorded_once(client):
    client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = "th"

    answer = _sign_up(client, "One@Example.org")

    account = Account.objects.get()
    assert answer.status_code == 302
    assert (account.email, account.display_name, account.language) == (
        "one@example.org",
        "Resident One",
        "th",
    )
    event = Event.objects.get(action=Action.ACCOUNT_REGISTERED)
    assert (event.actor_id, event.subject_id, event.details) == (
        account.pk,
        str(account.pk),
        {"language": "th"},
    )


@pytest.mark.django_db
def test_a_sign_up_that_cannot_be_recorded_leaves_no_account(client, monkeypatch):
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the record is out of order")

    monkeypatch.setattr("identity.services.accounts.record", fail)

    with pytest.raises(RuntimeError):
        _sign_up(client, "one@example.org")

    assert not Account.objects.exists()


@pytest.mark.django_db
def test_the_code_from_the_mail_confirms_the_address_and_signs_in(client):
    _sign_up(client, "one@example.org")
    assert client.get("/accounts/me/").status_code == 302

    answer = client.post("/accounts/confirm-email/", {"code": _code()})

    assert answer.status_code == 302
    assert client.get("/accounts/me/").status_code == 200
    assert Account.objects.get().emailaddress_set.get().verified


@pytest.mark.django_db
def test_an_account_with_an_unconfirmed_address_cannot_do_anything(client, account_of):
    account_of("resident")

    answer = _sign_in(client, "resident@example.org")

    assert (answer.status_code, answer.url) == (302, "/accounts/confirm-email/")
    assert client.get("/accounts/me/").status_code == 302


@pytest.mark.django_db
def test_mail_is_in_the_language_of_the_recipient_not_of_the_page(client, account_of):
    _confirmed(account_of, language="ko")
    client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = "en"

    client.post("/accounts/password/reset/", {"email": "resident@example.org"})

    assert re.search("[가-힣]", mail.outbox[0].subject)
    assert re.search("[가-힣]", mail.outbox[0].body)


@pytest.mark.django_db
def test_t28_signing_in_gives_a_new_session_and_the_old_one_is_dead(client, account_of):
    _confirmed(account_of)
    session = client.session
    session["mark"] = 1
    session.save()
    before = client.cookies[django_settings.SESSION_COOKIE_NAME].value

    _sign_in(client, "resident@example.org")

    assert client.cookies[django_settings.SESSION_COOKIE_NAME].value != before
    planted = Client()
    planted.cookies[django_settings.SESSION_COOKIE_NAME] = before
    assert planted.get("/accounts/me/").status_code == 302
    assert client.get("/accounts/me/").status_code == 200


@pytest.mark.django_db
def test_t29_after_signing_out_the_cookie_is_worth_nothing(client, account_of):
    _confirmed(account_of)
    _sign_in(client, "resident@example.org")
    stolen = client.cookies[django_settings.SESSION_COOKIE_NAME].value

    client.post("/accounts/logout/")

    replay = Client()
    replay.cookies[django_settings.SESSION_COOKIE_NAME] = stolen
    assert replay.get("/accounts/me/").status_code == 302


@pytest.mark.django_db
def test_t29_a_new_password_ends_all_other_sessions(client, account_of):
    _confirmed(account_of)
    elsewhere = Client()
    for each in (client, elsewhere):
        _sign_in(each, "resident@example.org")
    assert elsewhere.get("/accounts/me/").status_code == 200

    answer = client.post(
        "/accounts/password/change/",
        {
            "oldpassword": PASSWORD,
            "password1": "quite another password",
            "password2": "quite another password",
        },
    )

    assert answer.status_code == 302
    assert client.get("/accounts/me/").status_code == 200
    assert elsewhere.get("/accounts/me/").status_code == 302


@pytest.mark.django_db
def test_one_can_sign_out_everywhere_else(client, account_of):
    account = _confirmed(account_of)
    elsewhere = Client()
    for each in (elsewhere, client):
        _sign_in(each, "resident@example.org")
    client.get("/accounts/me/")
    assert account.usersession_set.count() == 2

    answer = client.post("/accounts/sessions/")

    assert answer.status_code == 302
    assert client.get("/accounts/me/").status_code == 200
    assert elsewhere.get("/accounts/me/").status_code == 302


@pytest.mark.django_db
def test_t32_known_and_unknown_addresses_get_the_same_answers_and_as_many_mails(account_of):
    _confirmed(account_of, "known")
    shapes = {}

    for name in ("known", "unknown"):
        email = f"{name}@example.org"
        mail.outbox.clear()
        wrong = _sign_in(Client(), email, "not the password")
        reset = Client().post("/accounts/password/reset/", {"email": email})
        sign_up = _sign_up(Client(), email)
        shapes[name] = [
            (
                wrong.status_code,
                re.sub(rf"{email}|csrfmiddlewaretoken\" value=\"\w+", "", wrong.content.decode()),
            ),
            (reset.status_code, reset.headers.get("Location")),
            (sign_up.status_code, sign_up.headers.get("Location")),
            [message.to for message in mail.outbox] == [[email], [email]],
        ]

    assert shapes["known"] == shapes["unknown"]
    assert shapes["known"][3] is True


@pytest.mark.django_db
def test_t34_failed_sign_ins_are_limited_whatever_address_a_client_claims_to_come_from(client, account_of):
    _confirmed(account_of)

    for number in range(12):
        _sign_in(
            client, f"guess{number}@example.org", "wrong", headers={"X-Forwarded-For": f"203.0.113.{number}"}
        )
    answer = _sign_in(client, "guess@example.org", "wrong", headers={"X-Forwarded-For": "203.0.113.99"})

    assert "Too many failed" in answer.content.decode()


@pytest.mark.django_db
def test_t34_addresses_of_one_ipv6_network_count_as_one(client, account_of):
    _confirmed(account_of)

    for number in range(12):
        _sign_in(client, f"guess{number}@example.org", "wrong", REMOTE_ADDR=f"2001:db8:0:1::{number + 1:x}")
    same = _sign_in(client, "guess@example.org", "wrong", REMOTE_ADDR="2001:db8:0:1:ffff::1")
    other = _sign_in(client, "guess@example.org", "wrong", REMOTE_ADDR="2001:db8:0:2::1")

    assert "Too many failed" in same.content.decode()
    assert "Too many failed" not in other.content.decode()


@pytest.mark.django_db
def test_t35_somebody_who_burns_the_attempts_does_not_lock_the_owner_out_of_the_second_route(account_of):
    _confirmed(account_of)
    attacker, owner = Client(REMOTE_ADDR="203.0.113.7"), Client(REMOTE_ADDR="198.51.100.7")
    for _ in range(8):
        _sign_in(attacker, "resident@example.org", "wrong")
    assert _sign_in(owner, "resident@example.org").status_code != 302
    mail.outbox.clear()

    owner.post("/accounts/password/reset/", {"email": "resident@example.org"})
    link = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", mail.outbox[0].body)[1]
    form = owner.get(link).url
    answer = owner.post(form, {"password1": "quite another password", "password2": "quite another password"})

    assert answer.status_code == 302
    assert Account.objects.get().check_password("quite another password")


@pytest.mark.django_db
def test_t36_a_reset_link_works_once_and_not_after_the_password_changed(client, account_of):
    account = _confirmed(account_of)
    client.post("/accounts/password/reset/", {"email": "resident@example.org"})
    link = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", mail.outbox[0].body)[1]
    form = client.get(link).url
    new = {"password1": "quite another password", "password2": "quite another password"}

    assert client.post(form, new).status_code == 302
    again = Client().get(link)

    assert again.status_code == 200
    assert "password1" not in again.content.decode()
    account.refresh_from_db()
    assert account.check_password("quite another password")


@pytest.mark.django_db
def test_t36_a_reset_link_expires(client, account_of, time_machine):
    _confirmed(account_of)
    client.post("/accounts/password/reset/", {"email": "resident@example.org"})
    link = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", mail.outbox[0].body)[1]

    time_machine.move_to(timezone.now() + timedelta(seconds=django_settings.PASSWORD_RESET_TIMEOUT + 5))

    assert "password1" not in Client().get(link).content.decode()


@pytest.mark.django_db
def test_t40_a_forged_host_is_refused_before_any_mail_is_written(client, account_of):
    _confirmed(account_of)

    answer = client.post(
        "/accounts/password/reset/", {"email": "resident@example.org"}, headers={"Host": "evil.example"}
    )

    assert answer.status_code == 400
    assert mail.outbox == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https:evil.example",
        "https://evil.example/",
        "\\\\evil.example",
        "/\\evil.example",
        "%2F%2Fevil.example",
        "javascript:alert(1)",
        "http:///evil.example",
    ],
)
def test_t41_signing_in_never_leads_to_another_site(client, account_of, target):
    _confirmed(account_of)

    answer = client.post(
        "/accounts/login/", {"login": "resident@example.org", "password": PASSWORD, "next": target}
    )

    # As a browser follows it, which treats a backslash as a slash.
    followed = urlsplit(urljoin("http://testserver/accounts/login/", answer.url.replace("\\", "/")))
    assert (answer.status_code, followed.scheme, followed.netloc) == (302, "http", "testserver")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/signup/", "/accounts/logout/", "/accounts/me/"]
)
def test_t30_a_post_from_another_site_or_without_its_token_is_refused(account_of, path):
    account = _confirmed(account_of)
    client = Client(enforce_csrf_checks=True)
    client.force_login(account)

    without = client.post(path, {"display_name": "x", "language": "ko"})
    client.get("/accounts/me/")
    token = client.cookies["csrftoken"].value
    foreign = client.post(
        path,
        {"display_name": "x", "language": "ko", "csrfmiddlewaretoken": token},
        headers={"Origin": "https://evil.example"},
    )

    assert (without.status_code, foreign.status_code) == (403, 403)
    account.refresh_from_db()
    assert account.display_name == "resident"


@pytest.mark.django_db
def test_t27_fields_that_no_form_has_are_ignored(client, account_of):
    account = _confirmed(account_of)
    client.force_login(account)

    client.post(
        "/accounts/me/",
        {
            "display_name": "New",
            "language": "ko",
            "is_staff": "1",
            "is_superuser": "1",
            "email": "x@example.org",
        },
    )
    _sign_up(Client(), "two@example.org", is_staff="1", is_superuser="1", is_active="0")

    account.refresh_from_db()
    assert (account.display_name, account.email) == ("New", "resident@example.org")
    assert not Account.objects.filter(is_staff=True).exists()
    assert not Account.objects.filter(is_superuser=True).exists()
    assert Account.objects.get(email="two@example.org").is_active


@pytest.mark.django_db
def test_my_page_shows_where_i_am_verified_and_keeps_what_i_set(client, account_of):
    account = _confirmed(account_of)
    client.force_login(account)

    answer = client.post("/accounts/me/", {"display_name": "Resident Two", "language": "vi"})
    refused = client.post("/accounts/me/", {"display_name": "x" * 61, "language": "xx"})

    account.refresh_from_db()
    assert (answer.status_code, account.display_name, account.language) == (302, "Resident Two", "vi")
    assert refused.status_code == 422
    assert Event.objects.filter(action=Action.ACCOUNT_SET_UP).count() == 1
