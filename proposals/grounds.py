"""Reasons for a no, as codes with a sentence; every proposal that was not adopted has one."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

# Characters that the explanation of a no has at least: nobody can do anything with "no." or "see rules".
SHORTEST_EXPLANATION = 20


class Ground(TextChoices):
    """Why a proposal was sent back, ended, or not adopted."""

    # Screening: the words.
    POLITICAL_GAIN = "political_gain", _("For political gain")
    PERSONAL_GAIN = "personal_gain", _("For personal gain")
    PERSONAL_DATA = "personal_data", _("Contains personal data")
    ABUSE = "abuse", _("Abusive language")
    OFF_TOPIC = "off_topic", _("Off topic")
    SPAM = "spam", _("Advertising or spam")
    UNCLEAR = "unclear", _("Not clear enough to be reviewed")

    # Review: the matter.
    CONFLICTS_WITH_LAW = "conflicts_with_law", _("Conflicts with a law or an ordinance")
    BENEFITS_SPECIFIC_GROUP = "benefits_specific_group", _("Benefits only a specific person or group")
    OPERATING_COST = "operating_cost", _("Pays for running costs only")
    SIMPLE_COMPLAINT = "simple_complaint", _("A complaint that is handled without a project")
    TAKES_OVER_ONE_YEAR = "takes_over_one_year", _("Takes longer than one year")
    ALREADY_UNDER_WAY = "already_under_way", _("Already planned or under way")
    OUT_OF_AUTHORITY = "out_of_authority", _("Outside the authority's powers")
    MERGED_INTO_OTHER = "merged_into_other", _("Merged into another proposal")

    # Its author.
    WITHDRAWN_BY_PROPOSER = "withdrawn_by_proposer", _("Withdrawn by its proposer")

    # The vote.
    BELOW_BUDGET_CUTOFF = "below_budget_cutoff", _("The budget was spent on projects with more votes")
    COUNCIL_DECISION = "council_decision", _("Decided otherwise by the council")


SCREENING = (
    Ground.POLITICAL_GAIN,
    Ground.PERSONAL_GAIN,
    Ground.PERSONAL_DATA,
    Ground.ABUSE,
    Ground.OFF_TOPIC,
    Ground.SPAM,
    Ground.UNCLEAR,
)

INELIGIBILITY = (
    Ground.CONFLICTS_WITH_LAW,
    Ground.BENEFITS_SPECIFIC_GROUP,
    Ground.OPERATING_COST,
    Ground.SIMPLE_COMPLAINT,
    Ground.TAKES_OVER_ONE_YEAR,
    Ground.ALREADY_UNDER_WAY,
)
