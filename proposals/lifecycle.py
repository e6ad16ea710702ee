"""The life of a proposal: the one table of allowed steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from proposals.exceptions import WrongState

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class State(TextChoices):
    """Where a proposal stands."""

    DRAFT = "draft", _("Draft")
    PENDING = "pending", _("Being screened")
    SENT_BACK = "sent_back", _("Sent back to its author")
    PUBLISHED = "published", _("Under department review")
    FEASIBLE = "feasible", _("Found feasible")
    ON_BALLOT = "on_ballot", _("On the ballot")
    ADOPTED = "adopted", _("Adopted")
    NOT_ADOPTED = "not_adopted", _("Not adopted")
    INELIGIBLE = "ineligible", _("Not eligible")
    REFERRED = "referred", _("Referred")
    MERGED = "merged", _("Merged")
    WITHDRAWN = "withdrawn", _("Withdrawn")


STEPS: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.PENDING, State.WITHDRAWN}),
    State.PENDING: frozenset({State.PUBLISHED, State.SENT_BACK, State.WITHDRAWN}),
    State.SENT_BACK: frozenset({State.PENDING, State.WITHDRAWN}),
    State.PUBLISHED: frozenset(
        {State.FEASIBLE, State.INELIGIBLE, State.REFERRED, State.MERGED, State.SENT_BACK, State.WITHDRAWN}
    ),
    State.FEASIBLE: frozenset({State.ON_BALLOT, State.WITHDRAWN}),
    State.ON_BALLOT: frozenset({State.ADOPTED, State.NOT_ADOPTED}),
    State.ADOPTED: frozenset(),
    State.NOT_ADOPTED: frozenset(),
    State.INELIGIBLE: frozenset(),
    State.REFERRED: frozenset(),
    State.MERGED: frozenset(),
    State.WITHDRAWN: frozenset(),
}

# What happened when a proposal came to a state, for its timeline.
HAPPENED: dict[State, StrOrPromise] = {
    State.DRAFT: _("Begun"),
    State.PENDING: _("Submitted"),
    State.SENT_BACK: _("Sent back to its author"),
    State.PUBLISHED: _("Screened and published"),
    State.FEASIBLE: _("Found feasible"),
    State.ON_BALLOT: _("Put on the ballot"),
    State.ADOPTED: _("Adopted"),
    State.NOT_ADOPTED: _("Not adopted"),
    State.INELIGIBLE: _("Found not eligible"),
    State.REFERRED: _("Referred to another body"),
    State.MERGED: _("Merged into another proposal"),
    State.WITHDRAWN: _("Withdrawn by its author"),
}

# What everybody may see. A sent-back or pending text is its author's and the moderators'.
PUBLIC = frozenset(
    {
        State.PUBLISHED,
        State.FEASIBLE,
        State.ON_BALLOT,
        State.ADOPTED,
        State.NOT_ADOPTED,
        State.INELIGIBLE,
        State.REFERRED,
        State.MERGED,
    }
)

# Each of these says no, in whole or for now, and owes a reason.
NEEDS_REASON = frozenset(
    {State.SENT_BACK, State.NOT_ADOPTED, State.INELIGIBLE, State.REFERRED, State.MERGED, State.WITHDRAWN}
)

# States in which its author may still change the text.
EDITABLE = frozenset({State.DRAFT, State.SENT_BACK})


def require(current: str, target: State) -> None:
    """Raise WrongState unless a proposal may step from `current` to `target`."""
    if target not in STEPS[State(current)]:
        raise WrongState()
