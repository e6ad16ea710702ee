"""The states of a proposal: one row for each, from which everything else about states derives.

The order of the rows is the order in which a proposal comes through them. A state that has a row here is
offered by the filter, counted by the report, named in the timeline, recorded and announced; what is allowed
in it follows from its row. Functions read the table each time, so that a test can put a row of its own in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from proposals.exceptions import WrongState

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class State(StrEnum):
    """Codes, as stored, of the states that services move proposals to by name."""

    DRAFT = "draft"
    SENT_BACK = "sent_back"
    PENDING = "pending"
    PUBLISHED = "published"
    FEASIBLE = "feasible"
    ON_BALLOT = "on_ballot"
    ADOPTED = "adopted"
    NOT_ADOPTED = "not_adopted"
    INELIGIBLE = "ineligible"
    REFERRED = "referred"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


class Audience(StrEnum):
    """Readers of a proposal in a state. Officials have their own pages."""

    AUTHOR = "author"
    EVERYBODY = "everybody"
    # Everybody if it was published before it came to the state, else its author.
    AS_BEFORE = "as_before"


class Reached(IntEnum):
    """The least progress of every proposal in a state; each step includes those before it."""

    BEGUN = 0
    # Complete, with a code and a date of submission.
    SUBMITTED = 1
    PUBLISHED = 2
    # Within the authority's own powers, with a cost found by the review.
    FEASIBLE = 3
    ON_BALLOT = 4


class Tone(StrEnum):
    """The colour of a state's tag, as the style sheet names it. A no is plain, never red."""

    PLAIN = "plain"
    WORKING = "working"
    ATTENTION = "attention"
    BALLOT = "ballot"
    YES = "yes"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class StateNotice:
    """The notice to an author when their proposal comes to a state.

    `kind` is the stored code. `happened` can name %(code)s and %(title)s of the proposal, %(body)s it was
    referred to, and %(other)s and %(other_title)s of the proposal it was merged into.
    """

    kind: str
    subject: StrOrPromise
    happened: StrOrPromise
    next: StrOrPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSpec:
    """One state of a proposal.

    `happened` is the timeline's sentence for coming to it. `leads_to` holds the codes of the states that can
    follow; a state that leads nowhere is an end. `sign` is the shape on its tag, in addition to the colour.
    `stamps` names the proposal's column with the last time it came here. `action` is the audit action for
    coming here: empty for the state in which proposals are created.
    """

    code: str
    label: StrOrPromise
    happened: StrOrPromise
    leads_to: frozenset[str] = frozenset()
    audience: Audience
    reached: Reached
    owes_reason: bool = False
    is_editable: bool = False
    takes_comments: bool = False
    takes_support: bool = False
    tone: Tone
    sign: str
    stamps: str | None = None
    action: str = ""
    notice: StateNotice | None = None

    @property
    def is_end(self) -> bool:
        return not self.leads_to

    @property
    def reason_is_public(self) -> bool:
        """Return whether everybody can read the explanation given when a proposal came here.

        The reason for sending a text back can be personal: it stays between its author and the moderators.
        """
        return self.audience is not Audience.AUTHOR


