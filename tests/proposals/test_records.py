"""Loading a round that was held elsewhere."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from audit.actions import Action
from audit.models import Event
from authorities.reasons import StandardReason
from proposals.exceptions import NotOfThisRound
from proposals.lifecycle import State
from proposals.models import Proposal, StatusChange
from proposals.services import RecordedProposal, load_recorded
from rounds.models import Round
from tests.factories import make_area, make_authority, make_category, make_round

pytestmark = pytest.mark.django_db

SUBMITTED = datetime(2025, 3, 25, 6, 24, tzinfo=UTC)


def _record(round: Round, number: int, **fields: Any) -> RecordedProposal:
    base = RecordedProposal(
        code=f"{round.proposal_prefix}{number:04d}",
        submitted_at=SUBMITTED,
        title="역삼2동 1인가구 공유주방 운영",
        language="ko",
        category=round.authority.categories.first() or make_category(round.authority),
        requested_cost_minor=24_800_000,
        state=State.FEASIBLE,
        reviewed_cost_minor=24_800_000,
        n_supporters=28,
    )
    return replace(base, **fields)


def _no(state: State, reason: StandardReason, **fields: Any) -> dict[str, Any]:
    return {"state": state, "reason": reason, "reviewed_cost_minor": None, **fields}


def test_every_way_a_record_can_end_is_loaded_with_its_steps():
    round = make_round()
    dong = make_area(round.authority.area)
    concluded = SUBMITTED + timedelta(days=60)

    loaded = load_recorded(
        round,
        [
            _record(round, 1, area=dong, translations={"en": {"title": "Shared kitchen"}}),
            _record(
                round,
                2,
                **_no(
                    State.MERGED, StandardReason.MERGED_INTO_OTHER, merged_into=f"{round.proposal_prefix}0003"
                ),
            ),
            _record(
                round,
                3,
                **_no(
                    State.MERGED, StandardReason.MERGED_INTO_OTHER, merged_into=f"{round.proposal_prefix}0001"
                ),
            ),
            _record(round, 4, **_no(State.REFERRED, StandardReason.OUT_OF_AUTHORITY, referred_to="the city")),
            _record(round, 5, **_no(State.INELIGIBLE, "simple_complaint", concluded_at=concluded)),
            _record(round, 6, **_no(State.WITHDRAWN, StandardReason.WITHDRAWN_BY_PROPOSER)),
            _record(round, 17, state=State.PUBLISHED, reviewed_cost_minor=None),
            _record(round, 8, state=State.PENDING, reviewed_cost_minor=None),
        ],
        actor=None,
    )

    assert [proposal.code for proposal in loaded] == [
        f"{round.proposal_prefix}{number:04d}" for number in (1, 2, 3, 4, 5, 6, 17, 8)
    ]
    states = dict(Proposal.objects.values_list("code", "state"))
    assert [states[proposal.code] for proposal in loaded] == [
        "feasible",
        "merged",
        "merged",
        "referred",
        "ineligible",
        "withdrawn",
        "published",
        "pending",
    ]
    first, second, third = Proposal.objects.order_by("code")[:3]
    assert (first.area, first.n_supporters, first.residency) == (dong, 28, "")
    assert (second.merged_into, third.merged_into) == (third, first)
    complaint = Proposal.objects.get(state=State.INELIGIBLE)
    assert list(complaint.status_changes.values_list("to_state", "body", "reason", "at")) == [
        ("pending", StatusChange.Body.AUTHOR, "", SUBMITTED),
        ("published", StatusChange.Body.MODERATION, "", SUBMITTED),
        ("ineligible", StatusChange.Body.DEPARTMENT, "simple_complaint", concluded),
    ]
    round.refresh_from_db()
    assert round.n_submitted == 17
    assert Event.objects.get(action=Action.PROPOSALS_LOADED).details == {"proposals": 8}


def test_a_record_with_a_no_without_reason_loads_nothing():
    round = make_round()
    bad = _record(round, 2, state=State.INELIGIBLE, reviewed_cost_minor=None)

    with pytest.raises(IntegrityError, match="every_no_has_a_reason"):
        load_recorded(round, [_record(round, 1), bad], actor=None)


def test_a_record_that_names_an_unknown_proposal_or_place_loads_nothing():
    round = make_round()
    elsewhere = make_authority()

    for bad in (
        _record(round, 2, **_no(State.MERGED, StandardReason.MERGED_INTO_OTHER, merged_into="X-1")),
        _record(round, 3, category=make_category(elsewhere)),
        _record(round, 4, area=make_area(elsewhere.area)),
    ):
        with pytest.raises(NotOfThisRound):
            load_recorded(round, [_record(round, 1), bad], actor=None)

    assert not Proposal.objects.exists()


def test_loading_two_hundred_takes_as_many_queries_as_loading_two():
    counts = []
    for n in (2, 200):
        round = make_round()
        records = [_record(round, number) for number in range(1, n + 1)]
        round = Round.objects.get(pk=round.pk)
        with CaptureQueriesContext(connection) as queries:
            load_recorded(round, records, actor=None)
        counts.append(len(queries))

    assert counts[0] == counts[1]
