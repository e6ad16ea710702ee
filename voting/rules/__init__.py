"""Counting rules, one object each, from which everything else derives.

`RULES` lists them in the order in which officers see them: the one line that a new rule adds.
"""

from collections.abc import Iterator, Mapping

from django.utils.translation import ngettext

from voting.rules import equal_shares, equal_shares_add1, greedy, max_welfare, phragmen, votes_per_cost
from voting.rules.rule import Asked, Rule
from voting.rules.settings import NAMES, Setting, Settings, TieOrder, Utility, Words

__all__ = [
    "NAMES",
    "RULES",
    "Asked",
    "Rule",
    "Setting",
    "Settings",
    "TieOrder",
    "Utility",
    "Words",
    "all_settings",
    "choices",
    "codes_that_know",
    "deciding",
    "sentences",
    "steps",
]

RULES: dict[str, Rule] = {
    module.RULE.code: module.RULE
    for module in (
        greedy,
        votes_per_cost,
        equal_shares,
        equal_shares_add1,
        phragmen,
        max_welfare,
    )
}


def choices() -> list[tuple[str, Words]]:
    """Return code and label of every rule."""
    return [(rule.code, rule.label) for rule in RULES.values()]


def deciding() -> Iterator[Rule]:
    """Yield the rules that a round may be frozen with."""
    return (rule for rule in RULES.values() if rule.decides)


def all_settings() -> list[Setting]:
    """Return every setting that some rule knows, once, in the order of the rules."""
    return list(dict.fromkeys(setting for rule in RULES.values() for setting in rule.settings))


def codes_that_know(setting: Setting) -> list[str]:
    """Return the codes of the rules that have a setting."""
    return [rule.code for rule in RULES.values() if setting in rule.settings]


def steps() -> Mapping[str, Words]:
    """Return what is said of a funded project, by code, of all rules together."""
    return {code: words for rule in RULES.values() for code, words in rule.steps.items()}


def sentences(settings: Settings, currency: str) -> list[str]:
    """Say a rule with its settings, one sentence for each, in the language now active."""
    rule = RULES[settings.rule]
    said = [str(rule.sentence), *(setting.said(settings, currency) for setting in rule.settings)]
    if settings.threshold > 1:
        said.append(
            ngettext(
                "A project needs at least %(threshold)s vote or point.",
                "A project needs at least %(threshold)s votes or points.",
                settings.threshold,
            )
            % {"threshold": settings.threshold}
        )
    return [sentence for sentence in said if sentence]
