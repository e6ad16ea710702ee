"""Telling people: a notice is a promise in the database, its delivery keeps the promise once."""

import smtplib
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from audit.actions import Action
from audit.services import record
from identity.models import Account
from notices import letters, selectors
from notices.models import Delivery, Notice
from proposals.lifecycle import STATES
from proposals.models import Comment, Step
from rounds.locks import database_clock

# How long one attempt may take before another process may try again.
ATTEMPT = timedelta(minutes=5)
# Waits after the first, second, … failed attempt; after the last the delivery has failed.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 1440))


@transaction.atomic
def announce(
    kind: str, account: Account, *, step: Step | None = None, comment: Comment | None = None
) -> Notice:
    """Promise to tell `account` about a step or a comment; promising twice is once.

    Safe at once with itself: the second transaction waits for the first and finds its row.
    """
    now = database_clock()
    notice, created = Notice.objects.get_or_create(
        account=account, step=step, comment=comment, defaults={"kind": kind, "announced_at": now}
    )
    if created:
        Delivery.objects.create(notice=notice, due_at=now, message_id=f"<notice-{notice.pk}@{_domain()}>")
        record(Action.NOTICE_ANNOUNCED, notice, actor=None, kind=str(kind))
    return notice


def announce_due(most: int) -> int:
    """Announce at most `most` steps and as many comments nobody was told of; return how many."""
    n = 0
    for step in selectors.steps_to_tell()[:most]:
        assert step.proposal.author is not None
        told = STATES[step.to_state].notice
        assert told is not None
        announce(told.kind, step.proposal.author, step=step)
        n += 1
    for comment in selectors.comments_to_tell()[:most]:
        assert comment.author is not None
        announce(selectors.KINDS_OF_COMMENTS[Comment.State(comment.state)], comment.author, comment=comment)
        n += 1
    return n


def deliver_next(send: Callable[[EmailMultiAlternatives], None]) -> bool:
    """Send the delivery that has waited longest; return whether there was one.

    The attempt is committed before the message leaves: a process that dies in between leaves a row
    that is tried again after five minutes under the same Message-ID. So a message is sent once, save
    when the process dies between the server's acceptance and the next commit; then the repeat is
    recognisable as one. Raises what `send` raises when the server cannot be reached at all.
    """
    delivery = _begin_attempt()
    if delivery is None:
        return False
    account = delivery.notice.account
    if not account.is_active or not account.email:
        _finish(delivery, Delivery.State.FAILED, "the account is closed")
        return True
    message = compose(delivery)
    try:
        send(message)
    except smtplib.SMTPRecipientsRefused as refusal:
        code = next(iter(refusal.recipients.values()), (0, b""))[0]
        _postpone(delivery, f"recipient refused ({code})", for_good=500 <= code < 600)
    except smtplib.SMTPResponseException as error:
        _postpone(delivery, f"{type(error).__name__} {error.smtp_code}")
    except smtplib.SMTPServerDisconnected as error:
        # It may have been this message that broke the conversation: it costs an attempt.
        _postpone(delivery, type(error).__name__)
        raise
    except OSError as error:
        # Nobody answers: not this message's fault, so it costs it no attempt.
        _give_back(delivery, type(error).__name__)
        raise
    else:
        _finish(delivery, Delivery.State.SENT, "")
    return True


def compose(delivery: Delivery) -> EmailMultiAlternatives:
    """Return the message of a delivery, in its reader's language."""
    account = delivery.notice.account
    with translation.override(account.language):
        letter = letters.write(delivery.notice)
        context = {"letter": letter, "language": account.language}
        text = render_to_string("notices/letter.txt", context)
        html = render_to_string("notices/letter.html", context)
    message = EmailMultiAlternatives(
        # A title may hold a line break; a header may not.
        subject=" ".join(letter.subject.split()),
        body=text,
        to=[account.email],
        headers={
            "Message-ID": delivery.message_id,
            "Content-Language": account.language,
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(html, "text/html")
    return message


@transaction.atomic
def _begin_attempt() -> Delivery | None:
    now = database_clock()
    delivery = (
        Delivery.objects.due(now)
        .select_for_update(of=("self",), skip_locked=True)
        .select_related(
            "notice__account",
            "notice__step__proposal__round__authority",
            "notice__step__proposal__merged_into",
            "notice__comment__proposal__round__authority",
        )
        .first()
    )
    if delivery is None:
        return None
    delivery.n_attempts += 1
    delivery.due_at = now + ATTEMPT
    delivery.save(update_fields=["n_attempts", "due_at"])
    return delivery


def _postpone(delivery: Delivery, answer: str, *, for_good: bool = False) -> None:
    if for_good or delivery.n_attempts > len(WAITS):
        _finish(delivery, Delivery.State.FAILED, answer)
        return
    _wait_until(delivery, database_clock() + WAITS[delivery.n_attempts - 1], answer)


def _give_back(delivery: Delivery, answer: str) -> None:
    delivery.n_attempts -= 1
    _wait_until(delivery, database_clock() + WAITS[0], answer)


@transaction.atomic
def _wait_until(delivery: Delivery, due_at: datetime, answer: str) -> None:
    delivery.due_at = due_at
    delivery.last_answer = answer[:200]
    delivery.save(update_fields=["n_attempts", "due_at", "last_answer"])


@transaction.atomic
def _finish(delivery: Delivery, state: Delivery.State, answer: str) -> None:
    delivery.state = state
    delivery.last_answer = answer[:200]
    delivery.sent_at = database_clock() if state == Delivery.State.SENT else None
    delivery.save(update_fields=["state", "last_answer", "sent_at"])
    action = Action.NOTICE_DELIVERED if state == Delivery.State.SENT else Action.NOTICE_FAILED
    record(action, delivery.notice, actor=None, attempts=delivery.n_attempts)


def _domain() -> str:
    return str(settings.SITE_URL).split("://")[-1].split("/")[0].split(":")[0]
