"""Findings: why a process, not a person, decided about a proposal, as a code with its values.

A finding is stored as JSON, `{"kind": …, …}`, and put into words wherever it is shown, in the reader's
language. No sentence of the interface is stored. Apps that store a kind of finding register its writer.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Q

Finding = Mapping[str, Any]

_WRITERS: dict[str, Callable[[Finding], str]] = {}
_PLAIN_WRITERS: dict[str, Callable[[Finding], str]] = {}


def register(kind: str, writer: Callable[[Finding], str], *, plain: Callable[[Finding], str]) -> None:
    """Let `writer` put findings of a kind into words, `plain` into plain language. A kind keeps its name."""
    _WRITERS[kind] = writer
    _PLAIN_WRITERS[kind] = plain


def in_words(finding: Finding) -> str:
    """Return a finding in the active language; empty for none. Raises KeyError for an unknown kind."""
    return _WRITERS[finding["kind"]](finding) if finding else ""


def in_plain_words(finding: Finding) -> str:
    """Return a finding in plain language: short sentences, easy words; empty for none. Raises KeyError."""
    return _PLAIN_WRITERS[finding["kind"]](finding) if finding else ""


def has_a_kind() -> Q:
    """Return the condition of a column of findings: empty, or an object that names its kind."""
    return Q(finding={}) | Q(finding__has_key="kind")
