"""Axe-core's findings about the page as the browser shows it.

    assert violations(page) == []

The page's own Content-Security-Policy stays in force: axe is evaluated through the debugger, in a world apart
from the page's scripts, so that the test sees the page as served.

All rules run on pages in English. The same elements are in every language, and only the words differ: other
pages run the rules that read the words or the language.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page

AXE = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"

IN_EVERY_LANGUAGE = [
    *("html-has-lang", "html-lang-valid", "html-xml-lang-mismatch", "valid-lang", "document-title"),
    *("button-name", "input-button-name", "link-name", "summary-name", "svg-img-alt", "image-alt"),
    *("label", "select-name", "form-field-multiple-labels", "input-image-alt", "empty-heading"),
    *("aria-command-name", "aria-dialog-name", "aria-input-field-name", "aria-meter-name"),
    *("aria-progressbar-name", "aria-toggle-field-name", "aria-tooltip-name", "aria-treeitem-name"),
    *("empty-table-header", "table-duplicate-name", "role-img-alt", "frame-title"),
    *("label-content-name-mismatch", "label-title-only", "identical-links-same-purpose"),
]


@cache
def _source() -> str:
    return AXE.read_text(encoding="utf-8")


def violations(page: Page, within: str | None = None, *, enhanced: bool = False) -> list[str]:
    """Return one line for each element that breaks a rule of axe, of any impact; best practices included.

    On a page that is not in English: of the rules about names and languages.

    Each line names impact, rule, element and the rule in words. `within` is a selector to look inside.
    `enhanced` asks for the contrast of level AAA: 7 to 1, for large text 4.5 to 1.
    Frames are not entered: no page has any.
    """
    session = page.context.new_cdp_session(page)
    try:
        session.send("Page.enable")
        frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
        world = session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "axe"})
        context = world["executionContextId"]
        _evaluate(session, context, _source())
        scope = "document" if within is None else f"document.querySelector({within!r})"
        options: dict[str, Any] = {"resultTypes": ["violations"]}
        if _evaluate(session, context, "document.documentElement.lang") not in ("", "en"):
            options["runOnly"] = {"type": "rule", "values": IN_EVERY_LANGUAGE}
        elif enhanced:
            options["rules"] = {"color-contrast-enhanced": {"enabled": True}}
        run = f"axe.run({scope}, {json.dumps(options)})"
        found = _evaluate(session, context, run)
    finally:
        session.detach()
    return [
        f"{violation['impact']} {violation['id']}: {' '.join(map(str, node['target']))} ({violation['help']})"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def _evaluate(session: CDPSession, context: int, expression: str) -> Any:
    answer = session.send(
        "Runtime.evaluate",
        {
            "contextId": context,
            "expression": expression,
            "awaitPromise": True,
            "returnByValue": True,
            "allowUnsafeEvalBlockedByCSP": True,
        },
    )
    if "exceptionDetails" in answer:
        raise AssertionError(f"axe did not run: {answer['exceptionDetails']}")
    return answer["result"].get("value")
