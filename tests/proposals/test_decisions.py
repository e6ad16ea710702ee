"""From the ballot paper to the decision and the work, one by one and for hundreds at once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import Event
from authorities.reasons import StandardReason
from proposals import services
from proposals.exceptions import WrongReason, WrongState
from proposals.lifecycle import State
from proposals.models import Proposal, StatusChange
from tests.factories import make_category, make_proposal, make_round

pytestmark = pytest.mark.django_db


def _proposals(n: int, state: State) -> list[Proposal]:
    round = make_round()
    category = make_category(round.authority)
    return [make_proposal(round, state=state, category=category) for _ in range(n)]


def test_feasible_proposals_go_on_the_ballot_all_or_none():
    feasible = _proposals(2, State.FEASIBLE)
    published = make_proposal(feasible[0].round)

    with pytest.raises(WrongState):
        services.put_on_ballot([*feasible, published], actor=None)
    assert not Proposal.objects.filter(state=State.ON_BALLOT).exists()
    services.put_on_ballot(feasible, actor=None)

    assert set(Proposal.objects.filter(state=State.ON_BALLOT)) == set(feasible)


def test_adopting_and_declining_write_a_status_change_and_an_event_each():
    adopted, declined = _proposals(2, State.ON_BALLOT)

    services.adopt(adopted, actor=None)
    services.decline(
        declined, actor=None, reason=StandardReason.BELOW_BUDGET_CUTOFF, explanation="Rank 115 of 201."
    )

    assert list(StatusChange.objects.values_list("to_state", "body", "reason", "explanation")) == [
        (State.ADOPTED, StatusChange.Body.COUNCIL, "", ""),
        (
            State.NOT_ADOPTED,
            StatusChange.Body.RESIDENTS,
            StandardReason.BELOW_BUDGET_CUTOFF,
            "Rank 115 of 201.",
        ),
    ]
    assert list(Event.objects.values_list("action", "subject_id")) == [
        ("proposals.proposal_adopted", str(adopted.pk)),
        ("proposals.proposal_not_adopted", str(declined.pk)),
    ]


def test_declining_takes_only_reasons_of_the_decision():
    (proposal,) = _proposals(1, State.ON_BALLOT)

    with pytest.raises(WrongReason):
        services.decline(proposal, actor=None, reason="spam")

    proposal.refresh_from_db()
    assert proposal.state == State.ON_BALLOT


def test_what_is_decided_is_not_decided_again():
    (proposal,) = _proposals(1, State.ON_BALLOT)
    services.adopt(proposal, actor=None)

    with pytest.raises(WrongState):
        services.decline(proposal, actor=None, reason=StandardReason.BELOW_BUDGET_CUTOFF)


def test_declining_thirty_takes_as_many_queries_as_declining_three():
    counts = []
    for n in (3, 30):
        proposals = _proposals(n, State.ON_BALLOT)
        explanations = {proposal.pk: f"Explanation {proposal.pk}." for proposal in proposals}
        with CaptureQueriesContext(connection) as queries:
            services.decline_all(
                proposals, actor=None, reason=StandardReason.BELOW_BUDGET_CUTOFF, explanations=explanations
            )
        counts.append(len(queries))
        for proposal in Proposal.objects.filter(pk__in=explanations):
            assert (proposal.state, proposal.explanation) == (State.NOT_ADOPTED, explanations[proposal.pk])

    assert counts[0] == counts[1]


def test_progress_is_reported_on_adopted_projects_only():
    on_ballot, adopted = _proposals(2, State.ON_BALLOT)
    services.adopt(adopted, actor=None)

    with pytest.raises(WrongState):
        services.report_progress(on_ballot, progress="planned", note="", actor=None)
    services.report_progress(adopted, progress="in_progress", note="Ground is broken.", actor=None)

    milestone = adopted.milestones.get()
    assert (milestone.progress, milestone.note) == ("in_progress", "Ground is broken.")
