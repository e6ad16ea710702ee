"""Somebody at a browser without script: reads pages and sends their forms, over real HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests


@dataclass
class Form:
    """A form as the page has it: where it goes, what stands in its fields, and its buttons by their words."""

    action: str = ""
    method: str = "get"
    id: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    """Collects forms with what a browser would send, and the words of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words: list[str] = []
        self.loose: list[tuple[str, tuple[str, str, str]]] = []
        self._open: Form | None = None
        self._button: tuple[str, str, str] | None = None
        self._text_area: str | None = None
        self._select: str | None = None
        self._collected: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(has.get("action", ""), has.get("method", "get").lower(), has.get("id", ""))
            self.forms.append(self._open)
        elif tag == "button":
            self._button, self._collected = (
                (has.get("form", ""), has.get("name", ""), has.get("value", "")),
                [],
            )
        elif self._open is not None and tag == "input" and has.get("name"):
            kind = has.get("type", "text")
            if kind not in ("radio", "checkbox", "submit") or "checked" in has:
                self._open.fields.append((has["name"], has.get("value", "")))
        elif tag == "textarea":
            self._text_area, self._collected = has.get("name", ""), []
        elif tag == "select":
            self._select = has.get("name", "")
        elif tag == "option" and "selected" in has and self._select and self._open is not None:
            self._open.fields.append((self._select, has.get("value", "")))

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._button is not None or self._text_area is not None:
            self._collected.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "button" and self._button is not None:
            form_id, name, value = self._button
            button = (" ".join("".join(self._collected).split()), name, value)
            if form_id:
                self.loose.append((form_id, button))
            elif self._open is not None:
                self._open.buttons.append(button)
            self._button = None
        elif tag == "textarea" and self._text_area is not None:
            if self._open is not None:
                self._open.fields.append((self._text_area, "".join(self._collected).removeprefix("\n")))
            self._text_area = None
        elif tag == "select":
            self._select = None

    def close(self) -> None:
        super().close()
        for form_id, button in self.loose:
            for form in self.forms:
                if form.id == form_id:
                    form.buttons.append(button)


class Visitor:
    """A session of one person. `page` is the text of the last page, `status` its answer."""

    def __init__(self, site: str, *, language: str = "en") -> None:
        self._site = site
        self._session = requests.Session()
        self._session.headers["Accept-Language"] = language
        self.status = 0
        self.address = ""
        self.content = b""
        self.page = ""
        self._forms: list[Form] = []

    def look(self, path: str) -> Visitor:
        """Open an address and read it."""
        return self._read(self._session.get(urljoin(self._site, path), timeout=60))

    def press(self, words: str, **typed: str) -> Visitor:
        """Fill fields in and press the button of those words; raises LookupError if the page has none."""
        for form in self._forms:
            for said, name, value in form.buttons:
                if words in said:
                    sent = [(key, old) for key, old in form.fields if key not in typed]
                    sent += [*typed.items(), *([(name, value)] if name else [])]
                    target = urljoin(self.address, form.action)
                    return self._read(
                        self._session.post(target, data=sent, headers={"Referer": self.address}, timeout=60)
                    )
        raise LookupError(f"no button “{words}” on {self.address}: {[f.buttons for f in self._forms]}")

    def sign_in(self, email: str, password: str) -> Visitor:
        self.look("/accounts/login/")
        for form in self._forms:
            if ("login", "") in form.fields:
                words = form.buttons[0][0]
                return self.press(words, login=email, password=password)
        raise LookupError("no sign-in form")

    def _read(self, answer: requests.Response) -> Visitor:
        self.status, self.address, self.content = answer.status_code, answer.url, answer.content
        reader = _Reader()
        if "html" in answer.headers.get("Content-Type", ""):
            reader.feed(answer.text)
        reader.close()
        self._forms = reader.forms
        self.page = " ".join(" ".join(reader.words).split())
        return self
