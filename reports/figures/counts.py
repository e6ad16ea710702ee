"""Numbers of submitted and adopted proposals."""

from django.utils.translation import gettext_lazy as _

from reports.figures.figure import OF_PROPOSALS, Number

SUBMITTED = Number(
    key="submitted",
    shape=int,
    query=lambda facts: facts.n_submitted,
    docs="Every proposal handed in, whatever became of it: also withdrawn, merged or sent back. Drafts are "
    "not counted.",
    name=_("Submitted proposals"),
    sentence=_(
        "Every submitted proposal, whatever its outcome, including withdrawn, merged "
        "and returned ones. Drafts are not counted."
    ),
    source=OF_PROPOSALS,
    is_headline=False,
)

ADOPTED = Number(
    key="adopted",
    shape=int,
    query=lambda facts: facts.n_adopted,
    docs="Proposals taken into the budget after the vote.",
    name=_("Adopted proposals"),
    sentence=_("Proposals taken into the budget after the vote."),
    source=OF_PROPOSALS,
    is_headline=False,
)
