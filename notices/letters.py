"""The words of each notice, in the active language: what happened, why, what to do next, and where."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from core.i18n import current_language, text_in
from notices.models import Kind, Notice
from proposals.models import Proposal


@dataclass(frozen=True, slots=True)
class Letter:
    """One message. `reason` is what the official wrote, word for word; empty where nothing was refused."""

    subject: str
    happened: str
    rule: str
    reason: str
    next: str
    url: str
    authority: str


def write(notice: Notice) -> Letter:
    """Return the letter for a notice in the active language, with an absolute link."""
    step, comment = notice.step, notice.comment
    if step is not None:
        proposal, ground, explanation = step.proposal, step.get_ground_display(), step.explanation
    else:
        assert comment is not None
        proposal, ground, explanation = (
            comment.proposal,
            comment.get_ground_display() if comment.ground else "",
            comment.explanation,
        )
    happened, to_do = _sentences(notice, proposal)
    language = current_language()
    authority = text_in(proposal.round.authority.name, language)
    platform = text_in(proposal.round.authority.platform_name, language)
    kind = Kind(notice.kind)
    return Letter(
        subject=f"{kind.label}: {proposal.title}" if kind not in _OF_COMMENTS else str(kind.label),
        happened=happened,
        rule=str(ground) if explanation or ground else "",
        reason=explanation,
        next=to_do,
        url=settings.SITE_URL.rstrip("/") + _path(kind, proposal),
        authority=f"{authority} · {platform}" if platform else authority,
    )


_OF_COMMENTS = frozenset({Kind.COMMENT_PUBLISHED, Kind.COMMENT_REJECTED})


def _path(kind: Kind, proposal: Proposal) -> str:
    places = [proposal.round.authority.slug, proposal.round.slug]
    if kind == Kind.PROPOSAL_SENT_BACK:
        return reverse("proposals:draft", args=[*places, proposal.pk])
    assert proposal.code is not None
    path = reverse("proposals:detail", args=[*places, proposal.code])
    return f"{path}#comments" if kind in _OF_COMMENTS else path


def _sentences(notice: Notice, proposal: Proposal) -> tuple[str, str]:
    """What happened, and what the reader can do next."""
    names = {"code": proposal.code, "title": proposal.title}
    match Kind(notice.kind):
        case Kind.PROPOSAL_PUBLISHED:
            return (
                _("Your proposal %(code)s, “%(title)s”, was screened and is now public.") % names,
                _(
                    "The department that is responsible now examines it. Others can comment on it and support"
                    " it. You do not have to do anything: we write to you when the review is done."
                ),
            )
        case Kind.PROPOSAL_WRITTEN_DOWN:
            return (
                _("The service desk wrote down your proposal %(code)s, “%(title)s”, and handed it in.")
                % names,
                _(
                    "If you were not at the service desk, tell it so: somebody used your document or phone."
                    " You can withdraw the proposal on its page."
                ),
            )
        case Kind.PROPOSAL_SENT_BACK:
            return (
                _("Your proposal %(code)s, “%(title)s”, was sent back to you and is not public.") % names,
                _(
                    "Change what the explanation asks for and submit it again. It keeps its number, and"
                    " nothing you wrote is lost."
                ),
            )
        case Kind.PROPOSAL_FEASIBLE:
            return (
                _("The department found that your proposal %(code)s, “%(title)s”, can be done.") % names,
                _("It is in the running for the ballot paper. Its page shows the cost the review found."),
            )
        case Kind.PROPOSAL_INELIGIBLE:
            return (
                _("The department found that your proposal %(code)s, “%(title)s”, cannot go to the vote.")
                % names,
                _("Its page shows the review in full. You can propose something else in the next round."),
            )
        case Kind.PROPOSAL_REFERRED:
            return (
                _(
                    "Another body is responsible for your proposal %(code)s, “%(title)s”: it was referred to"
                    " %(body)s."
                )
                % {**names, "body": proposal.referred_to},
                _("Its page shows what was passed on and when."),
            )
        case Kind.PROPOSAL_MERGED:
            assert proposal.merged_into is not None
            return (
                _("Your proposal %(code)s, “%(title)s”, was merged into %(other)s, “%(other_title)s”.")
                % {
                    **names,
                    "other": proposal.merged_into.code,
                    "other_title": proposal.merged_into.title,
                },
                _("The other proposal carries your idea on. Follow it from your proposal's page."),
            )
        case Kind.PROPOSAL_ADOPTED:
            return (
                _("Your proposal %(code)s, “%(title)s”, was adopted into the budget.") % names,
                _("Its page will show how the work comes along."),
            )
        case Kind.PROPOSAL_NOT_ADOPTED:
            return (
                _("Your proposal %(code)s, “%(title)s”, was not adopted.") % names,
                _("Its page shows the reason. The report of the round shows every result."),
            )
        case Kind.COMMENT_PUBLISHED:
            return (
                _("Your comment on proposal %(code)s, “%(title)s”, was screened and is now public.") % names,
                _("You can read the answers of others on the proposal's page."),
            )
        case Kind.COMMENT_REJECTED:
            return (
                _("Your comment on proposal %(code)s, “%(title)s”, was not published.") % names,
                _("You can write another comment that follows the rule below."),
            )
