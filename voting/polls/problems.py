"""Problems of a ballot, as sentences in the reader's language."""

from collections.abc import Mapping

from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core import money
from core.i18n import current_language, localize
from voting import tally
from voting.polls.ruleset import FrozenBallotStyle, FrozenRules

_SENTENCES = {
    "unknown_project": _("%(project)s is not on this ballot. Remove it."),
    "duplicate_project": _("“%(project)s” is chosen more than once. Choose it once."),
    "withdrawn_project": _("“%(project)s” has been withdrawn. Remove it."),
    "over_budget": _(
        "Your projects cost %(cost)s together. The limit is %(most)s. Remove projects worth %(over)s or more."
    ),
    "under_cost": _("Your projects cost %(cost)s together. The minimum is %(least)s."),
    "points_missing": _("Give points to each project you chose."),
    "points_unexpected": _("This ballot does not accept points."),
    "points_too_low": _("“%(project)s” cannot receive %(points)s points. The minimum is %(least)s."),
    "points_too_high": _("“%(project)s” cannot receive %(points)s points. The maximum is %(most)s."),
    "points_sum_too_low": _("You have given %(points)s points. The minimum is %(least)s."),
    "points_sum_too_high": _("You have given %(points)s points. The maximum is %(most)s."),
    "category_too_few": _(
        "Choose more projects in “%(category)s”: you have %(count)s, the minimum is %(least)s."
    ),
    "category_too_many": _(
        "Choose fewer projects in “%(category)s”: you have %(count)s, the maximum is %(most)s."
    ),
    "category_over_budget": _(
        "Your projects in “%(category)s” cost %(cost)s together. The limit is %(most)s."
    ),
    "category_under_cost": _(
        "Your projects in “%(category)s” cost %(cost)s together. The minimum is %(least)s."
    ),
}


def sentence(problem: tally.Problem, ballot_style: FrozenBallotStyle, rules: FrozenRules) -> str:
    """Say one problem in the language now active, with titles and amounts instead of codes and numbers."""
    params: dict[str, int | str] = dict(problem.params)
    if problem.code == "too_few":
        least = int(params["least"])
        return ngettext(
            "Choose at least %(least)s project. You have chosen %(count)s.",
            "Choose at least %(least)s projects. You have chosen %(count)s.",
            least,
        ) % {**params, "least": least}
    if problem.code == "too_many":
        most = int(params["most"])
        return ngettext(
            "Choose at most %(most)s project. You have chosen %(count)s.",
            "Choose at most %(most)s projects. You have chosen %(count)s.",
            most,
        ) % {**params, "most": most}
    if "cost" in params:
        if "most" in params:
            params["over"] = amount(int(params["cost"]) - int(params["most"]), rules.currency)
        for name in ("cost", "most", "least"):
            if name in params:
                params[name] = amount(int(params[name]), rules.currency)
    option = ballot_style.options.get(str(params.get("project")))
    if option is not None:
        params["project"] = _reader(option.title)
    category = rules.categories.get(str(params.get("category")))
    if category is not None:
        params["category"] = _reader(category)
    return str(_SENTENCES[problem.code]) % params


def of_file(error: tally.pabulib.PbError) -> str:
    """Say in the language now active what is wrong with an election's file; the error knows where."""
    # Marked for translators next to its code, where Django is not available.
    translated = translation.gettext
    return translated(error.sentence) % error.values


def amount(minor: int, currency: str) -> str:
    """Write an amount for a sentence as the reader writes money."""
    return money.written(minor, currency, current_language())


def _reader(texts: Mapping[str, str]) -> str:
    return localize(texts)
