"""Transcriptions of paper ballots: how they are typed, what makes a ballot invalid, and how they are hidden.

Contents stay unreadable in the database until the count. Two entries of one ballot are compared by a keyed
hash bound to its place in the batch, so equal hashes reveal nothing about other ballots.
"""

import hmac
import json
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from voting.ballots import sealing as ballots_sealing
from voting.polls import choices as polls_choices
from voting.polls import ruleset
from voting.polls.choices import Entry
from voting.polls.keys import RoundKey
from voting.polls.ruleset import FrozenBallotStyle, FrozenRules

_PURPOSE = "paper"
_TYPED = re.compile(r"([0-9]{1,5})(?:[:=]([0-9]{1,4}))?")

# Reasons that follow from the choices themselves, in order of precedence, with the problems each covers.
BY_RULE: Mapping[str, frozenset[str]] = {
    "over_budget": frozenset(
        {"over_budget", "category_over_budget", "points_too_high", "points_sum_too_high"}
    ),
    "too_many": frozenset({"too_many", "category_too_many"}),
    "blank": frozenset({"too_few"}),
}


class CannotRead(ValueError):
    """Something typed for a paper is no line of it. `typed` is what; `why`: unknown, twice or unreadable."""

    def __init__(self, typed: str, why: str) -> None:
        super().__init__(typed)
        self.typed = typed
        self.why = why


@dataclass(frozen=True, slots=True)
class Content:
    """The content of one paper ballot; `invalid` says why it is invalid, empty if it is valid."""

    choices: Mapping[int, Sequence[Entry]]
    invalid: str = ""

    @property
    def text(self) -> str:
        return json.dumps(
            {"choices": polls_choices.canonical(self.choices), "invalid": self.invalid}, separators=(",", ":")
        )

    def fingerprint(self, key: RoundKey, batch_id: int, sequence: int) -> bytes:
        """Return 32 bytes, equal for equal contents of this paper, that tell nothing without the key."""
        bound = f"{batch_id}|{sequence}|{self.text}"
        return hmac.digest(key.derive(_PURPOSE), bound.encode(), "sha256")

    def hidden(self, key: RoundKey) -> bytes:
        return ballots_sealing.hide(key, _PURPOSE, self.text)


def revealed(key: RoundKey, hidden: bytes | memoryview) -> Content:
    """Return the content that was hidden. Raises sealing.CannotUnseal."""
    values = json.loads(ballots_sealing.reveal(key, _PURPOSE, bytes(hidden)))
    return Content(polls_choices.parse(values["choices"]), values["invalid"])


def ballot_ref(key: RoundKey, batch_id: int, sequence: int) -> bytes:
    """Return the 16 bytes under which a paper ballot is published: random to anyone without the key."""
    return hmac.digest(key.derive("paper-ref"), f"{batch_id}|{sequence}".encode(), "sha256")[:16]


def read_typed(ballot_style: FrozenBallotStyle, typed: str) -> list[Entry]:
    """Return the entries typed as numbers of options: "3 17 42", with points "3:5 17:2".

    Spaces and commas separate them; digits of any script are accepted. Raises CannotRead.
    """
    codes = {option.number: option.code for option in ballot_style.options.values()}
    entries: list[Entry] = []
    seen = set()
    for part in unicodedata.normalize("NFKC", typed).replace(",", " ").split():
        ascii_part = "".join(str(unicodedata.digit(sign)) if sign.isdigit() else sign for sign in part)
        match = _TYPED.fullmatch(ascii_part)
        if match is None or (match[2] is not None) != ballot_style.kind.has_points:
            raise CannotRead(part, "unreadable")
        number = int(match[1])
        if number not in codes:
            raise CannotRead(part, "unknown")
        if number in seen:
            raise CannotRead(part, "twice")
        seen.add(number)
        entries.append((codes[number], int(match[2])) if match[2] is not None else codes[number])
    return entries


def show_typed(ballot_style: FrozenBallotStyle, entries: Sequence[Entry]) -> str:
    """Write entries the way they are typed."""
    return " ".join(
        str(ballot_style.options[entry].number)
        if isinstance(entry, str)
        else f"{ballot_style.options[entry[0]].number}:{entry[1]}"
        for entry in entries
    )


def reason_by_rule(
    rules: FrozenRules, ballot_styles: Collection[FrozenBallotStyle], choices: Mapping[int, Sequence[Entry]]
) -> str:
    """Return why these choices are no valid ballot, one of `BY_RULE`; empty if they are valid.

    "other" if they break a rule that has no reason of its own.
    """
    tidied = ruleset.tidy(rules, choices)
    codes: set[str] = set()
    for ballot_style in ballot_styles:
        entries = tidied.get(ballot_style.number, [])
        if entries or not (tidied or ballot_style.allows_blank):
            codes |= {problem.code for problem in ballot_style.problems(entries)}
    if not codes:
        return ""
    for reason, problems in BY_RULE.items():
        # Too few projects make a blank ballot only if there are none at all.
        if codes & problems and (reason != "blank" or not tidied):
            return reason
    return "other"
