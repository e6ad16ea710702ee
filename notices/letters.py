"""The words of each notice, in the active language: what happened, why, what to do next, and where."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from notices.models import Kind, Notice
from proposals.lifecycle import STATES
from proposals.models import Proposal, Step
from rounds.multilingual import choose


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
    about = notice.step if notice.step is not None else notice.comment
    assert about is not None
    proposal = about.proposal
    subject, happened, to_do = _of_step(notice.step) if notice.step is not None else _of_comment(notice)
    ground = str(about.get_ground_display()) if about.ground else ""
    language = get_language() or "en"
    authority = choose(proposal.round.authority.name, language)[0]
    platform = choose(proposal.round.authority.platform_name, language)[0]
    return Letter(
        subject=subject,
        happened=happened % _names(proposal),
        rule=ground,
        reason=about.explanation,
        next=to_do,
        url=settings.SITE_URL.rstrip("/") + _path(notice, proposal),
        authority=f"{authority} · {platform}" if platform else authority,
    )


def _path(notice: Notice, proposal: Proposal) -> str:
    places = [proposal.round.authority.slug, proposal.round.slug]
    if notice.step is not None and STATES[notice.step.to_state].is_editable:
        return reverse("proposals:draft", args=[*places, proposal.pk])
    assert proposal.code is not None
    path = reverse("proposals:detail", args=[*places, proposal.code])
    return f"{path}#comments" if notice.comment is not None else path


def _names(proposal: Proposal) -> dict[str, str | None]:
    """What the sentence of a notice may name."""
    other = proposal.merged_into
    return {
        "code": proposal.code,
        "title": proposal.title,
        "body": proposal.referred_to,
        "other": other.code if other is not None else "",
        "other_title": other.title if other is not None else "",
    }


def _of_step(step: Step) -> tuple[str, str, str]:
    """The subject, what happened, and what the author can do next."""
    told = STATES[step.to_state].notice
    assert told is not None
    return f"{told.subject}: {step.proposal.title}", str(told.happened), str(told.next)


def _of_comment(notice: Notice) -> tuple[str, str, str]:
    """The subject, what happened, and what the commenter can do next."""
    kind = Kind(notice.kind)
    if kind == Kind.COMMENT_PUBLISHED:
        return (
            str(kind.label),
            _("Your comment on proposal %(code)s, “%(title)s”, was screened and is now public."),
            _("You can read the answers of others on the proposal's page."),
        )
    return (
        str(kind.label),
        _("Your comment on proposal %(code)s, “%(title)s”, was not published."),
        _("You can write another comment that follows the rule below."),
    )
