"""Counted ballots as a Pabulib file (`.pb`), which anybody can recount. Equal ballots give equal bytes."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rounds.money import major
from rounds.multilingual import choose
from voting.frozen import Paper, Rules, codes_of
from voting.sealing import Entry

_VOTE_TYPES = {
    "approval": "approval",
    "knapsack": "approval",
    "cumulative": "cumulative",
    "ordinal": "ordinal",
}


@dataclass(frozen=True, slots=True)
class Published:
    """One ballot of a file: its reference in hexadecimal, empty where it is not to be shown."""

    ballot_ref: str
    entries: Sequence[Entry]


def pb(paper: Paper, rules: Rules, ballots: Iterable[Published], *, unit: str) -> bytes:
    """Write one paper's ballots; `unit` says whose they are, as the file's description does.

    Ballots stand in the order of their references. Without references they are numbered in the order of
    their choices, so that neither place nor number leads back to a receipt. Blank ballots are left out,
    for the format knows none. Costs are in whole units of the currency.
    """
    rows = [ballot for ballot in ballots if ballot.entries]
    if any(not ballot.ballot_ref for ballot in rows):
        texts = sorted(rows, key=lambda ballot: [str(entry) for entry in ballot.entries])
        rows = [Published(str(number), ballot.entries) for number, ballot in enumerate(texts, start=1)]
    else:
        rows.sort(key=lambda ballot: ballot.ballot_ref)
    file = io.StringIO()
    write = csv.writer(file, delimiter=";", lineterminator="\n").writerow
    write(["META"])
    for pair in _meta(paper, rules, len(rows), unit):
        write(pair)
    write(["PROJECTS"])
    write(["project_id", "cost", "name", "category"])
    for line in paper.lines.values():
        name = choose(line.title, "en")[0]
        write([line.code, major(line.cost_minor, rules.currency), name, line.category])
    write(["VOTES"])
    top = paper.limits.borda_top
    has_points = paper.kind.has_points or top is not None
    write(["voter_id", "vote", "points"] if has_points else ["voter_id", "vote"])
    for ballot in rows:
        fields = [ballot.ballot_ref, ",".join(codes_of(ballot.entries))]
        if has_points:
            fields.append(",".join(str(points) for points in _points(ballot.entries, top)))
        write(fields)
    return file.getvalue().encode()


def _points(entries: Sequence[Entry], top: int | None) -> list[int]:
    """The points on a ballot; of a ranking, what its places are worth: `top`, one less, and so on."""
    if top is not None:
        return [max(top - place, 0) for place in range(len(entries))]
    return [entry[1] for entry in entries if not isinstance(entry, str)]


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
        ("date_begin", _day(rules.opens_at)),
        ("date_end", _day(rules.closes_at)),
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


def _day(when: str) -> str:
    year, month, day = when[:10].split("-")
    return f"{day}.{month}.{year}"
