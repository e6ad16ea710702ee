"""Money: costs requested, costs of adopted proposals, and their share of the budget."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reports.figures.figure import OF_PROPOSALS, OF_PROPOSALS_AND_ROUND, OF_ROUND, Entry, Number, Quotient
from reports.render.tables import Unit, written
from reports.schema import Report, Share


def _about(report: Report) -> str:
    """Say that the budget was announced as an approximate amount; empty if it is exact."""
    return gettext("announced as an approximate amount") if BUDGET_IS_APPROXIMATE.of(report) else ""


def _left(report: Report) -> str:
    """Say how much is left, and of what budget."""
    sentence = (
        gettext("%(left)s left of an approximate budget of %(budget)s")
        if BUDGET_IS_APPROXIMATE.of(report)
        else gettext("%(left)s left of a budget of %(budget)s")
    )
    return sentence % {
        "left": written(BUDGET_LEFT.of(report), Unit.MONEY, report.currency),
        "budget": written(BUDGET.of(report), Unit.MONEY, report.currency),
    }


BUDGET = Number(
    key="budget",
    shape=int,
    query=lambda facts: facts.round.budget_minor,
    docs="Money set aside for the round.",
    name=_("Budget"),
    sentence=_("Money set aside for the round."),
    source=OF_ROUND,
    unit=Unit.MONEY,
    rounding=_about,
    is_headline=False,
)

BUDGET_IS_APPROXIMATE: Entry[bool] = Entry(
    key="budget_is_approximate",
    shape=bool,
    query=lambda facts: facts.round.budget_is_approximate,
    docs="Whether the budget was announced as about so much.",
)

REQUESTED_COST = Number(
    key="requested_cost",
    shape=int,
    query=lambda facts: facts.money["requested"],
    docs="What all submitted proposals asked for together.",
    name=_("Cost requested"),
    sentence=_("Total cost requested by all submitted proposals."),
    source=OF_PROPOSALS,
    unit=Unit.MONEY,
    is_headline=False,
)

ADOPTED_COST = Number(
    key="adopted_cost",
    shape=int,
    query=lambda facts: facts.money["adopted"],
    docs="What the adopted proposals cost together, as printed on the ballot.",
    name=_("Adopted cost"),
    sentence=_("Total cost of the adopted proposals, as printed on the ballot."),
    source=OF_PROPOSALS,
    unit=Unit.MONEY,
    note=_left,
)

BUDGET_LEFT = Number(
    key="budget_left",
    shape=int,
    query=lambda facts: facts.round.budget_minor - facts.money["adopted"],
    docs="Budget less the cost of the adopted proposals; below zero where they cost more.",
    name=_("Budget left"),
    sentence=_("Budget minus the cost of the adopted proposals."),
    source=OF_PROPOSALS_AND_ROUND,
    unit=Unit.MONEY,
    is_headline=False,
)

REFLECTION_RATE_BY_MONEY = Quotient(
    key="reflection_rate_by_money",
    shape=Share,
    query=lambda facts: facts.share(
        "cost of adopted proposals of cost of submitted proposals",
        facts.money["adopted"],
        facts.money["requested"],
    ),
    docs="Reflection rate by money: cost of the adopted proposals divided by what all submitted ones asked "
    "for.",
    name=_("Reflection rate by money"),
    sentence=_("Cost of the adopted proposals divided by the cost requested by all submitted proposals."),
    source=OF_PROPOSALS,
    parts=_("%(numerator)s of %(denominator)s requested"),
    part_unit=Unit.MONEY,
)

BUDGET_USE = Quotient(
    key="budget_use",
    shape=Share,
    query=lambda facts: facts.share(
        "cost of adopted proposals of the budget", facts.money["adopted"], facts.round.budget_minor
    ),
    docs="Share of the budget allocated: cost of the adopted proposals divided by the budget. Planned, not "
    "spent.",
    name=_("Share of the budget allocated"),
    sentence=_(
        "Cost of the adopted proposals, as printed on the ballot, divided by the "
        "budget. This is planned, not spent."
    ),
    source=OF_PROPOSALS_AND_ROUND,
    parts=_("%(numerator)s of %(denominator)s; planned, not spent"),
    part_unit=Unit.MONEY,
)
