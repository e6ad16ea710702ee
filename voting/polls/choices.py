"""Choices of one voter, and the one way they are written for hashing."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

# Choices of one voter: for each style's number, codes, or pairs of code and points.
Entry = str | tuple[str, int]


Choices = Mapping[int, Sequence[Entry]]


def canonical(choices: Choices) -> str:
    """Write choices the one way that is hashed: JSON without spaces, papers in order, blank papers kept.

    Papers are in the order of their numbers, not of their texts as `core.canonical` would have them.
    Entries keep their order: it is the ranking on a ranked ballot; on others the caller sorts them.
    """
    return json.dumps(
        {str(number): choices[number] for number in sorted(choices)},
        ensure_ascii=False,
        separators=(",", ":"),
    )


def parse(text: str) -> dict[int, list[Entry]]:
    """Read what `canonical` wrote."""
    return {
        int(number): [entry if isinstance(entry, str) else (entry[0], entry[1]) for entry in entries]
        for number, entries in json.loads(text).items()
    }


def entries_of(choices: Mapping[str, Sequence[Any]], number: int) -> list[Entry]:
    """Return the entries of one paper from choices as a JSON column holds them."""
    entries = choices.get(str(number), ())
    return [entry if isinstance(entry, str) else (entry[0], entry[1]) for entry in entries]
