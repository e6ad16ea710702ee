"""Kinds of notices and the messages they make: the same for every channel."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from audit.models import Event
from authorities.models import Authority
from core.i18n import localize
from identity.models import Account

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Message:
    """A message in the reader's language: what happened, why, what to do next, and where.

    `rule` and `reason` are empty if nothing was refused; `reason` is what the official wrote, word for word.
    `url` is absolute. Nothing in it is escaped.
    """

    title: str
    happened: str
    next: str
    url: str
    sender: str
    rule: str = ""
    reason: str = ""


class NoticeKind(ABC):
    """A kind of notice. One object of each is in `notices.messages.KINDS`."""

    # Stored with each notice: never changed or used again.
    code: str
    label: StrOrPromise
    # The actions it tells of; recording one of them puts its event into the outbox.
    topics: frozenset[str]

    @abstractmethod
    def recipients(self, event: Event) -> Iterable[Account]:
        """Return whom an event of one of the topics concerns; who did it themselves is left out later."""

    @abstractmethod
    def write(self, event: Event) -> Message:
        """Return the message about an event, in the active language."""


def sender(authority: Authority) -> str:
    """Return the sender: the authority and, if it has a name, its platform."""
    name, platform = localize(authority.name), localize(authority.platform_name)
    return f"{name} · {platform}" if platform else name


def absolute(path: str) -> str:
    """Return the absolute address of a page."""
    return str(settings.SITE_URL).rstrip("/") + path
