"""Texts submitted by a service desk on behalf of people, with their consent.

The text is the person's: eligibility, limits and screening are the same as for a text from a browser. The
service desk is public; the clerk is only on record.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Unpack

from django.db import transaction
from django.db.models import Q

from audit.actions import Action
from audit.services import announce_again, record
from authorities.models import Authority
from authorities.selectors import settings_of
from core.db.clock import database_clock
from core.exceptions import NotPermitted
from identity import retention
from identity.exceptions import NotForOneself
from identity.models import Account, Policy
from identity.roles import Permission
from identity.selectors import policies_in_force
from identity.verification.models import Person
from identity.verification.selectors import require_entitled
from proposals.exceptions import (
    ConsentNeeded,
    NotYours,
    TooManyAssisted,
    TooManyWaitingForOne,
    WrongState,
)
from proposals.lifecycle import State
from proposals.models import AssistedSubmission, Channel, Comment, Fields, Proposal
from proposals.services.comments import require_few_waiting, require_talk
from proposals.services.status_changes import lock
from proposals.services.texts import check_places, hand_in, require_complete
from rounds.models import Act, Phase, Round
from rounds.services import lock_calendar_and_read_clock, require_open

# The version of the words in `proposals/_assisted_consent.html`; raise it when their meaning changes.
CONSENT_VERSION = 1
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Agreement:
    """A person's consent to the text submitted on their behalf, and their needs.

    `has_priority`: they are old or disabled, and their text goes first. `reach`: where to send an answer.
    """

    how: str
    has_priority: bool = False
    contact: str = ""


@transaction.atomic
def submit_proposal_on_behalf(
    round: Round,
    person: Person,
    *,
    actor: Account,
    agreed: Agreement,
    proposal: Proposal | None = None,
    **fields: Unpack[Fields],
) -> Proposal:
    """Hand in a proposal for a person at the desk; with `proposal`, theirs that was sent back, changed.

    Raises NotPermitted, NotForOneself, ConsentNeeded, PhaseNotOpen, NotOfThisRound, TooManyAssisted,
    TooManyWaitingForOne, NotYours, WrongState, Incomplete, Unchanged, and what `require_entitled` raises.
    """
    # A text that was sent back may be handed in again until the review ends, as by its author.
    kinds = (Phase.Kind.SUBMISSION, Phase.Kind.REVIEW) if proposal else (Phase.Kind.SUBMISSION,)
    now = require_open(round, *kinds)
    person = _attend(round.authority, person, actor, agreed, now)
    check_places(round, fields.get("category"), fields.get("area"))
    require_entitled(round, person, Act.PROPOSE, now=now)
    whose = _texts_of(person)
    most = settings_of(round.authority_id).most_proposals_waiting
    if Proposal.objects.filter(whose, state=State.PENDING).count() >= most:
        raise TooManyWaitingForOne(limit=most)
    if proposal is None:
        proposal = Proposal.objects.create(
            **{"language": round.authority.language, **fields},
            round=round,
            author_id=person.account_id,
            channel=Channel.ASSISTED,
            saved_at=now,
        )
    else:
        proposal = _change(proposal, round, whose, now, fields)
    require_complete(proposal)
    proposal.assisted_submission = _assisted_submission(person, actor, agreed, now)
    hand_in(proposal, person, now=now, actor=actor, changed=["assisted_submission"])
    _record(proposal, proposal.assisted_submission, round.authority, actor)
    return proposal


def _change(proposal: Proposal, round: Round, whose: Q, now: datetime, fields: Fields) -> Proposal:
    proposal = lock(proposal)
    if proposal.round_id != round.pk or not Proposal.objects.filter(whose, pk=proposal.pk).exists():
        raise NotYours()
    if not proposal.is_editable:
        raise WrongState()
    for name, value in fields.items():
        setattr(proposal, name, value)
    proposal.version += 1
    proposal.saved_at = now
    proposal.save(update_fields=[*fields, "version", "saved_at"])
    return proposal


@transaction.atomic
def submit_comment_on_behalf(
    proposal: Proposal, person: Person, *, actor: Account, agreed: Agreement, text: str, language: str
) -> Comment:
    """Keep a comment of a person at the desk for screening.

    Raises NotPermitted, NotForOneself, ConsentNeeded, CommentsClosed, TooManyAssisted, TooManyWaiting, and
    what `require_entitled` raises.
    """
    round = proposal.round
    now = lock_calendar_and_read_clock(round)
    person = _attend(round.authority, person, actor, agreed, now)
    require_talk(proposal, now)
    require_entitled(round, person, Act.COMMENT, now=now)
    require_few_waiting(_texts_of(person), proposal.round.authority)
    comment = Comment.objects.create(
        proposal=proposal,
        author_id=person.account_id,
        assisted_submission=_assisted_submission(person, actor, agreed, now),
        residency=person.residency,
        language=language,
        text=text.strip(),
        posted_at=now,
    )
    assert comment.assisted_submission is not None
    _record(comment, comment.assisted_submission, round.authority, actor)
    return comment


def _attend(authority: Authority, person: Person, actor: Account, agreed: Agreement, now: datetime) -> Person:
    """Return the person as they are now, locked as the clerk is: so that texts are counted one at a time."""
    if not actor.has_perm(Permission.ASSIST, authority):
        raise NotPermitted()
    if agreed.how not in AssistedSubmission.Consent.values:
        raise ConsentNeeded()
    # Accounts in the order of their numbers, so that two desks wait for each other instead of forever.
    accounts = [pk for pk in (actor.pk, person.account_id) if pk is not None]
    list(Account.objects.select_for_update(no_key=True).filter(pk__in=accounts).order_by("pk"))
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    if person.account_id == actor.pk:
        raise NotForOneself()
    today = AssistedSubmission.objects.filter(submitted_by=actor, submitted_at__gt=now - _DAY)
    most = settings_of(authority.pk).most_assisted_a_day
    if today.count() >= most:
        raise TooManyAssisted(limit=most)
    return person


def _texts_of(person: Person) -> Q:
    """The person's own texts: by their account, and those a desk wrote down for them."""
    whose = Q(assisted_submission__person=person)
    return whose if person.account_id is None else whose | Q(author_id=person.account_id)


