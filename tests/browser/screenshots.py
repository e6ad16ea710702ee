"""Picture pages in every language at the width of a phone and of a desk, into var/screenshots/.

    .venv/bin/python -m tests.browser.screenshots http://localhost:8000 / /gangnam/gangnam-2025h2/
    … --as resident@example.org:password --languages ko,th --widths 360 --axe

For looking with one's own eyes; the tests do not use it. Says where a page is wider than its window, and with
--axe what axe finds. Signs in through the sign-in page, once a language.
"""

import argparse
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.axe import violations

FOLDER = Path(__file__).parents[2] / "var" / "screenshots"
CHROMIUM = "/usr/bin/chromium"

WIDER = """() => [...document.querySelectorAll('body *')]
  .filter(e => e.getBoundingClientRect().right > window.innerWidth + 1
    && getComputedStyle(e).position !== 'absolute' && !e.closest('.pb-table-frame'))
  .slice(0, 5).map(e => `${e.tagName.toLowerCase()}.${e.getAttribute('class') ?? ''}`)"""


@contextmanager
def visitor(browser: Browser, base: str, language: str, credentials: str | None) -> Iterator[Page]:
    """A page of someone who reads `language`, signed in where `address:password` is given."""
    context = browser.new_context(locale=language, base_url=base, reduced_motion="reduce")
    context.add_cookies([{"name": "django_language", "value": language, "url": base}])
    page = context.new_page()
    if credentials:
        address, password = credentials.split(":", 1)
        page.goto("/accounts/login/")
        page.fill("input[name=login]", address)
        page.fill("input[name=password]", password)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login/" not in url)
    try:
        yield page
    finally:
        context.close()


def _name(path: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "home"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base")
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--as", dest="credentials")
    parser.add_argument("--languages", default="ko,th,vi,en")
    parser.add_argument("--widths", default="360,1280")
    parser.add_argument("--axe", action="store_true")
    options = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    role = f"-{options.credentials.split('@')[0]}" if options.credentials else ""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for language in options.languages.split(","):
            with visitor(browser, options.base, language, options.credentials) as page:
                for path in options.paths:
                    _picture(page, path, language, role, options)
        browser.close()


def _picture(page: Page, path: str, language: str, role: str, options: argparse.Namespace) -> None:
    for width in map(int, options.widths.split(",")):
        page.set_viewport_size({"width": width, "height": 800})
        answer = page.goto(path)
        page.evaluate("document.fonts.ready")
        status = answer.status if answer else 0
        file = FOLDER / f"{_name(path)}{role}-{language}-{width}.png"
        page.screenshot(path=file, full_page=True)
        print(f"{status} {file.name}")
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            print("   wider than the window:", page.evaluate(WIDER))
        if options.axe:
            for line in violations(page):
                print("  ", line)


if __name__ == "__main__":
    main()
