"""A rule that the platform does not know, the cheapest project first: the minimum that a rule must define."""

from __future__ import annotations

from pathlib import Path

from voting.rules import Rule, Settings
from voting.tally import Decision, Election, FundingStep, Outcome, TieOrder, TieRule, Wording
from voting.tally.outcome import record
from voting.tally.ranking import never_funded, take_in_order

BY_COST = Wording("by_cost", "Funded in step {step}: of the projects left, none cost less than {cost}.")


def cheapest_first(election: Election, *, tie: TieRule, threshold: int) -> Outcome:
    """Fund projects from the lowest cost up, each that the remaining money pays for."""
    order = TieOrder(election, tie)
    out = never_funded(election, threshold)
    steps: list[FundingStep] = []
    not_funded = list(out.values())
    take_in_order(
        election,
        sorted((p for p in order.order if p not in out), key=lambda p: election.costs[p]),
        steps,
        not_funded,
        money=election.budget,
        taken_groups={},
        decision=Decision.FUNDED,
    )
    return record(
        election,
        order,
        rule="cheapest-first",
        parameters={"threshold": threshold},
        steps=steps,
        not_funded=not_funded,
        ties=[],
        wording=BY_COST,
    )


class CheapestFirst(Rule):
    code = "cheapest-first"
    label = "the cheapest first"
    sentence = "The cheapest project is funded first, then the next, as long as there is money."
    steps = {"by_cost": "Funded in step %(step)s: none of the others left cost less than %(cost)s."}
    second_counter = Path(__file__).with_name("recount_cheapest_first.py")

    def count(self, election: Election, settings: Settings) -> Outcome:
        return cheapest_first(election, tie=settings.tie, threshold=settings.threshold)
