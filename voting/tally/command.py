"""The command: count a .pb file and say what came out, as text or as JSON."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, TextIO

from .declared_rule import count_as_declared, differences
from .election import Election
from .explanations import Explanation, amount, explain
from .ledger import Utility
from .loads import phragmen
from .outcome import Outcome, Value
from .pabulib import PbError, PbFile, read
from .ranking import greedy, votes_per_cost
from .shares import equal_shares, equal_shares_add1
from .ties import First, TieRule
from .welfare import max_welfare

RULES = ("greedy", "votes-per-cost", "equal-shares", "equal-shares-add1", "phragmen", "max-welfare")

EXIT_OK, EXIT_DIFFERENT, EXIT_REFUSED = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0, 1 if --verify found a difference, or 2 if the file or a flag is refused."""
    parser = _parser()
    flags = parser.parse_args(arguments)
    try:
        file = read(flags.file)
        election = _adjusted(file.election, flags)
        outcome = _count(file, election, flags)
    except (PbError, ValueError, OSError) as refusal:
        print(f"{flags.file}: {refusal}", file=sys.stderr)
        return EXIT_REFUSED
    explained = explain(election, outcome)
    if flags.json:
        json.dump(as_json(election, outcome, explained), sys.stdout, ensure_ascii=False, indent=1)
        print()
    else:
        _print_text(election, outcome, explained, sys.stdout)
    return _verify(file, outcome) if flags.verify else EXIT_OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m voting.tally",
        description="Count a participatory budgeting election from a .pb file, exactly.",
    )
    parser.add_argument("file", metavar="FILE.pb")
    parser.add_argument("--rule", choices=RULES, help="default: the one the file declares")
    parser.add_argument(
        "--utility", choices=[each.value for each in Utility], default="cost", help="for equal shares"
    )
    parser.add_argument("--tie", choices=[each.value for each in First], help="who goes first of two equals")
    parser.add_argument("--seed", default="", help="published seed of the draw among equals")
    parser.add_argument("--threshold", type=int, default=0, metavar="N", help="least score to take part")
    parser.add_argument("--no-skip", action="store_true", help="greedy: end at the first that does not fit")
    parser.add_argument(
        "--topup", type=_ratio, metavar="0.8", help="greedy: fund the first misfit if this share is left"
    )
    parser.add_argument("--step", type=int, help="equal-shares-add1: raise in currency units")
    parser.add_argument("--complete", action="store_true", help="equal shares: spend the rest greedily")
    parser.add_argument("--compare", action="store_true", help="equal shares: greedy if more voters gain")
    parser.add_argument(
        "--rivals", action="append", default=[], metavar="ID,ID", help="projects of which one can be funded"
    )
    parser.add_argument(
        "--without", action="append", default=[], metavar="ID", help="a project withdrawn after the vote"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--verify", action="store_true", help="compare with the file's selected column")
    return parser


def _ratio(text: str) -> Fraction:
    try:
        ratio = Fraction(text)
    except (ValueError, ZeroDivisionError):
        ratio = Fraction(0)
    if not 0 < ratio <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share such as 0.8")
    return ratio


def _adjusted(election: Election, flags: argparse.Namespace) -> Election:
    """Mark rivals and withdrawn projects, which a file cannot say."""
    if not flags.rivals and not flags.without:
        return election
    group = {id: f"rivals {number}" for number, ids in enumerate(flags.rivals) for id in ids.split(",")}
    unknown = [id for id in [*group, *flags.without] if id not in election.numbers]
    if unknown:
        raise ValueError(f"there is no project {unknown[0]}")
    projects = [
        replace(
            each,
            exclusion_group=group.get(each.id, each.exclusion_group),
            withdrawn=each.withdrawn or each.id in flags.without,
        )
        for each in election.projects
    ]
    return replace(election, projects=tuple(projects))


def _count(file: PbFile, election: Election, flags: argparse.Namespace) -> Outcome:
    tie = TieRule(First(flags.tie or "cheaper"), flags.seed)
    if flags.rule is None:
        return count_as_declared(file, election=election, tie=tie if flags.tie else None)
    if flags.rule == "greedy":
        return greedy(
            election,
            tie=tie,
            threshold=flags.threshold,
            stop_at_first_misfit=flags.no_skip,
            topup_ratio=flags.topup,
        )
    if flags.rule == "votes-per-cost":
        return votes_per_cost(election, tie=tie, threshold=flags.threshold)
    if flags.rule == "max-welfare":
        return max_welfare(election, tie=tie, threshold=flags.threshold)
    progress = _Progress(sys.stderr)
    try:
        if flags.rule == "phragmen":
            return phragmen(election, tie=tie, threshold=flags.threshold, progress=progress)
        utility = Utility(flags.utility)
        if flags.rule == "equal-shares":
            return equal_shares(
                election,
                tie=tie,
                utility=utility,
                threshold=flags.threshold,
                completion=flags.complete,
                comparison=flags.compare,
                progress=progress,
            )
        return equal_shares_add1(
            election,
            tie=tie,
            utility=utility,
            threshold=flags.threshold,
            step=flags.step and flags.step * election.minor_per_unit,
            completion=flags.complete,
            comparison=flags.compare,
            progress=progress,
        )
    finally:
        progress.end()


class _Progress:
    """Says how far a count is, at most twice a second, once it has taken a second."""

    def __init__(self, to: TextIO) -> None:
        self._to = to
        self._next = time.monotonic() + 1
        self._shown = False

    def __call__(self, done: int, expected: int) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + 0.5
            self._shown = True
            print(f"\rcounting: {done} steps", end="", file=self._to, flush=True)

    def end(self) -> None:
        if self._shown:
            print(file=self._to)


def as_json(election: Election, outcome: Outcome, explained: Explanation) -> dict[str, Any]:
    """Return an outcome as plain values for JSON. Money in minor units, `minor_per_unit` to the unit."""
    rounds = []
    for step, why in zip(outcome.steps, explained.funded, strict=True):
        row: dict[str, Any] = {
            "step": step.number,
            "id": step.project,
            "decision": step.decision.value,
            "cost": step.cost,
            "votes": step.votes,
            "score": step.score,
            "money_before": step.money_before,
            "money_after": step.money_after,
            "sentence": why.reason.sentence,
        }
        if step.price is not None:
            row |= {
                "effective_votes": str(why.effective_votes),
                "price": why.price,
                "payers": step.price.payers,
                "paid_in_full": step.price.paid_in_full,
            }
        rounds.append(row)
    return {
        "rule": outcome.rule,
        "parameters": {name: _plain(value) for name, value in outcome.parameters.items()},
        "input_sha256": outcome.input_sha256,
        "analysis_only": outcome.analysis_only,
        "funded": list(outcome.funded),
        "cost": outcome.cost,
        "budget": outcome.budget,
        "topup": outcome.topup,
        "minor_per_unit": election.minor_per_unit,
        "voters": outcome.voters,
        "votes": dict(outcome.votes),
        "scores": dict(outcome.scores),
        "rounds": rounds,
        "not_funded": [
            {
                "id": each.project,
                "reason": each.reason.code,
                "sentence": each.reason.sentence,
                "needed": each.needed,
                "params": {name: _plain(value) for name, value in each.reason.params.items()},
                "lost_to": [id for id, _ in each.lost_to],
                "more_votes": each.margin.more_votes,
                "cost_at_most": each.margin.cost_at_most,
                "change": each.change.sentence,
            }
            for each in explained.not_funded
        ],
        "ties": [
            {"step": tie.step, "projects": list(tie.projects), "decided_by": tie.decided_by}
            for tie in outcome.ties
        ],
        "tie_order": list(outcome.tie_order),
        "lots": dict(outcome.lots),
    }


def _plain(value: Value | Decimal) -> str | int | bool | None:
    return str(value) if isinstance(value, Fraction | Decimal) else value


def _print_text(election: Election, outcome: Outcome, explained: Explanation, to: TextIO) -> None:
    names = {project.id: project.name for project in election.projects}
    set_to = ", ".join(
        f"{name} {value}" for name, value in outcome.parameters.items() if value not in ("", None)
    )
    print(f"Rule: {outcome.rule} ({set_to})", file=to)
    if outcome.analysis_only:
        print("For analysis only.", file=to)
    print(f"Input SHA-256: {outcome.input_sha256}", file=to)
    print(f"Voters: {outcome.voters:,}", file=to)
    print(f"Funded: {len(outcome.funded)} of {len(election.projects)} projects", file=to)
    print(f"Cost: {amount(election, outcome.cost)} of {amount(election, outcome.budget)}", file=to)
    width = max((len(step.project) for step in outcome.steps), default=2)
    for step in outcome.steps:
        line = f"{step.number:4}  {step.project:{width}}  {step.votes:>9,} votes"
        if step.score != step.votes:
            line += f"  {step.score:>9,} points"
        print(f"{line}  {amount(election, step.cost):>16}  {names[step.project]}".rstrip(), file=to)
    if explained.not_funded:
        print("Not funded:", file=to)
    for each in explained.not_funded:
        print(f"      {each.project}  {each.reason.sentence} {each.change.sentence}".rstrip(), file=to)
    for tie in outcome.ties:
        print(f"Equal: {', '.join(tie.projects)}; {tie.decided_by} decides.", file=to)


def _verify(file: PbFile, outcome: Outcome) -> int:
    try:
        here, there = differences(file, outcome)
    except ValueError as refusal:
        print(f"Not verified: {refusal}", file=sys.stderr)
        return EXIT_REFUSED
    for id in here:
        print(f"Different: {id} is funded by this count and not selected in the file.", file=sys.stderr)
    for id in there:
        print(f"Different: {id} is selected in the file and not funded by this count.", file=sys.stderr)
    if here or there:
        return EXIT_DIFFERENT
    print("Verified: the same projects are selected in the file.", file=sys.stderr)
    return EXIT_OK
