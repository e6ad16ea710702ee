"""How ballots are counted, in plain words: a sentence for each rule and each setting of it."""

from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.i18n import current_language
from rounds import money


class Rule(Protocol):
    """What is told of a rule: the fields of `RuleSet`, or of a round's frozen rules, of the same names."""

    @property
    def rule(self) -> str: ...
    @property
    def threshold(self) -> int: ...
    @property
    def stops_at_first_misfit(self) -> bool: ...
    @property
    def topup_percent(self) -> int | None: ...
    @property
    def utility(self) -> str: ...
    @property
    def completion(self) -> bool: ...
    @property
    def comparison(self) -> bool: ...
    @property
    def step_minor(self) -> int | None: ...


RULES = {
    "greedy": gettext_lazy(
        "Most votes first: the project with most votes, then the next, each that the money left can pay for."
    ),
    "votes-per-cost": gettext_lazy(
        "The project with the most votes for its cost is funded first, then the next, each that the money "
        "left pays for: many cheap projects rather than few dear ones."
    ),
    "equal-shares": gettext_lazy(
        "Every voter has an equal share of the budget, and a project is funded when those who chose it can "
        "pay for it together, most support for the money first; what nobody can pay for stays unspent."
    ),
    "equal-shares-add1": gettext_lazy(
        "Every voter has an equal share of the budget, and a project is funded when those who chose it can "
        "pay for it together; the shares are raised step by step as long as the budget is not overspent."
    ),
    "phragmen": gettext_lazy(
        "Projects are funded one by one so that their cost weighs as evenly as possible on those who chose "
        "them; the count ends at the first that the money left does not pay for."
    ),
    "max-welfare": gettext_lazy(
        "The set of projects that the budget pays for and that has the most votes together is funded."
    ),
}
UTILITIES = {
    "cost": gettext_lazy("A funded project is worth its cost to those who chose it."),
    "cardinality": gettext_lazy("Every funded project is worth the same to those who chose it."),
    "points": gettext_lazy("A funded project is worth to each voter the points they gave it."),
}


def of_rule(rule: Rule, currency: str) -> list[str]:
    """Say a rule with its settings, one sentence for each, in the language now active."""
    said = [str(RULES[rule.rule])]
    if rule.rule in ("equal-shares", "equal-shares-add1"):
        said.append(str(UTILITIES[rule.utility]))
    if rule.step_minor is not None:
        step = money.written(rule.step_minor, currency, current_language())
        said.append(_("Each raise adds %(step)s to every voter's share.") % {"step": step})
    if rule.stops_at_first_misfit:
        said.append(_("The first project that does not fit the money left ends the count."))
    if rule.topup_percent is not None:
        said.append(
            _(
                "The first project that does not fit is funded all the same if at least %(percent)s percent "
                "of its cost is left, the rest coming from elsewhere; then the count ends."
            )
            % {"percent": rule.topup_percent}
        )
    if rule.completion:
        said.append(_("What is left over is spent on the other projects, most votes first."))
    if rule.comparison:
        said.append(
            _(
                "If more voters have more funded projects of their choice under “most votes first” than have "
                "fewer, that result stands instead."
            )
        )
    if rule.threshold > 1:
        said.append(
            ngettext(
                "A project needs at least %(threshold)s vote or point.",
                "A project needs at least %(threshold)s votes or points.",
                rule.threshold,
            )
            % {"threshold": rule.threshold}
        )
    return said