def _assisted_submission(
    person: Person, actor: Account, agreed: Agreement, now: datetime
) -> AssistedSubmission:
    (privacy,) = (version for version in policies_in_force() if version.kind is Policy.Kind.PRIVACY)
    return AssistedSubmission.objects.create(
        person=person,
        submitted_by=actor,
        submitted_at=now,
        consent_version=CONSENT_VERSION,
        privacy_version=privacy.number,
        consent=agreed.how,
        has_priority=agreed.has_priority,
        # People with an account are written to there.
        contact="" if person.account_id is not None else agreed.contact.strip(),
    )


def _record(
    text: Proposal | Comment, assisted_submission: AssistedSubmission, authority: Authority, actor: Account
) -> None:
    record(
        Action.TEXT_SUBMITTED_ON_BEHALF,
        text,
        actor=actor,
        authority=authority,
        round=_round(text),
        assistance=assisted_submission.pk,
        consent=assisted_submission.consent,
        consent_version=assisted_submission.consent_version,
    )


def _round(text: Proposal | Comment) -> Round:
    return text.round if isinstance(text, Proposal) else text.proposal.round


@transaction.atomic
def claim_assisted(account: Account) -> int:
    """Make the account the author of what desks wrote down for its person; return how many texts.

    The verification has shown that they are one: who was identified at the desk, and who has the account.
    """
    mine = {"author": None, "assisted_submission__person__account": account}
    n = 0
    for model in (Proposal, Comment):
        texts: Sequence[Proposal | Comment] = list(
            model._default_manager.select_for_update(of=("self",)).filter(**mine)
        )
        for text in texts:
            text.author = account
            text.save(update_fields=["author"])
            # The service desk passed no outcome so far to this account's holder.
            announce_again(text)
        n += len(texts)
    if n:
        # From here on they are written to at their account.
        AssistedSubmission.objects.filter(person__account=account).exclude(contact="").update(contact="")
        record(Action.ASSISTED_TEXTS_CLAIMED, account, actor=account, texts=n)
    return n


@transaction.atomic
def note_notified(assisted_submission: AssistedSubmission, *, actor: Account) -> None:
    """Record that the service desk informed a person without an account about their text.

    Raises NotPermitted.
    """
    assisted_submission = (
        AssistedSubmission.objects.select_for_update(of=("self",))
        .select_related("person__authority", "proposal__round", "comment__proposal__round")
        .get(pk=assisted_submission.pk)
    )
    authority = assisted_submission.person.authority
    if not actor.has_perm(Permission.ASSIST, authority):
        raise NotPermitted()
    assisted_submission.notified_at = database_clock()
    assisted_submission.notified_by = actor
    assisted_submission.save(update_fields=["notified_at", "notified_by"])
    text = getattr(assisted_submission, "proposal", None) or getattr(assisted_submission, "comment", None)
    round = _round(text) if text is not None else None
    record(Action.AUTHOR_NOTIFIED, assisted_submission, actor=actor, authority=authority, round=round)


@transaction.atomic
def note_contact_views(authority: Authority, *, actor: Account, people: int, page: str) -> None:
    """Record that a clerk saw contacts of people without an account. No query for none."""
    if people:
        record(
            Action.PERSONAL_DATA_SEEN, authority, actor=actor, authority=authority, page=page, people=people
        )


@transaction.atomic
def remove_contacts(now: datetime) -> int:
    """Remove contacts of people whose text was submitted long ago; return how many."""
    due = AssistedSubmission.objects.filter(submitted_at__lte=now - retention.CONTACT).exclude(contact="")
    n = due.update(contact="")
    if n:
        record(Action.PERSONAL_DATA_REMOVED, AssistedSubmission(pk=0), actor=None, rows=n)
    return n
