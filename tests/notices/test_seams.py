"""A new kind of notice and a new channel are one object each: here both come from the tests."""

import re
import smtplib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.db import transaction
from django.utils import timezone, translation

from audit import topics
from audit.actions import Action
from audit.models import Event, Outbox
from audit.services import record
from core.gateways import GatewayDown
from identity.models import Account
from notices import messages, services
from notices.channels import CHANNELS
from notices.channels.channel import Channel, Parcel, Send
from notices.messages.kind import Message, NoticeKind
from notices.models import Delivery, Notice
from proposals import services as proposals
from proposals.lifecycle import STATES, State
from proposals.models import Proposal, Support
from tests.core.peers import Answering
from tests.factories import make_proposal, make_resident, make_round

pytestmark = pytest.mark.django_db

# The actions that somebody is written to about.
ANNOUNCED_ACTIONS = {
    "proposals.proposal_published",
    "proposals.proposal_sent_back",
    "proposals.proposal_found_feasible",
    "proposals.proposal_found_ineligible",
    "proposals.proposal_referred",
    "proposals.proposal_merged",
    "proposals.proposal_adopted",
    "proposals.proposal_not_adopted",
    Action.TEXT_SUBMITTED_ON_BEHALF,
    Action.COMMENT_PUBLISHED,
    Action.COMMENT_REJECTED,
}


def test_each_action_that_somebody_is_told_of_has_a_kind_and_goes_into_the_outbox():
    assert messages.topics() == topics.ANNOUNCED_ACTIONS == ANNOUNCED_ACTIONS
    for action in {*Action, *(state.action for state in STATES.values())}:
        assert len(messages.about(action)) == (1 if action in ANNOUNCED_ACTIONS else 0), action


def test_the_page_of_notices_lists_each_action_with_its_kind():
    page = (settings.BASE_DIR / "docs" / "notices.md").read_text(encoding="utf-8")

    listed = re.findall(r"^\| `(\w+\.\w+)` \| `(\w+)` \|", page, re.M)

    assert sorted(listed) == sorted(
        (str(action), kind.code) for action in ANNOUNCED_ACTIONS for kind in messages.about(action)
    )


def test_each_kind_has_a_code_that_fits_its_column_and_a_label_in_every_language():
    longest = Notice._meta.get_field("kind").max_length
    for code, kind in messages.KINDS.items():
        assert kind.code == code
        assert 0 < len(code) <= longest
        labels = set()
        for language in ("en", "ko", "th", "vi"):
            with translation.override(language):
                labels.add(str(kind.label))  # type: ignore[attr-defined]
        assert len(labels) == 4, code


class ProposalSupported(NoticeKind):
    """Tells whoever supports a proposal that it was adopted, and its author that it has support."""

    code = "proposal_supported"
    label = "News of a proposal you support"
    topics = frozenset({Action.PROPOSAL_SUPPORTED})

    def recipients(self, event: Event) -> Iterable[Account]:
        return Account.objects.filter(supports__proposal=event.subject_id).order_by("pk")

    def write(self, event: Event) -> Message:
        return Message(self.label, f"Event {event.action}.", "Read on.", "https://pb.example/", "Here-gu")


@pytest.fixture
def supported(monkeypatch) -> ProposalSupported:
    kind = ProposalSupported()
    monkeypatch.setitem(messages.KINDS, kind.code, kind)
    monkeypatch.setattr(topics, "ANNOUNCED_ACTIONS", messages.topics())
    return kind


def test_a_new_kind_is_told_to_each_person_concerned_but_not_to_who_did_it(supported):
    proposal = make_proposal()
    actor, *others = (make_resident(proposal.round.authority) for _ in range(3))
    for account in others:
        Support.objects.create(
            proposal=proposal, account=account, residency="resident", given_at=timezone.now()
        )

    proposals.give_support(proposal, actor=actor)
    services.announce_due(100)
    services.deliver_due(100)

    assert [message.to for message in mail.outbox] == [[account.email] for account in others]
    assert {message.subject for message in mail.outbox} == {supported.label}
    assert set(Notice.objects.values_list("kind", flat=True)) == {"proposal_supported"}


class Pigeons(Channel):
    """Reaches whoever has a loft."""

    code = "pigeon"

    def __init__(self) -> None:
        self.lofts: dict[int, str] = {}
        self.sent: list[Parcel] = []
        self.languages: list[str] = []

    def address(self, account: Account) -> str:
        return self.lofts.get(account.pk, "")

    @contextmanager
    def connected(self) -> Iterator[Send]:
        yield self._send

    def _send(self, parcel: Parcel) -> None:
        self.sent.append(parcel)
        self.languages.append(translation.get_language())


@pytest.fixture
def pigeons(monkeypatch) -> Pigeons:
    channel = Pigeons()
    monkeypatch.setitem(CHANNELS, channel.code, channel)
    return channel


