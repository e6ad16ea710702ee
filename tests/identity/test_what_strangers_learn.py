"""Cookies that nobody else can set or read, and responses that do not reveal whether somebody is known."""

import json
import os
import secrets
import subprocess
import sys
from http.cookies import SimpleCookie

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from identity.services import erase
from tests.factories import make_account

PASSWORD = "a long enough password"
# The cookie settings of a site in production.
ABOUT_COOKIES = ("SESSION_COOKIE", "CSRF_COOKIE", "LANGUAGE_COOKIE", "COOKIE_CHOICE", "MESSAGES_COOKIE")


@pytest.fixture
def production(settings, tmp_path):
    """The cookie settings of a site in production."""
    environment = os.environ | {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "budget.example.org",
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "KEY_DIRECTORY": str(tmp_path),
        "MEDIA_ROOT": str(tmp_path),
        "EMAIL_URL": "smtp+tls://user:secret@mail.example.org:587",
        "DEFAULT_FROM_EMAIL": "budget@example.org",
    }
    script = (
        "import json, pbplatform.settings.production as site;"
        f"print(json.dumps({{n: getattr(site, n) for n in dir(site) if n.startswith({ABOUT_COOKIES!r})}}))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", script],
        cwd=django_settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name, value in json.loads(printed).items():
        setattr(settings, name, value)


def _account(name: str = "known"):
    account = make_account(f"{name}@example.org")
    account.set_password(PASSWORD)
    account.save()
    account.emailaddress_set.create(email=account.email, verified=True, primary=True)
    return account


@pytest.mark.django_db
def test_t31_every_cookie_is_of_this_host_over_tls_and_closed_to_script_and_to_other_sites(production):
    account = _account()
    client = Client()
    set_by = {}

    def ask(method: str, path: str, data=None) -> None:
        answer = getattr(client, method)(path, data or {}, secure=True)
        for name, morsel in SimpleCookie(answer.cookies.output(header="")).items():
            set_by[name] = morsel

    ask("get", "/")
    ask("post", "/i18n/setlang/", {"language": "ko"})
    ask("post", "/cookies/", {"choice": "all", "next": "/"})
    ask("get", "/accounts/login/")
    ask("post", "/accounts/login/", {"login": account.email, "password": PASSWORD})
    ask("post", "/accounts/me/", {"display_name": "New", "language": "ko"})

    assert set(set_by) == {
        "__Host-session",
        "__Host-csrf",
        "__Host-language",
        "__Host-cookie-choice",
        "__Host-messages",
    }
    for name, morsel in set_by.items():
        assert morsel["secure"], name
        assert morsel["httponly"], name
        assert morsel["samesite"] in ("Lax", "Strict"), name
        assert (morsel["path"], morsel["domain"]) == ("/", ""), name


def _work(monkeypatch, ask) -> dict[str, int]:
    """Return the number of passwords hashed and mails sent during a request; the rest is a few statements."""
    hashed = []
    encode = MD5PasswordHasher.encode

    def counting(self, password, salt):
        hashed.append(1)
        return encode(self, password, salt)

    cache.clear()
    mail.outbox.clear()
    with monkeypatch.context() as patch:
        patch.setattr(MD5PasswordHasher, "encode", counting)
        answer = ask()
    return {"status": answer.status_code, "hashed": len(hashed), "mails": len(mail.outbox)}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/accounts/login/", {"login": "{}", "password": "not the password"}),
        ("/accounts/signup/", {"email": "{}", "password1": PASSWORD}),
        ("/accounts/password/reset/", {"email": "{}"}),
    ],
    ids=["sign-in", "sign-up", "reset"],
)
def test_t32_a_known_and_an_unknown_address_cost_the_server_as_many_hashes(monkeypatch, path, fields):
    """A hash takes a hundred times as long as everything else: equal numbers of hashes take equal time.

    Counted instead of timed, because a busy machine hides real differences and shows false ones.
    """
    _account("known")
    erased = _account("erased")
    erase(erased, withdraw_public=False)

    work = {
        name: _work(
            monkeypatch,
            lambda name=name: Client().post(
                path, {key: value.format(f"{name}@example.org") for key, value in fields.items()}
            ),
        )
        for name in ("known", "unknown", "erased")
    }

    assert work["known"] == work["unknown"] == work["erased"]
    assert path == "/accounts/password/reset/" or work["known"]["hashed"] > 0


@pytest.mark.django_db
def test_t32_signing_in_asks_the_database_as_much_for_a_known_as_for_an_unknown_address():
    _account("known")
    counts = {}

    for name in ("known", "unknown"):
        cache.clear()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            Client().post("/accounts/login/", {"login": f"{name}@example.org", "password": "wrong"})
        counts[name] = len(queries)

    assert abs(counts["known"] - counts["unknown"]) <= 1
