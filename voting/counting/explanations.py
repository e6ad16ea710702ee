"""Explanations why a project was funded or not, and what would have changed it, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from voting import rules, tally
from voting.polls.problems import amount

_NOT_FUNDED = {
    tally.Reason.WITHDRAWN: gettext_lazy("It was withdrawn after the ballot was set up."),
    tally.Reason.COSTS_MORE_THAN_BUDGET: gettext_lazy(
        "It costs %(needed)s, more than the whole budget of %(budget)s."
    ),
    tally.Reason.NO_VOTES: gettext_lazy("Nobody voted for it."),
    tally.Reason.NO_MONEY_LEFT: gettext_lazy(
        "It needed %(needed)s; when its turn came, %(left)s of the budget was left."
    ),
    tally.Reason.AFTER_FIRST_MISFIT: gettext_lazy(
        "The count ended before its turn, at the first project that the remaining money did not cover."
    ),
    tally.Reason.RIVAL_FUNDED: gettext_lazy("Only one of this project and another one can be funded."),
    tally.Reason.SUPPORTERS_MONEY_SHORT: gettext_lazy(
        "It needed %(needed)s; the voters who chose it had %(money_behind)s left between them."
    ),
    tally.Reason.COUNT_ENDED_BEFORE: gettext_lazy(
        "The count ended before its turn, when the remaining money did not cover the next project."
    ),
}
# The same in a few words, over a list of projects with that reason.
HEADINGS = {
    tally.Reason.WITHDRAWN: gettext_lazy("Withdrawn"),
    tally.Reason.COSTS_MORE_THAN_BUDGET: gettext_lazy("Costs more than the whole budget"),
    tally.Reason.BELOW_THRESHOLD: gettext_lazy("Too few votes"),
    tally.Reason.NO_VOTES: gettext_lazy("No votes"),
    tally.Reason.NO_MONEY_LEFT: gettext_lazy("Not enough money left when its turn came"),
    tally.Reason.AFTER_FIRST_MISFIT: gettext_lazy("The count ended before its turn"),
    tally.Reason.RIVAL_FUNDED: gettext_lazy("Another project was funded instead"),
    tally.Reason.SUPPORTERS_MONEY_SHORT: gettext_lazy("The voters who chose it had too little money left"),
    tally.Reason.COUNT_ENDED_BEFORE: gettext_lazy("The count ended before its turn"),
}
_NO_MONEY_PLAINLY = gettext_lazy(
    "Other projects had more support. After that, there was not enough money left for this project."
)
# The same in plain language.
_PLAINLY = {
    tally.Reason.WITHDRAWN: gettext_lazy("This project was taken back."),
    tally.Reason.COSTS_MORE_THAN_BUDGET: gettext_lazy("This project costs more than all the money there is."),
    tally.Reason.BELOW_THRESHOLD: gettext_lazy("Too few people voted for this project."),
    tally.Reason.NO_VOTES: gettext_lazy("Nobody voted for this project."),
    tally.Reason.NO_MONEY_LEFT: _NO_MONEY_PLAINLY,
    tally.Reason.AFTER_FIRST_MISFIT: _NO_MONEY_PLAINLY,
    tally.Reason.RIVAL_FUNDED: gettext_lazy("Another project of the same kind won."),
    tally.Reason.SUPPORTERS_MONEY_SHORT: _NO_MONEY_PLAINLY,
    tally.Reason.COUNT_ENDED_BEFORE: _NO_MONEY_PLAINLY,
}
_MONEY = tally.explanations.MONEY_PARAMS

Outcome = Mapping[str, Any]
# A code and the values it names.
Statement = Mapping[str, Any]


def why_funded(why: Statement, currency: str) -> str:
    """Say how a project was funded: its step, and its price if any."""
    return str(rules.steps()[why["code"]]) % _shown(why["params"], currency)


def reasons(outcome: Outcome, currency: str) -> dict[str, str]:
    """Return why each project is not funded and what would have changed it: one or two sentences."""
    return {code: in_words(finding) for code, finding in findings(outcome, currency).items()}


# The kind of finding that a proposal keeps of the count.
KIND = "vote_count"


def findings(outcome: Outcome, currency: str) -> dict[str, dict[str, Any]]:
    """Return why each project is not funded and what would have changed it, by code, as it is stored."""
    return {
        code: {
            "kind": KIND,
            "currency": currency,
            "code": why["code"],
            "params": why["params"],
            "change": why["change"],
        }
        for code, why in outcome["figures"]["not_funded"].items()
    }


def in_words(finding: Statement) -> str:
    """Return a stored finding of the count in the active language: one or two sentences."""
    currency = finding["currency"]
    return " ".join(filter(None, [why_not(finding, currency), what_would(finding["change"], currency)]))


def in_plain_words(finding: Statement) -> str:
    """Return a stored finding of the count in plain language: one or two short sentences."""
    reason = tally.Reason(finding["code"])
    if reason is tally.Reason.BELOW_THRESHOLD and finding["params"]["score"] == 0:
        reason = tally.Reason.NO_VOTES
    return str(_PLAINLY[reason])


def _shown(params: Mapping[str, Any], currency: str) -> dict[str, Any]:
    return {name: amount(int(value), currency) if name in _MONEY else value for name, value in params.items()}


def why_not(why: Statement, currency: str) -> str:
    """Say why a project is not funded."""
    params = why["params"]
    if why["code"] == tally.Reason.BELOW_THRESHOLD:
        if params["score"] == 0:
            return _("Nobody voted for it.")
        return ngettext(
            "It has %(score)s; it needs at least %(threshold)s vote or point.",
            "It has %(score)s; it needs at least %(threshold)s votes or points.",
            params["threshold"],
        ) % {"score": params["score"], "threshold": params["threshold"]}
    return str(_NOT_FUNDED[tally.Reason(why["code"])]) % _shown(params, currency)


def what_would(change: Statement, currency: str) -> str:
    """Say the smallest change, all else staying as it was, that would have funded a project; "" for none."""
    params = change["params"]
    more = params.get("more_votes")
    values = {"more": more}
    if "cost_at_most" in params:
        values["cost"] = amount(params["cost_at_most"], currency)
    code = change["code"]
    if code == "votes_or_cost":
        return (
            ngettext(
                "With %(more)s more vote, or at a cost of %(cost)s, it would have been funded.",
                "With %(more)s more votes, or at a cost of %(cost)s, it would have been funded.",
                more,
            )
            % values
        )
    if code == "points_or_cost":
        return (
            ngettext(
                "With %(more)s more point, or at a cost of %(cost)s, it would have been funded.",
                "With %(more)s more points, or at a cost of %(cost)s, it would have been funded.",
                more,
            )
            % values
        )
    if code == "votes":
        return (
            ngettext(
                "With %(more)s more vote it would have been funded.",
                "With %(more)s more votes it would have been funded.",
                more,
            )
            % values
        )
    if code == "points":
        return (
            ngettext(
                "With %(more)s more point it would have been funded.",
                "With %(more)s more points it would have been funded.",
                more,
            )
            % values
        )
    if code == "cost":
        return _("At a cost of %(cost)s it would have been funded.") % values
    return ""
