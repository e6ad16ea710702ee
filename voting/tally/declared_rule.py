"""Count a published election by the rule its file declares."""

from __future__ import annotations

from fractions import Fraction

from .election import Election
from .outcome import Decision, Outcome
from .pabulib import PbFile
from .ranking import greedy
from .shares import equal_shares, equal_shares_add1
from .ties import First, TieRule

# Poznan funds the first project that does not fit if at least this share of its cost is left.
POZNAN_TOPUP = Fraction(4, 5)


def count_as_declared(
    file: PbFile, *, election: Election | None = None, tie: TieRule | None = None
) -> Outcome:
    """Count by the META fields `rule` and `min_project_score_threshold`; ties in file order by default.

    `election` replaces the file's own if projects were withdrawn or excluded after the vote, which the file
    cannot say. Raises ValueError for `unknown`, and for `greedy-custom` outside Poznan, whose custom rule is
    the only one defined.
    """
    one = election or file.election
    rule = file.meta["rule"]
    threshold = int(file.meta.get("min_project_score_threshold") or 0)
    tie = tie or TieRule(First.FILE)
    if rule in ("greedy", "greedy-threshold", "greedy-exclusive"):
        return greedy(one, tie=tie, threshold=threshold)
    if rule == "greedy-no-skip":
        return greedy(one, tie=tie, threshold=threshold, stop_at_first_misfit=True)
    if rule == "greedy-custom" and file.meta["unit"] == "Poznań":
        return greedy(one, tie=tie, threshold=threshold, topup_ratio=POZNAN_TOPUP)
    name, _, comparison = rule.partition("-")
    if name in ("equalshares", "equalshares/add1") and comparison in ("", "comparison"):
        count = equal_shares_add1 if name.endswith("add1") else equal_shares
        return count(one, tie=tie, threshold=threshold, comparison=bool(comparison))
    raise ValueError(f"The file declares the rule {rule!r}, which does not say how to count.")


def differences(file: PbFile, outcome: Outcome) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Compare an outcome with the file's `selected` column: (funded only here, selected only there).

    A project topped up beyond the budget is 2 in the file. Other projects marked 2 or 3 got money after the
    count, which is no difference. Raises ValueError if the file has no such column.
    """
    if file.selected is None:
        raise ValueError("The file has no column selected.")
    selected = {id for id, mark in file.selected.items() if mark == 1}
    extra = {id for id, mark in file.selected.items() if mark == 2}
    topped_up = {step.project for step in outcome.steps if step.decision is Decision.TOPPED_UP}
    here = tuple(id for id in outcome.funded if id not in selected and not (id in topped_up and id in extra))
    there = tuple(id for id in file.election.ids if id in selected and id not in outcome.funded)
    return here, there
