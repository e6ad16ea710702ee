"""The demo's open rounds, and that loading is done once."""

import pytest

from audit.models import Event
from devtools import demo
from proposals.models import Comment, Proposal
from rounds.models import Round
from voting.ballots.models import BallotBox
from voting.polls.models import Poll


@pytest.mark.django_db
def test_the_demo_has_a_round_in_each_phase_and_a_second_load_adds_nothing(loaded):
    told: list[str] = []

    demo.load(lambda what, done, total: told.append(what))
    n_events = Event.objects.count()
    demo.load(lambda what, done, total: told.append(what))

    assert Event.objects.count() == n_events
    assert told[-1] == "open rounds"
    assert set(Round.objects.published().values_list("slug", flat=True)) == {
        "gangnam-2025h2",
        "gangnam-demo-submission",
        "gangnam-demo-review",
        "gangnam-demo-voting",
        "gangnam-demo-decision",
    }

    def states(slug: str) -> set[str]:
        return set(Proposal.objects.filter(round__slug=slug).values_list("state", flat=True))

    assert states("gangnam-demo-submission") == {"draft", "pending", "published"}
    assert states("gangnam-demo-review") == {"published", "feasible", "ineligible", "referred", "merged"}
    assert states("gangnam-demo-voting") == states("gangnam-demo-decision") == {"on_ballot"}
    assert Comment.objects.filter(state="pending").exists()
    assert BallotBox.objects.filter(round__slug="gangnam-demo-voting").count() == 24
    assert BallotBox.objects.filter(round__slug="gangnam-demo-decision").count() == 600
    # To be counted by the clock and certified by hand.
    assert Poll.objects.get(round__slug="gangnam-demo-decision").state == "frozen"
