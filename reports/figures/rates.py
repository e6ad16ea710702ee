"""Shares of adopted proposals."""

from django.utils.translation import gettext_lazy as _

from reports.figures.figure import OF_PROPOSALS, Quotient
from reports.figures.target import TARGET
from reports.schema import Report, Share

REFLECTION_RATE = Quotient(
    key="reflection_rate",
    shape=Share,
    query=lambda facts: facts.share(
        "adopted proposals of submitted proposals", facts.n_adopted, facts.n_submitted
    ),
    docs="Reflection rate by number: adopted proposals divided by submitted proposals.",
    name=_("Reflection rate by number"),
    sentence=_("Adopted proposals divided by submitted proposals."),
    source=OF_PROPOSALS,
    parts=_("%(numerator)s of %(denominator)s proposals"),
    target=TARGET,
)

ADOPTION_RATE = Quotient(
    key="adoption_rate",
    shape=Share,
    query=lambda facts: facts.share(
        "adopted proposals of proposals on the ballot", facts.n_adopted, facts.n_on_ballot
    ),
    docs="Adopted proposals divided by the proposals that were put to the vote.",
    name=_("Adopted of those on the ballot"),
    sentence=_("Adopted proposals divided by the proposals that were put to the vote."),
    source=OF_PROPOSALS,
    parts=_("%(numerator)s of %(denominator)s proposals on the ballot"),
)


def share_of(report: Report, numerator: int, denominator: int) -> str:
    """Return a share in the digits in which the report shows its reflection rate."""
    rate = REFLECTION_RATE.of(report)
    return Share.of("", numerator, denominator, rate.decimals, rate.rounding).display
