"""Ask axe-core what is wrong with the page as the browser shows it.

    assert violations(page) == []

The page's own Content-Security-Policy stays in force: axe is evaluated through the debugger, in a world of
its own beside the page's scripts, so that what is tested is what is served.
"""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page

AXE = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"


@cache
def _source() -> str:
    return AXE.read_text(encoding="utf-8")


def violations(page: Page, within: str | None = None, *, enhanced: bool = False) -> list[str]:
    """Return one line for each element that breaks a rule of axe, of any impact; best practices included.

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
        rules = "{'color-contrast-enhanced': {enabled: true}}" if enhanced else "{}"
        run = f"axe.run({scope}, {{resultTypes: ['violations'], rules: {rules}}})"
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
