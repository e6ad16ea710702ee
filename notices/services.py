"""Telling people: a notice is a promise in the database, its deliveries keep the promise once."""

import contextlib
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import translation

from audit.actions import Action
from audit.models import Event
from audit.services import hand_out, record
from core.attempts import WAITS, Attempt, wait_after
from core.db.clock import database_clock
from core.gateways import GatewayDown, GatewayError
from identity.models import Account
from notices import channels, messages
from notices.channels.channel import Channel, Parcel, Send
from notices.messages.kind import NoticeKind
from notices.models import Delivery, Notice

log = structlog.get_logger(__name__)

# The time one attempt can take before another process may retry.
ATTEMPT = timedelta(minutes=5)


def announce_due(most: int) -> int:
    """Announce at most `most` events of the outbox; return how many.

    Raises an ExceptionGroup of what could not be announced, once the others are.
    """
    return hand_out(announce, most=most)


@transaction.atomic
def announce(event: Event) -> None:
    """Promise to tell each person whom an event concerns, save who did it; promising twice is once.

    Safe at once with itself: the second transaction waits for the first and finds its row.
    """
    for kind in messages.about(event.action):
        for account in kind.recipients(event):
            if account.pk != event.actor_id:
                _promise(kind, account, event)


def _promise(kind: NoticeKind, account: Account, event: Event) -> None:
    now = database_clock()
    notice, created = Notice.objects.get_or_create(
        account=account, event=event, defaults={"kind": kind.code, "announced_at": now}
    )
    if created:
        # Whom nothing reaches keeps a delivery that fails, by the channel to try first.
        channel = next(iter([*channels.reaching(account), *channels.CHANNELS.values()]))
        Delivery.objects.create(notice=notice, channel=channel.code, due_at=now)
        record(Action.NOTICE_ANNOUNCED, notice, actor=None, kind=kind.code)


def deliver_due(most: int) -> int:
    """Send at most `most` deliveries by each channel, the longest waiting first; return how many were tried.

    A channel that does not answer waits for the next run, without costing the message an attempt; the
    other channels go on. Raises an ExceptionGroup of messages that could not be written, once the others
    are sent.
    """
    n_tried = 0
    errors: list[Exception] = []
    for channel in channels.CHANNELS.values():
        if not Delivery.objects.due(database_clock()).filter(channel=channel.code).exists():
            continue
        with contextlib.suppress(GatewayDown), channel.connected() as send:
            for _ in range(most):
                delivery = _begin_attempt(channel)
                if delivery is None:
                    break
                error = _deliver(delivery, channel, send)
                if isinstance(error, GatewayDown):
                    break
                n_tried += 1
                if error is not None and not isinstance(error, GatewayError):
                    errors.append(error)
    if errors:
        raise ExceptionGroup("notices could not be written or sent", errors)
    return n_tried


@transaction.atomic
def _begin_attempt(channel: Channel) -> Delivery | None:
    """Take the delivery that has waited longest; None if none is due.

    The attempt is committed before the message leaves: a process that dies in between leaves a row that is
    tried again after five minutes under the same reference. So a message is sent once, save when the
    process dies between its acceptance and the next commit; then the repeat is recognisable as one.
    """
    now = database_clock()
    delivery = (
        Delivery.objects.due(now)
        .filter(channel=channel.code)
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("notice__account", "notice__event")
        .first()
    )
    if delivery is None:
        return None
    delivery.n_attempts += 1
    delivery.due_at = now + ATTEMPT
    delivery.save(update_fields=["n_attempts", "due_at"])
    return delivery


def _deliver(delivery: Delivery, channel: Channel, send: Send) -> Exception | None:
    """Write and send one message, keep what came of it, and return the error if it was not sent."""
    notice = delivery.notice
    if channel not in channels.reaching(notice.account):
        _give_up(delivery, "no_address")
        return None
    attempt = Attempt()
    with attempt, translation.override(notice.account.language):
        send(
            Parcel(
                to=channel.address(notice.account),
                language=notice.account.language,
                reference=f"notice-{notice.pk}",
                message=messages.KINDS[notice.kind].write(notice.event),
            )
        )
    match attempt.error:
        case None:
            _keep(delivery)
        case GatewayDown(midway=False) as error:
            # Nobody answers: not this message's fault, so it costs it no attempt.
            delivery.n_attempts -= 1
            _wait_until(delivery, database_clock() + WAITS[0], error.code)
        case GatewayError() as error:
            _postpone(delivery, error.code, permanent=error.permanent)
        case error:
            _postpone(delivery, type(error).__name__, permanent=False)
    return attempt.error


def _postpone(delivery: Delivery, error: str, *, permanent: bool) -> None:
    if permanent or delivery.n_attempts > len(WAITS):
        _give_up(delivery, error)
    else:
        _wait_until(delivery, database_clock() + wait_after(delivery.n_attempts), error)


@transaction.atomic
def _wait_until(delivery: Delivery, due_at: datetime, error: str) -> None:
    delivery.due_at = due_at
    delivery.last_error = error[:60]
    delivery.save(update_fields=["n_attempts", "due_at", "last_error"])


@transaction.atomic
def _keep(delivery: Delivery) -> None:
    delivery.state = Delivery.State.SENT
    delivery.last_error = ""
    delivery.sent_at = database_clock()
    delivery.save(update_fields=["state", "last_error", "sent_at"])
    _record(Action.NOTICE_DELIVERED, delivery)


@transaction.atomic
def _give_up(delivery: Delivery, error: str) -> None:
    """End a delivery without success, and start one by the next channel that reaches the reader.

    Without another channel the reader gets nothing, and the log warns of it.
    """
    notice = delivery.notice
    delivery.state = Delivery.State.FAILED
    delivery.last_error = error[:60]
    delivery.save(update_fields=["state", "last_error"])
    _record(Action.NOTICE_FAILED, delivery)
    tried = set(notice.deliveries.values_list("channel", flat=True))
    for channel in channels.reaching(notice.account):
        if channel.code not in tried:
            Delivery.objects.create(notice=notice, channel=channel.code, due_at=database_clock())
            return
    log.warning("notice_failed", notice=notice.pk, channel=delivery.channel, error=delivery.last_error)


def _record(action: Action, delivery: Delivery) -> None:
    record(action, delivery.notice, actor=None, channel=delivery.channel, attempts=delivery.n_attempts)
