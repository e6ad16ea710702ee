"""Counted ballots as a Pabulib file (`.pb`), which anybody can recount. Equal ballots give equal bytes."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rounds.money import major
from rounds.multilingual import choose
from voting.frozen import Paper, Rules, codes_of
from voting.sealing import Entry
from voting.tally import Kind

_VOTE_TYPES = {
    "approval": "approval",
    "knapsack": "approval",
    "cumulative": "cumulative",
    "ordinal": "ordinal",
}

# Ballots of fewer people are not published apart.
SMALLEST_GROUP = 10
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Published:
    """One ballot of a file: its reference in hexadecimal, empty where it is not to be shown."""

    ballot_ref: str
    entries: Sequence[Entry]


def scopes_to_publish(sizes: Mapping[str, int], decides: str) -> set[str]:
    """Return whose ballots get a file, given how many there are "inside" and "outside".

    The count that decides always does, or nobody could redo it. The others only if neither the people inside
    nor those outside are fewer than ten: from two files follows the third.
    """
    groups = [sizes["inside"], sizes["outside"]]
    few = all(groups) and min(groups) < SMALLEST_GROUP
    return {decides} if few else {"inside", "outside", "everybody"}


def pb(paper: Paper, rules: Rules, ballots: Iterable[Published], *, unit: str) -> bytes:
    """Write one paper's ballots; `unit` says whose they are, as the file's description does.

    Ballots stand in the order of their references. Without references they are numbered in the order of
    their choices, so that neither place nor number leads back to a receipt. Blank ballots are left out,
    for the format knows none. Costs are in whole units of the currency.
    """
    rows = sorted(ballots, key=lambda ballot: ballot.ballot_ref)
    return b"".join(stream(paper, rules, lambda: rows, unit=unit))


def stream(
    paper: Paper, rules: Rules, ballots: Callable[[], Iterable[Published]], *, unit: str
) -> Iterator[bytes]:
    """Yield what `pb` writes, in blocks, without holding ballots that have references.

    `ballots` gives them in the order of their references, and is asked twice: the head says how many.
    """
    n_votes, has_refs = 0, True
    for ballot in ballots():
        n_votes += bool(ballot.entries)
        has_refs = has_refs and bool(ballot.ballot_ref or not ballot.entries)
    yield _head(paper, rules, n_votes, unit)
    rows: Iterable[Published] = (ballot for ballot in ballots() if ballot.entries)
    if not has_refs:
        texts = sorted((ballot.entries for ballot in rows), key=lambda row: [str(entry) for entry in row])
        rows = (Published(str(number), row) for number, row in enumerate(texts, start=1))
    has_points, top = _shows_points(paper), paper.limits.borda_top or 0
    file = io.StringIO()
    write = csv.writer(file, delimiter=";", lineterminator="\n").writerow
    for ballot in rows:
        fields = [ballot.ballot_ref, ",".join(codes_of(ballot.entries))]
        if has_points:
            # A ranking's first place is worth the same on a short ballot, which its length would not tell.
            points = (
                top - place if isinstance(entry, str) else entry[1]
                for place, entry in enumerate(ballot.entries)
            )
            fields.append(",".join(map(str, points)))
        write(fields)
        if file.tell() > _BLOCK:
            yield file.getvalue().encode()
            file.seek(0)
            file.truncate()
    yield file.getvalue().encode()


def _head(paper: Paper, rules: Rules, n_votes: int, unit: str) -> bytes:
    file = io.StringIO()
    write = csv.writer(file, delimiter=";", lineterminator="\n").writerow
    write(["META"])
    for pair in _meta(paper, rules, n_votes, unit):
        write(pair)
    write(["PROJECTS"])
    write(["project_id", "cost", "name", "category"])
    for line in paper.lines.values():
        name = choose(line.title, "en")[0]
        write([line.code, major(line.cost_minor, rules.currency), name, line.category])
    write(["VOTES"])
    write(["voter_id", "vote", "points"] if _shows_points(paper) else ["voter_id", "vote"])
    return file.getvalue().encode()


def _shows_points(paper: Paper) -> bool:
    return paper.kind.has_points or paper.kind is Kind.ORDINAL


def _declared(rules: Rules) -> str:
    """Return what the format calls the rule; "unknown" for one that it has no name for."""
    if rules.rule == "greedy":
        if rules.stops_at_first_misfit:
            return "greedy-no-skip"
        if rules.topup_percent is not None:
            return "greedy-custom"
        return "greedy-threshold" if rules.threshold > 1 else "greedy"
    if rules.completion or rules.utility != "cost":
        return "unknown"
    shares = {"equal-shares": "equalshares", "equal-shares-add1": "equalshares/add1"}.get(rules.rule)
    if shares is None:
        return "unknown"
    return f"{shares}-comparison" if rules.comparison else shares


def _meta(paper: Paper, rules: Rules, n_votes: int, unit: str) -> list[tuple[str, object]]:
    meta: list[tuple[str, object]] = [
        ("key", "value"),
        ("description", f"Round {rules.round}, ballot paper {paper.number}, {unit}"),
        ("country", "Worldwide"),
        ("unit", rules.authority),
        ("instance", rules.round),
        ("num_projects", len(paper.lines)),
        ("num_votes", n_votes),
        ("budget", major(paper.budget_minor, rules.currency)),
        ("vote_type", _VOTE_TYPES[paper.kind.value]),
        ("rule", _declared(rules)),
        ("date_begin", _day(datetime.fromisoformat(rules.opens_at), rules)),
        # The last day on which voting was open: it closes before the instant it closes at.
        ("date_end", _day(datetime.fromisoformat(rules.closes_at) - timedelta(microseconds=1), rules)),
        ("currency", rules.currency),
        ("min_length", paper.min_choices),
    ]
    if paper.max_choices is not None:
        meta.append(("max_length", paper.max_choices))
    if paper.ballot_budget_minor is not None and _VOTE_TYPES[paper.kind.value] == "approval":
        meta.append(("max_sum_cost", major(paper.ballot_budget_minor, rules.currency)))
    if paper.points is not None:
        meta.append(("max_sum_points", paper.points))
    if rules.threshold > 1:
        meta.append(("min_project_score_threshold", rules.threshold))
    return meta


def _day(when: datetime, rules: Rules) -> str:
    return f"{when.astimezone(ZoneInfo(rules.time_zone)):%d.%m.%Y}"
