"""Baskets: choices not yet cast, kept in the session of a voter, signed in or not.

Encrypted with the round's key: a session row names its account, and nobody who reads the database may learn
how that person is about to vote. Damaged or outdated baskets are empty.
"""

import base64
import binascii
from collections.abc import MutableMapping, Sequence
from typing import Any

from voting.ballots import sealing as ballots_sealing
from voting.polls import choices as polls_choices
from voting.polls.choices import Choices, Entry
from voting.polls.keys import RoundKey
from voting.polls.ruleset import FrozenBallotStyle, FrozenRules, codes_of

_PURPOSE = "basket"


def _slot(rules: FrozenRules) -> str:
    return f"basket:{rules.authority}/{rules.round}"


def load(session: MutableMapping[str, Any], rules: FrozenRules, key: RoundKey) -> dict[int, list[Entry]]:
    """Return what is in the basket, paper by paper, without projects that are not on the papers."""
    hidden = session.get(_slot(rules))
    if not hidden:
        return {}
    try:
        choices = polls_choices.parse(ballots_sealing.reveal(key, _PURPOSE, base64.b64decode(hidden)))
    except (ballots_sealing.CannotUnseal, binascii.Error, ValueError):
        return {}
    return known(rules, choices)


def save(session: MutableMapping[str, Any], rules: FrozenRules, key: RoundKey, choices: Choices) -> None:
    """Keep these choices for the rest of the session."""
    text = polls_choices.canonical({number: list(entries) for number, entries in choices.items() if entries})
    session[_slot(rules)] = base64.b64encode(ballots_sealing.hide(key, _PURPOSE, text)).decode()


def known(rules: FrozenRules, choices: Choices) -> dict[int, list[Entry]]:
    """Keep what the rules know: papers of the round, projects of the paper, each once."""
    kept = {}
    for ballot_style in rules.ballot_styles:
        seen: dict[str, Entry] = {}
        for entry in choices.get(ballot_style.number, ()):
            code = entry if isinstance(entry, str) else entry[0]
            if code in ballot_style.options:
                seen.setdefault(code, _entry(ballot_style, code, entry))
        if seen:
            kept[ballot_style.number] = list(seen.values())
    return kept


def _entry(ballot_style: FrozenBallotStyle, code: str, entry: Entry) -> Entry:
    if not ballot_style.kind.has_points:
        return code
    return (code, 1) if isinstance(entry, str) else entry


def with_added(
    ballot_style: FrozenBallotStyle, entries: Sequence[Entry], code: str, points: int | None = None
) -> list[Entry]:
    """Return the entries with a project added at the end, or with its points changed if already there."""
    added: Entry = (code, points if points is not None else 1) if ballot_style.kind.has_points else code
    if code in codes_of(entries):
        return [
            added if same == code else entry for same, entry in zip(codes_of(entries), entries, strict=True)
        ]
    return [*entries, added]


def without(entries: Sequence[Entry], code: str) -> list[Entry]:
    """Return the entries without a project."""
    return [entry for same, entry in zip(codes_of(entries), entries, strict=True) if same != code]


def moved_up(entries: Sequence[Entry], code: str) -> list[Entry]:
    """Return a ranking in which a project has changed places with the one before it."""
    moved = list(entries)
    place = codes_of(moved).index(code) if code in codes_of(moved) else 0
    if place:
        moved[place - 1], moved[place] = moved[place], moved[place - 1]
    return moved