_ROWS = (
    StateSpec(
        code=State.DRAFT,
        label=_("Draft"),
        happened=_("Started"),
        leads_to=frozenset({State.PENDING, State.WITHDRAWN}),
        audience=Audience.AUTHOR,
        reached=Reached.BEGUN,
        is_editable=True,
        tone=Tone.PLAIN,
        sign="pencil",
    ),
    StateSpec(
        code=State.SENT_BACK,
        label=_("Sent back to the author"),
        happened=_("Sent back to the author"),
        leads_to=frozenset({State.PENDING, State.WITHDRAWN}),
        audience=Audience.AUTHOR,
        reached=Reached.SUBMITTED,
        owes_reason=True,
        is_editable=True,
        tone=Tone.ATTENTION,
        sign="back",
        action="proposals.proposal_sent_back",
        notice=StateNotice(
            "proposal_sent_back",
            _("Your proposal needs a change"),
            _("Your proposal %(code)s, “%(title)s”, was sent back to you and is not public."),
            _(
                "Change what the explanation asks for and submit it again. It keeps its number, and"
                " nothing you wrote is lost."
            ),
        ),
    ),
    StateSpec(
        code=State.PENDING,
        label=_("Being screened"),
        happened=_("Submitted"),
        leads_to=frozenset({State.PUBLISHED, State.SENT_BACK, State.WITHDRAWN}),
        audience=Audience.AUTHOR,
        reached=Reached.SUBMITTED,
        tone=Tone.PLAIN,
        sign="circle",
        stamps="submitted_at",
        action="proposals.proposal_submitted",
    ),
    StateSpec(
        code=State.PUBLISHED,
        label=_("Under department review"),
        happened=_("Approved and published"),
        leads_to=frozenset(
            {
                State.FEASIBLE,
                State.INELIGIBLE,
                State.REFERRED,
                State.MERGED,
                State.SENT_BACK,
                State.WITHDRAWN,
            }
        ),
        audience=Audience.EVERYBODY,
        reached=Reached.PUBLISHED,
        takes_comments=True,
        takes_support=True,
        tone=Tone.WORKING,
        sign="half",
        stamps="published_at",
        action="proposals.proposal_published",
        notice=StateNotice(
            "proposal_published",
            _("Your proposal is public"),
            _("Your proposal %(code)s, “%(title)s”, was approved and is now public."),
            _(
                "The responsible department now reviews it. Others can comment on it and "
                "support it. You do not need to do anything: we will write to you when the "
                "review is finished."
            ),
        ),
    ),
    StateSpec(
        code=State.FEASIBLE,
        label=_("Found feasible"),
        happened=_("Found feasible"),
        leads_to=frozenset({State.ON_BALLOT, State.WITHDRAWN}),
        audience=Audience.EVERYBODY,
        reached=Reached.FEASIBLE,
        takes_comments=True,
        takes_support=True,
        tone=Tone.WORKING,
        sign="tick",
        action="proposals.proposal_found_feasible",
        notice=StateNotice(
            "proposal_feasible",
            _("Your proposal was found feasible"),
            _("The department found that your proposal %(code)s, “%(title)s”, is feasible."),
            _("It can now be put on the ballot. Its page shows the cost found in the review."),
        ),
    ),
    StateSpec(
        code=State.ON_BALLOT,
        label=_("On the ballot"),
        happened=_("Put on the ballot"),
        leads_to=frozenset({State.ADOPTED, State.NOT_ADOPTED}),
        audience=Audience.EVERYBODY,
        reached=Reached.ON_BALLOT,
        takes_comments=True,
        tone=Tone.BALLOT,
        sign="box",
        action="proposals.proposal_put_on_ballot",
    ),
    StateSpec(
        code=State.ADOPTED,
        label=_("Adopted"),
        happened=_("Adopted"),
        audience=Audience.EVERYBODY,
        reached=Reached.ON_BALLOT,
        tone=Tone.YES,
        sign="tick",
        action="proposals.proposal_adopted",
        notice=StateNotice(
            "proposal_adopted",
            _("Your proposal was adopted"),
            _("Your proposal %(code)s, “%(title)s”, was adopted into the budget."),
            _("Its page will show the progress of the work."),
        ),
    ),
    StateSpec(
        code=State.NOT_ADOPTED,
        label=_("Not adopted"),
        happened=_("Not adopted"),
        audience=Audience.EVERYBODY,
        reached=Reached.ON_BALLOT,
        owes_reason=True,
        tone=Tone.PLAIN,
        sign="bar",
        action="proposals.proposal_not_adopted",
        notice=StateNotice(
            "proposal_not_adopted",
            _("Your proposal was not adopted"),
            _("Your proposal %(code)s, “%(title)s”, was not adopted."),
            _("Its page shows the reason. The round's report shows every result."),
        ),
    ),
    StateSpec(
        code=State.INELIGIBLE,
        label=_("Not eligible"),
        happened=_("Found not eligible"),
        audience=Audience.EVERYBODY,
        reached=Reached.PUBLISHED,
        owes_reason=True,
        tone=Tone.PLAIN,
        sign="bar",
        action="proposals.proposal_found_ineligible",
        notice=StateNotice(
            "proposal_ineligible",
            _("Your proposal cannot be put to the vote"),
            _("The department found that your proposal %(code)s, “%(title)s”, cannot be put to the vote."),
            _("Its page shows the full review. You can propose something else in the next round."),
        ),
    ),
    StateSpec(
        code=State.REFERRED,
        label=_("Referred"),
        happened=_("Referred to another authority"),
        audience=Audience.EVERYBODY,
        reached=Reached.PUBLISHED,
        owes_reason=True,
        tone=Tone.ELSEWHERE,
        sign="arrow",
        action="proposals.proposal_referred",
        notice=StateNotice(
            "proposal_referred",
            _("Your proposal was referred"),
            _(
                "Another authority is responsible for your proposal %(code)s, “%(title)s”. It "
                "was referred to %(body)s."
            ),
            _("Its page shows what was forwarded and when."),
        ),
    ),
    StateSpec(
        code=State.MERGED,
        label=_("Merged"),
        happened=_("Merged into another proposal"),
        audience=Audience.EVERYBODY,
        reached=Reached.PUBLISHED,
        owes_reason=True,
        tone=Tone.ELSEWHERE,
        sign="join",
        action="proposals.proposal_merged",
        notice=StateNotice(
            "proposal_merged",
            _("Your proposal was merged"),
            _("Your proposal %(code)s, “%(title)s”, was merged into %(other)s, “%(other_title)s”."),
            _("The other proposal continues your idea. You can follow it from your proposal's page."),
        ),
    ),
    StateSpec(
        code=State.WITHDRAWN,
        label=_("Withdrawn"),
        happened=_("Withdrawn by its author"),
        audience=Audience.AS_BEFORE,
        # A draft that is discarded was never handed in.
        reached=Reached.BEGUN,
        owes_reason=True,
        tone=Tone.PLAIN,
        sign="bar",
        action="proposals.proposal_withdrawn",
    ),
)

