"""Count any participatory budgeting election exactly. Plain Python and NumPy; knows nothing of the web.

A count is a pure function: `Election` in, `Outcome` out, the same on every machine. Money is whole numbers of
minor units, prices and shares are fractions, and no float decides anything.

    election = Election.build(
        [Project("park", 600_00), Project("lamps", 300_00)],
        [["park", "lamps"], ["lamps"], ["park"]],
        budget=900_00,
        kind=Kind.APPROVAL,
        minor_per_unit=100,
    )
    outcome = equal_shares_add1(election, tie=TieRule(First.CHEAPER, seed="drawn in public"))
    outcome.funded, outcome.cost, outcome.steps, outcome.not_funded

    explained = explain(election, outcome)  # codes, named numbers and English sentences, for every project

While votes are cast, `ballots.check` says with codes and numbers what is wrong with one ballot.
"""

from . import ballots, pabulib
from .ballots import Ballots, CategoryLimit, Kind, Limits, Problem, Project, Trait
from .distribution import Comparison, compare
from .districts import DistrictOutcome, Leftover, by_district, pool_leftovers
from .election import Election
from .explanations import Explanation, Statement, WhyFunded, WhyNot, explain
from .ledger import Utility
from .loads import phragmen
from .margins import Margin
from .outcome import Decision, FundingStep, NotFunded, Outcome, Price, Ranking, Reason, Tie, Wording
from .ranking import greedy, votes_per_cost
from .shares import equal_shares, equal_shares_add1, practical_step
from .ties import First, TieOrder, TieRule
from .welfare import max_welfare

__all__ = [
    "Ballots",
    "CategoryLimit",
    "Comparison",
    "Decision",
    "DistrictOutcome",
    "Election",
    "Explanation",
    "First",
    "FundingStep",
    "Kind",
    "Leftover",
    "Limits",
    "Margin",
    "NotFunded",
    "Outcome",
    "Price",
    "Problem",
    "Project",
    "Ranking",
    "Reason",
    "Statement",
    "Tie",
    "TieOrder",
    "TieRule",
    "Trait",
    "Utility",
    "WhyFunded",
    "WhyNot",
    "Wording",
    "ballots",
    "by_district",
    "compare",
    "equal_shares",
    "equal_shares_add1",
    "explain",
    "greedy",
    "max_welfare",
    "pabulib",
    "phragmen",
    "pool_leftovers",
    "practical_step",
    "votes_per_cost",
]
