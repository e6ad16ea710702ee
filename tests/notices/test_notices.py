"""Authors are notified of the outcome of their texts: once, in their language, with the reason and a link."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from email.message import Message

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import override_settings
from django.utils import timezone

from audit.actions import Action
from audit.models import Event
from authorities.reasons import StandardReason
from core.gateways import GatewayDown, GatewayError
from identity.models import Account
from notices import services
from notices.channels import CHANNELS
from notices.channels.channel import Channel, Parcel, Send
from notices.messages import KINDS
from notices.models import Delivery, Notice
from notices.tasks import announce_due, deliver_due
from proposals import services as proposals
from proposals.lifecycle import State
from proposals.models import Comment, Proposal
from reviews import services as reviews
from rounds.models import Phase
from tests.factories import (
    make_authority,
    make_comment,
    make_proposal,
    make_resident,
    make_round,
    set_phase,
)
from tests.peers import CeleryProcess, MailPeer

pytestmark = pytest.mark.django_db

WHY = "Say in which park the bench should stand."


def _proposal(state: State, *, language: str = "en", **fields: object) -> Proposal:
    authority = make_authority(slug="here", name={"en": "Here-gu", "ko": "여기구"})
    round = make_round(authority, slug="here-2026", proposal_prefix="HERE-")
    author = make_resident(authority, email="one@example.org", language=language)
    return make_proposal(round, author=author, state=state, code="HERE-0001", title="A bench", **fields)


def _tell() -> list[Message]:
    """Run the sweeps as the clock would, and return what was sent."""
    services.announce_due(100)
    deliver_due()
    return [message.message() for message in mail.outbox]


def _text(message: Message) -> str:
    part = next(part for part in message.walk() if part.get_content_type() == "text/plain")
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


@override_settings(SITE_URL="https://pb.example")
def test_a_text_sent_back_is_told_with_its_reason_as_written_and_an_absolute_link():
    proposal = _proposal(State.PENDING)
    proposals.send_back(proposal, actor=None, reason="unclear", explanation=WHY)

    (message,) = _tell()

    assert message["To"] == "one@example.org"
    assert message["Subject"] == "Your proposal needs a change: A bench"
    text = _text(message)
    for words in (
        "Your proposal HERE-0001, “A bench”, was sent back to you and is not public.",
        "Reason: Not clear enough to review",
        WHY,
        "Change what the explanation asks for and submit it again.",
        f"https://pb.example/here/here-2026/drafts/{proposal.pk}/",
        "Here-gu",
    ):
        assert words in text, words
    html = next(part for part in message.walk() if part.get_content_type() == "text/html")
    assert WHY in str(html.get_payload(decode=True), "utf-8")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("proposal_published", "was approved and is now public"),
        ("proposal_feasible", "is feasible"),
        ("proposal_ineligible", WHY),
        ("proposal_referred", "It was referred to Han River office"),
        ("proposal_merged", "was merged into HERE-0002"),
        ("proposal_adopted", "was adopted into the budget"),
        ("proposal_not_adopted", "Rank 115 of 201."),
    ],
)
def test_each_status_change_by_others_is_announced(kind: str, words: str):
    proposal = _proposal(State.PENDING)
    published = proposals.publish(proposal, actor=None)
    set_phase(proposal.round, Phase.Kind.REVIEW)
    services.announce_due(100)
    if kind != "proposal_published":
        deliver_due()
        mail.outbox.clear()
    match kind:
        case "proposal_feasible":
            reviews.find_feasible(published, actor=None, cost_minor=1)
        case "proposal_ineligible":
            reviews.find_ineligible(published, actor=None, reason="operating_cost", explanation=WHY)
        case "proposal_referred":
            reviews.refer(published, actor=None, to="Han River office", explanation=WHY)
        case "proposal_merged":
            other = make_proposal(published.round, code="HERE-0002")
            reviews.merge(published, into=other, actor=None, explanation=WHY)
        case "proposal_adopted" | "proposal_not_adopted":
            on_ballot = reviews.find_feasible(published, actor=None, cost_minor=1)
            proposals.put_on_ballot([on_ballot], actor=None)
            services.announce_due(100)
            deliver_due()
            mail.outbox.clear()
            if kind == "proposal_adopted":
                proposals.adopt(on_ballot, actor=None)
            else:
                proposals.decline(
                    on_ballot,
                    actor=None,
                    reason=StandardReason.BELOW_BUDGET_CUTOFF,
                    explanation="Rank 115 of 201.",
                )

    (message,) = _tell()

    assert words in _text(message)
    assert "/here/here-2026/proposals/HERE-0001/" in _text(message)
    assert Notice.objects.latest("pk").kind == kind


@pytest.mark.parametrize("outcome", ["published", "rejected"])
def test_the_outcome_of_a_comment_is_told(outcome: str):
    comment = make_comment(_proposal(State.PUBLISHED))
    if outcome == "published":
        proposals.publish_comment(comment, actor=None)
    else:
        proposals.reject_comment(comment, actor=None, reason="abuse", explanation=WHY)

    (message,) = _tell()

    assert message["To"] == comment.author.email
    assert (WHY in _text(message)) == (outcome == "rejected")
    assert "/proposals/HERE-0001/#comments" in _text(message)


def test_mail_is_in_the_readers_language_whatever_the_workers_is():
    proposal = _proposal(State.PENDING, language="ko")
    proposals.publish(proposal, actor=None)

    (message,) = _tell()

    assert message["Content-Language"] == "ko"
    assert "여기구" in _text(message)
    html = next(part for part in message.walk() if part.get_content_type() == "text/html")
    assert b'<html lang="ko">' in html.get_payload(decode=True)  # type: ignore[operator]


def test_a_title_cannot_smuggle_a_header_in():
    proposal = _proposal(State.PENDING)
    Proposal.objects.update(title="A bench\r\nBcc: all@example.org")
    proposals.publish(proposal, actor=None)

    (message,) = _tell()

    assert message["Bcc"] is None
    assert "\n" not in str(message["Subject"]).replace("\n ", "")


def test_nobody_is_told_of_their_own_status_changes_of_records_or_of_texts_without_an_author():
    proposal = _proposal(State.PUBLISHED)
    assert proposal.author is not None
    proposals.withdraw(proposal, actor=proposal.author)
    make_comment(proposal)
    proposals.publish(make_proposal(proposal.round, state=State.PENDING), actor=None)
    imported = make_round(is_imported=True)
    proposals.publish(make_proposal(imported, author=proposal.author, state=State.PENDING), actor=None)

    assert _tell() == []


def test_sweeping_twice_tells_once():
    proposals.publish(_proposal(State.PENDING), actor=None)

    _tell()
    _tell()

    assert len(mail.outbox) == 1
    assert list(Event.objects.filter(action__startswith="notices.").values_list("action", flat=True)) == [
        Action.NOTICE_ANNOUNCED,
        Action.NOTICE_DELIVERED,
    ]


@pytest.mark.django_db(transaction=True)
def test_sweeping_four_times_at_once_tells_once(smtp: MailPeer):
    proposal = _proposal(State.PENDING)
    proposals.publish(proposal, actor=None)
    for _ in range(4):
        proposals.publish_comment(make_comment(proposal), actor=None)

    def sweep(_: int) -> None:
        try:
            services.announce_due(100)
            deliver_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(sweep, range(4)))
    deliver_due()

    assert len(smtp.messages) == 5
    assert len({message["Message-ID"] for message in smtp.messages}) == 5
    assert set(Delivery.objects.values_list("state", "n_attempts")) == {("sent", 1)}


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_is_down_loses_nothing_and_costs_no_attempt(smtp: MailPeer, settings):
    proposals.publish(_proposal(State.PENDING), actor=None)
    services.announce_due(100)
    with socket.create_server(("127.0.0.1", 0)) as free:
        settings.EMAIL_PORT = free.getsockname()[1]

    assert deliver_due() == 0

    assert Delivery.objects.filter(state="waiting", n_attempts=0).count() == 1
    settings.EMAIL_PORT = smtp.port
    assert deliver_due() == 1
    assert len(smtp.messages) == 1


def _due_now() -> None:
    Delivery.objects.filter(state="waiting").update(due_at=timezone.now() - timedelta(seconds=1))


class _Scripted(Channel):
    """A channel under the code of e-mail that answers each parcel with the next of `answers`."""

    code = "email"

    def __init__(self, *answers: BaseException | None) -> None:
        self.answers = list(answers)
        self.seen: list[Parcel] = []

    def address(self, account: Account) -> str:
        return account.email

    @contextmanager
    def connected(self) -> Iterator[Send]:
        yield self._send

    def _send(self, parcel: Parcel) -> None:
        self.seen.append(parcel)
        answer = self.answers.pop(0)
        if answer is not None:
            raise answer


@pytest.fixture
def scripted(monkeypatch):
    def use(*answers: BaseException | None) -> _Scripted:
        channel = _Scripted(*answers)
        monkeypatch.setitem(CHANNELS, "email", channel)
        return channel

    return use


def _announced() -> Delivery:
    proposals.publish(_proposal(State.PENDING), actor=None)
    services.announce_due(100)
    return Delivery.objects.get()


def test_a_server_that_answers_not_now_is_asked_again_later_under_the_same_reference(scripted):
    delivery = _announced()
    channel = scripted(GatewayError("later"), GatewayError("later"), None)

    assert deliver_due() == 1
    assert deliver_due() == 0, "it waits"
    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_error) == ("waiting", "later")
    assert timedelta(0) < delivery.due_at - timezone.now() <= timedelta(minutes=1)
    for _ in range(2):
        _due_now()
        deliver_due()

    delivery.refresh_from_db()
    assert (delivery.state, delivery.n_attempts, delivery.last_error) == ("sent", 3, "")
    assert [parcel.reference for parcel in channel.seen] == [f"notice-{delivery.notice_id}"] * 3


def test_an_address_that_is_refused_for_good_and_one_that_never_answers_are_given_up(scripted):
    delivery = _announced()
    scripted(GatewayError("recipient_refused_550", permanent=True))

    deliver_due()

    delivery.refresh_from_db()
    assert (delivery.state, delivery.n_attempts, delivery.last_error) == (
        "failed",
        1,
        "recipient_refused_550",
    )
    failed = Event.objects.get(action=Action.NOTICE_FAILED)
    assert failed.details == {"channel": "email", "attempts": 1}

    Delivery.objects.update(state="waiting", n_attempts=0, last_error="")
    scripted(*[GatewayError("later")] * 9)
    for _ in range(9):
        _due_now()
        deliver_due()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.n_attempts, delivery.last_error) == ("failed", 8, "later")


def test_a_conversation_that_breaks_off_costs_its_message_an_attempt_and_the_others_none(scripted):
    proposal = _proposal(State.PENDING)
    proposals.publish(proposal, actor=None)
    for _ in range(2):
        proposals.publish_comment(make_comment(proposal), actor=None)
    services.announce_due(100)
    channel = scripted(GatewayDown("SMTPServerDisconnected", midway=True), None, None, None)

    assert deliver_due() == 0

    assert sorted(Delivery.objects.values_list("n_attempts", flat=True)) == [0, 0, 1]
    assert deliver_due() == 2
    assert len(channel.seen) == 3


def test_a_notice_that_cannot_be_written_stops_no_other_and_says_why(scripted, monkeypatch):
    proposal = _proposal(State.PENDING)
    proposals.publish(proposal, actor=None)
    proposals.publish_comment(make_comment(proposal), actor=None)
    services.announce_due(100)
    scripted(None)
    monkeypatch.delitem(KINDS, "proposal_published")

    with pytest.raises(ExceptionGroup) as raised:
        deliver_due()

    assert [type(error) for error in raised.value.exceptions] == [KeyError]
    found = Delivery.objects.values_list("notice__kind", "state", "last_error")
    assert sorted(found) == [("comment_published", "sent", ""), ("proposal_published", "waiting", "KeyError")]


def test_a_process_that_dies_while_sending_leaves_a_delivery_that_is_tried_again(scripted):
    delivery = _announced()
    channel = scripted(KeyboardInterrupt(), None)

    with pytest.raises(KeyboardInterrupt):
        deliver_due()
    assert deliver_due() == 0, "another process may still be sending it"
    _due_now()
    assert deliver_due() == 1

    assert len(channel.seen) == 2
    delivery.refresh_from_db()
    assert (delivery.state, delivery.n_attempts) == ("sent", 2)


def test_a_closed_account_gets_no_mail():
    proposal = _proposal(State.PENDING)
    assert proposal.author is not None
    proposals.publish(proposal, actor=None)
    proposal.author.is_active = False
    proposal.author.save()

    assert _tell() == []

    assert Delivery.objects.get().state == "failed"


def test_the_database_refuses_to_tell_twice():
    comment = make_comment(_proposal(State.PUBLISHED))
    proposals.publish_comment(comment, actor=None)
    services.announce_due(100)
    notice = Notice.objects.get()
    fields = {"account": comment.author, "event": notice.event, "announced_at": timezone.now()}

    services.announce(notice.event)

    assert (Notice.objects.count(), Delivery.objects.count()) == (1, 1)
    with pytest.raises(IntegrityError, match="notices_notice_once_per_event"), transaction.atomic():
        Notice.objects.create(kind="comment_rejected", **fields)
    with pytest.raises(IntegrityError, match="notices_delivery_once_per_channel"), transaction.atomic():
        Delivery.objects.create(notice=notice, channel="email", due_at=timezone.now())
    with pytest.raises(IntegrityError, match="notices_delivery_sent_has_a_time"), transaction.atomic():
        Delivery.objects.update(state="sent")


def test_a_decision_is_told_by_worker_broker_and_mail_server_as_in_production(
    celery_worker: CeleryProcess, mail_peer: MailPeer
):
    comment = make_comment(_proposal(State.PUBLISHED))
    proposals.publish_comment(comment, actor=None)

    announce_due.delay()

    message = mail_peer.wait_for(comment.author.email)
    assert "was approved and is now public" in _text(message)
    assert Comment.objects.get().state == "published"