STATES: dict[str, StateSpec] = {str(row.code): row for row in _ROWS}


def codes(which: Callable[[StateSpec], bool] = lambda row: True) -> list[str]:
    """Return the codes of the states whose rows satisfy `which`, in the order of the rows."""
    return [code for code, row in STATES.items() if which(row)]


def choices() -> list[tuple[str, StrOrPromise]]:
    """Return code and label of every state, for the columns that hold one."""
    return [(code, row.label) for code, row in STATES.items()]


def with_audience(audience: Audience) -> list[str]:
    return codes(lambda row: row.audience is audience)


def ever_public() -> list[str]:
    """Return the states in which a proposal may be read by everybody, always or if it was published."""
    return codes(lambda row: row.audience is not Audience.AUTHOR)


def owing_reason() -> list[str]:
    """Return the states that say no, in whole or for now: coming to one takes a reason."""
    return codes(lambda row: row.owes_reason)


def editable() -> list[str]:
    """Return the states in which an author may change the text and hand it in."""
    return codes(lambda row: row.is_editable)


def reaching(at_least: Reached) -> list[str]:
    """Return the states in which every proposal has come at least so far."""
    return codes(lambda row: row.reached >= at_least)


def ends() -> list[str]:
    """Return the states that nothing follows, in the order in which a report tells them."""
    return codes(lambda row: row.is_end)


def still_open() -> list[str]:
    """Return the states of proposals that were handed in and have not ended, the furthest first."""
    return codes(lambda row: not row.is_end and row.reached >= Reached.SUBMITTED)[::-1]


def may_follow(current: str, target: str) -> bool:
    """Return whether a proposal may step from `current` to `target`."""
    return target in STATES[current].leads_to


def require(current: str, target: str) -> None:
    """Raise WrongState unless a proposal may step from `current` to `target`."""
    if not may_follow(current, target):
        raise WrongState()
