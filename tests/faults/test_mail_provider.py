"""The mail provider is down, slow, or says no: nobody waits for it, and the queue drains once."""

import socket
import threading

import pytest
from aiosmtpd.controller import Controller
from django.utils import timezone

from notices import services as notices
from notices.models import Delivery
from notices.tasks import deliver_due
from proposals import services as proposals
from proposals.lifecycle import State
from tests.factories import make_proposal, make_resident, make_round
from tests.voting.votes import cast_by, codes, make_vote, voter_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def three_promises():
    round = make_round()
    author = make_resident(round.authority)
    for _ in range(3):
        proposals.send_back(
            make_proposal(round, state=State.PENDING, author=author),
            actor=None,
            reason="unclear",
            explanation="Say in which park it should stand.",
        )
    notices.announce_due(100)


def _deliver_all(most_runs: int = 12) -> None:
    for _ in range(most_runs):
        Delivery.objects.filter(state="waiting").update(due_at=timezone.now())
        deliver_due()


def test_f20_while_the_provider_hangs_people_vote_and_afterwards_each_message_goes_once(
    three_promises, smtp, settings
):
    round = make_vote()
    settings.EMAIL_TIMEOUT = 0.5
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_PORT = silent.getsockname()[1]
        sweep = threading.Thread(target=deliver_due)
        sweep.start()
        assert cast_by(voter_of(round), codes(round)[0]).kind == "cast"
        sweep.join()
    assert Delivery.objects.filter(state="waiting").count() == 3
    settings.EMAIL_PORT = smtp.port

    _deliver_all()

    assert len({message["Message-ID"] for message in smtp.messages}) == len(smtp.messages) == 3
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


class _Moody:
    """Refuses a set number of messages temporarily, then accepts them."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.taken: list[bytes] = []

    async def handle_DATA(self, server, session, envelope):
        if self.refusals:
            self.refusals -= 1
            return "451 come back later"
        self.taken.append(envelope.content)
        return "250 taken"


def test_f20_a_provider_that_says_not_now_four_times_gets_each_message_once(three_promises, smtp, settings):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    moody = _Moody(4)
    controller = Controller(moody, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_PORT = port
    try:
        _deliver_all()
    finally:
        controller.stop()

    assert len(moody.taken) == 3
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["sent"] * 3
    assert sum(Delivery.objects.values_list("n_attempts", flat=True)) == 7
