"""The production stack names only what the code has: programs, ports, paths, settings.

No container engine runs in the tests, so every claim of the files is held against the source.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import shlex
from typing import Any

import pytest
import yaml
from celery.bin.celery import celery
from django.conf import settings
from django.core.management import get_commands
from granian.cli import cli as granian

from pbplatform.celery import app
from pbplatform.operations import health, probe

STACK: dict[str, Any] = yaml.safe_load((settings.BASE_DIR / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = STACK["services"]
DOCKERFILE = (settings.BASE_DIR / "Dockerfile").read_text()
CADDYFILE = (settings.BASE_DIR / "deploy" / "Caddyfile").read_text()
OURS = ["prepare", "web", "worker", "beat"]
IMAGE_COMMAND = [
    word for word in re.findall(r'"([^"]+)"', DOCKERFILE.rpartition("\nCMD ")[2].replace("\\\n", ""))
]


def command_of(service: str) -> list[str]:
    return list(SERVICES[service].get("command", IMAGE_COMMAND))


def options_of(command: Any) -> set[str]:
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


def read_from_the_environment() -> set[str]:
    """Names that the production settings ask the environment for, and Django for its settings."""
    folder = settings.BASE_DIR / "pbplatform" / "settings"
    source = (folder / "base.py").read_text() + (folder / "production.py").read_text()
    return set(re.findall(r'(?:\benv(?:\.\w+)?|_secret)\(\s*"(\w+)"', source)) | {"DJANGO_SETTINGS_MODULE"}


def required_by_the_settings() -> set[str]:
    """Names without a default."""
    source = (settings.BASE_DIR / "pbplatform" / "settings" / "production.py").read_text()
    return set(re.findall(r'(?:\benv(?:\.\w+)?|_secret)\(\s*"(\w+)"\s*\)', source))


def test_the_stack_is_whole():
    assert set(SERVICES) == {"postgres", "redis", "prepare", "web", "worker", "beat", "proxy"}


def test_the_web_server_serves_an_application_that_exists():
    program, arguments = command_of("web")[:3], command_of("web")[3:]
    module, _, name = arguments[-1].partition(":")

    assert program == ["python", "-m", "pbplatform.web"]
    assert callable(getattr(importlib.import_module(module), name))
    assert {word for word in arguments if word.startswith("--")} <= options_of(granian)
    assert arguments[arguments.index("--interface") + 1] == "wsgi"
    assert arguments[arguments.index("--host") + 1] == "0.0.0.0"


def test_the_port_is_the_same_everywhere():
    arguments = command_of("web")
    port = arguments[arguments.index("--port") + 1]

    assert SERVICES["web"]["expose"] == [port]
    assert f"\nEXPOSE {port}\n" in DOCKERFILE
    assert f"reverse_proxy web:{port}\n" in CADDYFILE
    assert str(probe.PORT) == port


@pytest.mark.parametrize("role", ["worker", "beat"])
def test_tasks_are_run_by_an_application_that_exists(role):
    program, flag, name, found, *options = command_of(role)

    assert (program, flag, found) == ("celery", "-A", role)
    assert importlib.import_module(name).celery_app is app
    assert {option.partition("=")[0] for option in options} <= options_of(celery.commands[role])


def test_what_prepares_are_commands_that_exist():
    shell, flag, line = command_of("prepare")
    status_changes = [shlex.split(change) for change in line.split("&&")]

    assert (shell, flag) == ("sh", "-c")
    assert [change[:2] for change in status_changes] == [["python", "manage.py"]] * len(status_changes)
    assert {change[2] for change in status_changes} <= set(get_commands())
    # What is unsafe is refused before anything is changed.
    assert [change[2] for change in status_changes] == ["check", "migrate", "check", "collectstatic"]


@pytest.mark.parametrize("service", OURS)
def test_the_environment_has_what_the_settings_need_and_nothing_they_do_not_read(service):
    given = set(SERVICES[service]["environment"])

    assert required_by_the_settings() - given == set()
    assert given - read_from_the_environment() == set()
    assert SERVICES[service]["environment"]["DJANGO_SETTINGS_MODULE"] == "pbplatform.settings.production"


def test_secrets_stand_in_no_file():
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if re.search(r"SECRET|PASSWORD|EMAIL_URL", name):
                assert re.fullmatch(r"\$\{\w+:\?[\w ]+\}", value), name


@pytest.mark.parametrize("service", ["web", "worker", "beat"])
def test_a_probe_asks_what_the_code_answers(service):
    program, flag, module, part = SERVICES[service]["healthcheck"]["test"][1:]

    assert (program, flag) == ("python", "-m")
    assert importlib.util.find_spec(module) is not None
    assert callable(getattr(probe, part))
    assert health.PATH in (settings.BASE_DIR / "pbplatform" / "operations" / "probe.py").read_text()


def test_every_service_that_stays_has_a_probe():
    assert {name for name in SERVICES if "test" not in SERVICES[name].get("healthcheck", {})} == {"prepare"}


def test_services_wait_for_what_they_need():
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"]["prepare"]["condition"] == "service_completed_successfully"
    for name in ("prepare", "web", "worker", "beat"):
        for server in ("postgres", "redis"):
            assert SERVICES[name]["depends_on"][server]["condition"] == "service_healthy"


def test_static_files_are_served_from_where_they_are_collected():
    environment = SERVICES["prepare"]["environment"]
    collected = environment["STATIC_ROOT"]

    assert f"static:{collected}" in SERVICES["prepare"]["volumes"]
    assert f"static:{collected}:ro" in SERVICES["proxy"]["volumes"]
    assert f"root * {collected}\n" in CADDYFILE
    assert f"handle_path /{settings.STATIC_URL.strip('/')}/*" in CADDYFILE


def test_keys_lie_apart_from_the_database_and_from_uploads():
    volumes = {volume.split(":")[0]: volume.split(":")[1] for volume in SERVICES["web"]["volumes"]}

    assert volumes["keys"] == SERVICES["web"]["environment"]["KEY_DIRECTORY"]
    assert volumes["media"] == SERVICES["web"]["environment"]["MEDIA_ROOT"]
    assert set(STACK["volumes"]) >= {"keys", "media", "postgres", "static"}


def test_every_volume_is_declared_and_used():
    used = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith(".")
    }

    assert used == set(STACK["volumes"])


def test_the_image_holds_every_app_and_runs_as_nobody_in_particular():
    for package in settings.OUR_PACKAGES:
        assert f"COPY {package} {package}\n" in DOCKERFILE
    assert "devtools" not in DOCKERFILE
    for source in re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE, re.MULTILINE):
        assert (settings.BASE_DIR / source).exists(), source
    assert re.findall(r"^USER (\w+)$", DOCKERFILE, re.MULTILINE) == ["platform"]
    assert "requirements-production.lock" in DOCKERFILE
    assert "--require-hashes" in DOCKERFILE


def test_the_database_of_the_stack_has_letters_of_every_language():
    arguments = SERVICES["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split()

    assert "--locale-provider=builtin" in arguments
    assert "--builtin-locale=C.UTF-8" in arguments
    assert "--data-checksums" in arguments
