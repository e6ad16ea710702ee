"""The reasons for a no that every authority begins with, and what a reason can be given for.

From its founding on an authority has them as rows of its own, with texts of its own, and may add others.
Codes stay forever: steps, decisions, reports and open data hold them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from authorities.institutions import Institution, institution
from core.i18n import in_every_language

# The least that an authority can require of the explanation of a no, in characters: nobody can do
# anything with "no.". The database holds it; `AuthoritySettings.shortest_explanation` says how much is.
LEAST_EXPLANATION = 10


class Serves(StrEnum):
    """The decisions a reason can be given for."""

    # The words: a text is sent back or kept from being shown.
    SCREENING = "screening"
    # The matter: a department finds it not eligible.
    INELIGIBILITY = "ineligibility"
    REFERRAL = "referral"
    MERGER = "merger"
    WITHDRAWAL = "withdrawal"
    # Residents preferred others.
    VOTE = "vote"
    COUNCIL = "council"


class StandardReason(StrEnum):
    """Codes of the reasons that services give by name; no official chooses them from a list."""

    OUT_OF_AUTHORITY = "out_of_authority"
    MERGED_INTO_OTHER = "merged_into_other"
    WITHDRAWN_BY_PROPOSER = "withdrawn_by_proposer"
    BELOW_BUDGET_CUTOFF = "below_budget_cutoff"
    COUNCIL_DECISION = "council_decision"


@dataclass(frozen=True, slots=True)
class ReasonRecord:
    """A reason as it is to be kept: its code, its text by language, and what it can be given for."""

    code: str
    text: Mapping[str, str]
    serves: tuple[Serves, ...]


_COMMON = (
    ("political_gain", _("For political gain"), Serves.SCREENING),
    ("personal_gain", _("For personal gain"), Serves.SCREENING),
    ("personal_data", _("Contains personal data"), Serves.SCREENING),
    ("abuse", _("Abusive language"), Serves.SCREENING),
    ("off_topic", _("Off topic"), Serves.SCREENING),
    ("spam", _("Advertising or spam"), Serves.SCREENING),
    ("unclear", _("Not clear enough to review"), Serves.SCREENING),
    ("conflicts_with_law", _("Conflicts with a law or an ordinance"), Serves.INELIGIBILITY),
    ("benefits_specific_group", _("Benefits only a specific person or group"), Serves.INELIGIBILITY),
    ("operating_cost", _("Only pays for running costs"), Serves.INELIGIBILITY),
    ("simple_complaint", _("A complaint that can be handled without a project"), Serves.INELIGIBILITY),
    ("takes_over_one_year", _("Takes longer than one year"), Serves.INELIGIBILITY),
    ("already_under_way", _("Already planned or under way"), Serves.INELIGIBILITY),
    (StandardReason.OUT_OF_AUTHORITY, _("Outside the authority's powers"), Serves.REFERRAL),
    (StandardReason.MERGED_INTO_OTHER, _("Merged into another proposal"), Serves.MERGER),
    (StandardReason.WITHDRAWN_BY_PROPOSER, _("Withdrawn by the proposer"), Serves.WITHDRAWAL),
    (StandardReason.BELOW_BUDGET_CUTOFF, _("The budget was spent on projects with more votes"), Serves.VOTE),
    (StandardReason.COUNCIL_DECISION, _("Decided otherwise by the %(council)s"), Serves.COUNCIL),
)


def common_reasons(country: str) -> list[ReasonRecord]:
    """Return the reasons that an authority of a country begins with, in their order, in every language."""
    return [
        ReasonRecord(
            str(code),
            {
                language: words % {"council": institution(Institution.COUNCIL, country, language)}
                for language, words in in_every_language(text).items()
            },
            (serves,),
        )
        for code, text, serves in _COMMON
    ]
