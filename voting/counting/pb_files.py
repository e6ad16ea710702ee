"""Counted ballots as a Pabulib file (`.pb`), which anybody can recount. Equal ballots give equal bytes."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from core.days import day_in, last_day
from core.i18n import text_in
from core.money import major
from voting.ballots.selectors import SMALLEST_CELL
from voting.polls.ruleset import FrozenBallotStyle, FrozenRules
from voting.rules import RULES

_VOTE_TYPES = {
    "approval": "approval",
    "knapsack": "approval",
    "cumulative": "cumulative",
    "ordinal": "ordinal",
}

_BLOCK = 1 << 16


def scopes_to_publish(sizes: Mapping[str, int], decides: str) -> set[str]:
    """Return the scopes that get a file, given the number of ballots "inside" and "outside".

    The deciding count always does, or nobody could redo it. The others only if neither the people inside nor
    those outside are fewer than ten: the third follows from two files.
    """
    groups = [sizes["inside"], sizes["outside"]]
    # If only one of the two voted, a deciding count shows them anyway, unless it is of the other.
    few = any(0 < size < SMALLEST_CELL for size in groups) and (all(groups) or not sizes[decides])
    return {decides} if few else {"inside", "outside", "everybody"}


def pb(
    ballot_style: FrozenBallotStyle,
    rules: FrozenRules,
    ballots: Iterable[tuple[str, Sequence[Any]]],
    *,
    n_votes: int,
    closes_at: datetime,
    unit: str,
) -> Iterator[bytes]:
    """Yield one style's ballots as a file, in blocks; `unit` says whose they are, in its description.

    A ballot is its reference in hexadecimal and its entries, in the order of references. If references are
    not shown they are empty, and the ballots are in the order of their choices: they are numbered, so that
    neither place nor number leads back to a receipt. Blank ballots are left out, since the format has none;
    `n_votes` are the others. Voting closed at `closes_at`. Costs are in whole units of the currency.
    """
    yield _head(ballot_style, rules, n_votes, closes_at, unit)
    has_points, top = ballot_style.kind.has_points, ballot_style.limits.borda_top
    file = io.StringIO()
    write = csv.writer(file, delimiter=";", lineterminator="\n").writerow
    selection = (ballot for ballot in ballots if ballot[1])
    for number, (ref, entries) in enumerate(selection, start=1):
        if has_points:
            codes = ",".join([entry[0] for entry in entries])
            write((ref or number, codes, ",".join([str(entry[1]) for entry in entries])))
        elif top:
            # A ranking's first place is worth the same on a short ballot, which its length would not tell.
            points = ",".join([str(top - place) for place in range(len(entries))])
            write((ref or number, ",".join(entries), points))
        else:
            write((ref or number, ",".join(entries)))
        if file.tell() > _BLOCK:
            yield file.getvalue().encode()
            file.seek(0)
            file.truncate()
    yield file.getvalue().encode()


def _head(
    ballot_style: FrozenBallotStyle, rules: FrozenRules, n_votes: int, closes_at: datetime, unit: str
) -> bytes:
    file = io.StringIO()
    write = csv.writer(file, delimiter=";", lineterminator="\n").writerow
    write(["META"])
    for pair in _meta(ballot_style, rules, n_votes, closes_at, unit):
        write(pair)
    write(["PROJECTS"])
    write(["project_id", "cost", "name", "category"])
    for option in ballot_style.options.values():
        name = text_in(option.title, "en")
        write([option.code, major(option.cost_minor, rules.currency), name, option.category])
    write(["VOTES"])
    shows_points = ballot_style.kind.has_points or ballot_style.limits.borda_top
    write(["voter_id", "vote", "points"] if shows_points else ["voter_id", "vote"])
    return file.getvalue().encode()


def _meta(
    ballot_style: FrozenBallotStyle, rules: FrozenRules, n_votes: int, closes_at: datetime, unit: str
) -> list[tuple[str, object]]:
    first = day_in(rules.time_zone, datetime.fromisoformat(rules.opens_at))
    last = last_day(rules.time_zone, closes_at)
    meta: list[tuple[str, object]] = [
        ("key", "value"),
        ("description", f"Round {rules.round}, ballot paper {ballot_style.number}, {unit}"),
        ("country", "Worldwide"),
        ("unit", rules.authority),
        ("instance", rules.round),
        ("num_projects", len(ballot_style.options)),
        ("num_votes", n_votes),
        ("budget", major(ballot_style.budget_minor, rules.currency)),
        ("vote_type", _VOTE_TYPES[ballot_style.kind.value]),
        ("rule", RULES[rules.rule].pabulib(rules)),
        ("date_begin", f"{first:%d.%m.%Y}"),
        ("date_end", f"{last:%d.%m.%Y}"),
        ("currency", rules.currency),
        ("min_length", ballot_style.min_choices),
    ]
    if ballot_style.max_choices is not None:
        meta.append(("max_length", ballot_style.max_choices))
    if ballot_style.ballot_budget_minor is not None and _VOTE_TYPES[ballot_style.kind.value] == "approval":
        meta.append(("max_sum_cost", major(ballot_style.ballot_budget_minor, rules.currency)))
    if ballot_style.points is not None:
        meta.append(("max_sum_points", ballot_style.points))
    if rules.threshold > 1:
        meta.append(("min_project_score_threshold", rules.threshold))
    return meta
