"""A browser on the live site: Debian's Chromium, at the width of a phone and of a desk.

`page` refuses what no page may do: ask another host, break its own Content-Security-Policy, or
fail in a script.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Error, Page, Request, expect
from pytest_django.live_server_helper import LiveServer

CHROMIUM = Path("/usr/bin/chromium")
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{CHROMIUM} is missing, and in CI the browser's tests may not be skipped")
        pytest.skip(f"needs Chromium in {CHROMIUM}: apt install chromium")
    # Chromium's sandbox refuses root; what it asks its maker on its own account is switched off.
    quiet = "--no-first-run --disable-background-networking --disable-component-update --disable-sync"
    return browser_type_launch_args | {
        "executable_path": str(CHROMIUM),
        "args": [
            *quiet.split(),
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-sandbox",
        ],
    }


@pytest.fixture
def viewport() -> dict[str, int]:
    """The window's size; parametrize it, or use `at_both_widths`."""
    return DESK


at_both_widths = pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])


@pytest.fixture
def language() -> str:
    """The browser's languages; parametrize it for others."""
    return "en"


@pytest.fixture
def script() -> bool:
    """Scripts on or off; parametrize it for the pages without."""
    return True


@pytest.fixture
def browser_context_args(
    browser_context_args: dict[str, Any],
    live_server: LiveServer,
    viewport: dict[str, int],
    language: str,
    script: bool,
) -> dict[str, Any]:
    return browser_context_args | {
        "base_url": live_server.url,
        "viewport": viewport,
        "locale": language,
        "java_script_enabled": script,
        "reduced_motion": "reduce",
    }


@pytest.fixture
def page(page: Page, live_server: LiveServer) -> Iterator[Page]:
    """A page of the live site; the test fails at its end over what no page may do."""
    host = urlsplit(live_server.url).netloc
    wrongs: list[str] = []

    def on_request(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.netloc != host:
            wrongs.append(f"asked another host: {request.url}")

    def on_console(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            wrongs.append(message.text)

    def on_error(error: Error) -> None:
        wrongs.append(f"a script failed: {error}")

    page.on("request", on_request)
    page.on("console", on_console)
    page.on("pageerror", on_error)
    # Patience costs nothing where nothing is wrong, and a busy machine is not a wrong.
    page.set_default_timeout(30_000)
    expect.set_options(timeout=30_000)
    yield page
    assert wrongs == []