@pytest.fixture
def author(settings):
    """Somebody whose proposal was published and whose notice is not sent yet; the mail server is scripted."""
    settings.EMAIL_BACKEND = "tests.core.peers.Answering"
    Answering.answers = []
    round = make_round()
    author = make_resident(round.authority, email="one@example.org", language="ko")
    proposals.publish(make_proposal(round, author=author, state=State.PENDING), actor=None)
    services.announce_due(100)
    return author


def _deliveries() -> list[tuple[str, str, str]]:
    return list(Delivery.objects.order_by("pk").values_list("channel", "state", "last_error"))


REFUSED = smtplib.SMTPRecipientsRefused({"one@example.org": (550, b"no such user")})


def test_what_mail_cannot_deliver_goes_by_the_next_channel_that_reaches_the_reader(author, pigeons):
    pigeons.lofts[author.pk] = "loft 7"
    Answering.answers = [REFUSED]

    services.deliver_due(100)

    assert _deliveries() == [("email", "failed", "recipient_refused_550"), ("pigeon", "sent", "")]
    (parcel,) = pigeons.sent
    assert (parcel.to, parcel.language, pigeons.languages) == ("loft 7", "ko", ["ko"])
    assert parcel.reference == f"notice-{Notice.objects.get().pk}"
    assert parcel.message.url.startswith("http")
    recorded = Event.objects.filter(action__startswith="notices.").order_by("pk")
    assert list(recorded.values_list("action", "details")) == [
        (Action.NOTICE_ANNOUNCED, {"kind": "proposal_published"}),
        (Action.NOTICE_FAILED, {"channel": "email", "attempts": 1}),
        (Action.NOTICE_DELIVERED, {"channel": "pigeon", "attempts": 1}),
    ]
    services.deliver_due(100)
    assert len(pigeons.sent) == 1


def test_a_reader_whom_no_other_channel_reaches_is_given_up_for_everybody_to_see(author, pigeons):
    Answering.answers = [REFUSED]

    services.deliver_due(100)
    services.deliver_due(100)

    assert _deliveries() == [("email", "failed", "recipient_refused_550")]
    assert pigeons.sent == []


def test_a_closed_account_is_reached_by_no_channel(author, pigeons):
    pigeons.lofts[author.pk] = "loft 7"
    author.is_active = False
    author.save()

    services.deliver_due(100)

    assert _deliveries() == [("email", "failed", "no_address")]


def test_whom_mail_does_not_reach_is_told_by_the_first_channel_that_does(pigeons):
    round = make_round()
    author = make_resident(round.authority)
    pigeons.lofts[author.pk] = "loft 7"
    proposal = make_proposal(round, author=author, state=State.PENDING)
    proposals.publish(proposal, actor=None)
    CHANNELS["email"].address = lambda account: ""  # type: ignore[method-assign]
    try:
        services.announce_due(100)
    finally:
        del CHANNELS["email"].address

    assert _deliveries() == [("pigeon", "waiting", "")]


def test_a_channel_that_does_not_answer_holds_up_no_other(author, pigeons, monkeypatch):
    other = make_resident(make_round().authority)
    pigeons.lofts[other.pk] = "loft 8"
    notice = Notice.objects.create(
        account=other,
        kind="proposal_published",
        event=Notice.objects.get().event,
        announced_at=timezone.now(),
    )
    Delivery.objects.create(notice=notice, channel="pigeon", due_at=timezone.now() - timedelta(minutes=1))

    @contextmanager
    def down() -> Iterator[Send]:
        raise GatewayDown("ConnectionRefusedError")
        yield

    monkeypatch.setattr(CHANNELS["email"], "connected", down)

    assert services.deliver_due(100) == 1

    assert _deliveries() == [("email", "waiting", ""), ("pigeon", "sent", "")]
    assert Delivery.objects.get(channel="email").n_attempts == 0


def test_a_channel_with_nothing_due_is_not_connected_to(monkeypatch):
    def connected() -> None:
        pytest.fail("connected")

    monkeypatch.setattr(CHANNELS["email"], "connected", connected)

    assert services.deliver_due(100) == 0


def test_an_event_whose_subject_is_gone_stops_no_other_and_stays_to_be_seen(author):
    proposal = make_proposal(author.persons.get().authority.rounds.get(), author=author, state=State.PENDING)
    with transaction.atomic():
        record(STATES[State.PUBLISHED].action, Proposal(pk=0), actor=None)
    proposals.publish(proposal, actor=None)

    with pytest.raises(ExceptionGroup):
        services.announce_due(100)

    assert Notice.objects.filter(account=author).count() == 2
    stuck = Outbox.objects.get()
    assert (stuck.event.subject_id, stuck.n_attempts, stuck.last_error) == ("0", 1, "DoesNotExist")
