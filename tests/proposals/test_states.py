"""The table of states: what holds for every row of it, and that one more row is all a new state takes."""

import dataclasses
from collections.abc import Iterator

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from audit import topics
from audit.models import Event
from identity.models import Account
from notices import messages
from notices.messages.proposal_states import StateKind
from notices.models import Notice
from notices.services import announce_due
from proposals import lifecycle, selectors, services
from proposals.exceptions import CommentsClosed, SupportClosed, WrongState
from proposals.lifecycle import STATES, Audience, Reached, State, StateNotice, StateSpec, Tone
from proposals.models import Proposal, StatusChange
from proposals.models.history import status_change_constraints
from proposals.models.texts import state_constraints
from proposals.services.status_changes import change_status, lock
from reports import assembly
from reports.figures.outcomes import FUNNEL
from reports.observer import observe
from reviews.services import find_feasible
from rounds.models import Phase, Round
from tests.factories import make_proposal, set_phase

pytestmark = pytest.mark.django_db

WHY = "The land register shows two owners of this plot."

ON_HOLD = StateSpec(
    code="on_hold",
    label="On hold",
    happened="Put on hold",
    leads_to=frozenset({State.FEASIBLE, State.INELIGIBLE}),
    audience=Audience.EVERYBODY,
    reached=Reached.PUBLISHED,
    owes_reason=True,
    takes_comments=True,
    tone=Tone.ATTENTION,
    sign="bar",
    action="proposals.proposal_put_on_hold",
    notice=StateNotice(
        "proposal_on_hold",
        "Your proposal is on hold",
        "The review of your proposal %(code)s, “%(title)s”, waits for something.",
        "We write to you when it goes on.",
    ),
)


@pytest.fixture
def on_hold() -> Iterator[StateSpec]:
    """One more state, between the review and its conclusion, with the tables' constraints made again."""
    before = dict(STATES)
    under_review = STATES[State.PUBLISHED]
    rows = before | {
        State.PUBLISHED.value: dataclasses.replace(
            under_review, leads_to=under_review.leads_to | {ON_HOLD.code}
        )
    }
    place = list(rows).index(State.FEASIBLE)
    STATES.clear()
    STATES.update([*list(rows.items())[:place], (ON_HOLD.code, ON_HOLD), *list(rows.items())[place:]])
    with connection.schema_editor() as editor:
        for model, constraints in (
            (Proposal, state_constraints()),
            (StatusChange, status_change_constraints()),
        ):
            for constraint in constraints:
                editor.remove_constraint(model, constraint)
                editor.add_constraint(model, constraint)
    assert ON_HOLD.notice is not None
    messages.KINDS[ON_HOLD.notice.kind] = StateKind(ON_HOLD, ON_HOLD.notice)
    topics.ANNOUNCED_ACTIONS.add(ON_HOLD.action)
    yield ON_HOLD
    topics.ANNOUNCED_ACTIONS.remove(ON_HOLD.action)
    del messages.KINDS[ON_HOLD.notice.kind]
    STATES.clear()
    STATES.update(before)


@pytest.fixture
def proposal(round: Round, author: Account) -> Proposal:
    set_phase(round, Phase.Kind.REVIEW)
    return make_proposal(round, author=author, title="A bench", code="HERE-0001")


def _hold(proposal: Proposal) -> Proposal:
    with transaction.atomic():
        change_status(
            lock(proposal),
            ON_HOLD.code,
            now=timezone.now(),
            body=StatusChange.Body.DEPARTMENT,
            actor=None,
            reason="unclear",
            explanation=WHY,
        )
    return Proposal.objects.get(pk=proposal.pk)


def test_a_new_state_is_on_the_page_with_what_happened_and_its_colour(
    on_hold: StateSpec, proposal: Proposal, client: Client
):
    _hold(proposal)

    page = client.get("/here/here-2026/proposals/HERE-0001/").content.decode()

    assert "On hold</span>" in page
    assert 'class="pb-status pb-status--attention"' in page
    assert "Put on hold" in page
    assert WHY in page


def test_a_new_state_is_offered_by_the_filter_and_found_with_it(
    on_hold: StateSpec, proposal: Proposal, client: Client
):
    make_proposal(proposal.round, title="Not on hold")
    _hold(proposal)

    answer = client.get("/here/here-2026/proposals/?state=on_hold")

    assert '<option value="on_hold" selected>On hold</option>' in answer.content.decode()
    assert [card.words.title for card in answer.context["cards"]] == ["A bench"]


def test_a_new_state_is_told_by_the_api_with_its_history(
    on_hold: StateSpec, proposal: Proposal, client: Client
):
    _hold(proposal)

    told = client.get("/api/v1/rounds/here/here-2026/proposals/HERE-0001/").json()

    assert (told["state"], told["ground"], told["explanation"]) == ("on_hold", "unclear", WHY)
    assert [(change["to_state"], change["explanation"]) for change in told["steps"]] == [("on_hold", WHY)]


def test_a_new_state_is_counted_by_report_observers_and_key_figures(on_hold: StateSpec, proposal: Proposal):
    _hold(proposal)

    report = assembly.report_of(proposal.round, now=timezone.now())

    assert {state: n for state, n in FUNNEL.of(report).items() if n} == {"on_hold": 1}
    (funnel,) = FUNNEL.tables(report)
    assert [row[:2] for row in funnel.rows][-1] == ["On hold", 1]
    assert observe(proposal.round).proposals == [("On hold", 1)]
    figures = selectors.figures(proposal.round)
    assert (figures.public, figures.feasible) == (1, 0)


def test_a_new_state_is_open_to_what_its_row_says(on_hold: StateSpec, proposal: Proposal, other: Account):
    proposal = _hold(proposal)

    comment = services.post_comment(proposal, author=other, text="Which owners?", language="en")

    assert comment.is_pending
    with pytest.raises(SupportClosed):
        services.give_support(proposal, actor=other)
    STATES[on_hold.code] = dataclasses.replace(on_hold, takes_comments=False, takes_support=True)
    services.give_support(proposal, actor=other)
    with pytest.raises(CommentsClosed):
        services.post_comment(proposal, author=other, text="Which owners?", language="en")


def test_coming_to_a_new_state_is_recorded_and_its_author_told(on_hold: StateSpec, proposal: Proposal):
    _hold(proposal)

    announce_due(10)

    assert Event.objects.filter(action="proposals.proposal_put_on_hold", subject_id=proposal.pk).count() == 1
    notice = Notice.objects.get(account=proposal.author)
    assert notice.kind == "proposal_on_hold"
    letter = messages.KINDS[notice.kind].write(notice.event)
    assert letter.title == "Your proposal is on hold: A bench"
    assert letter.happened == "The review of your proposal HERE-0001, “A bench”, waits for something."
    assert (letter.rule, letter.reason) == ("Not clear enough to review", WHY)
    assert letter.next == "We write to you when it goes on."
    assert letter.url.endswith("/here/here-2026/proposals/HERE-0001/")


def test_from_a_new_state_a_proposal_goes_where_its_row_leads_and_nowhere_else(
    on_hold: StateSpec, proposal: Proposal, author: Account
):
    proposal = _hold(proposal)

    with pytest.raises(WrongState):
        services.withdraw(proposal, actor=author)
    find_feasible(proposal, actor=None, cost_minor=1_000_000)

    assert [change.to_state for change in proposal.status_changes.all()] == ["on_hold", "feasible"]


def test_the_database_knows_that_a_new_state_owes_a_reason(on_hold: StateSpec, proposal: Proposal):
    rows = Proposal.objects.filter(pk=proposal.pk)

    with pytest.raises(IntegrityError, match="every_no_has_a_reason"), transaction.atomic():
        rows.update(state="on_hold")
    assert rows.update(state="on_hold", reason="unclear") == 1
    with pytest.raises(IntegrityError, match="every_no_has_a_reason"), transaction.atomic():
        StatusChange.objects.create(
            proposal=proposal, at=timezone.now(), to_state="on_hold", body="department"
        )


def test_every_state_that_can_follow_has_a_row_and_every_row_can_be_reached():
    found = {State.DRAFT.value}
    while more := {code for state in found for code in STATES[state].leads_to} - found:
        found |= more

    assert found == set(STATES)


def test_every_row_fits_its_columns_and_names_columns_that_exist():
    for code, row in STATES.items():
        assert code == row.code
        assert len(code) <= 12
        if row.stamps is not None:
            Proposal._meta.get_field(row.stamps)
        assert (row.action == "") == (code == State.DRAFT)
    kinds = [row.notice.kind for row in STATES.values() if row.notice is not None]
    assert len(kinds) == len(set(kinds))


def test_a_report_tells_the_ends_first_and_then_who_came_furthest():
    assert lifecycle.ends() == ["adopted", "not_adopted", "ineligible", "referred", "merged", "withdrawn"]
    assert lifecycle.still_open() == ["on_ballot", "feasible", "published", "pending", "sent_back"]


def test_what_a_text_was_sent_back_for_is_not_told_by_the_api(proposal: Proposal, client: Client):
    author = proposal.author
    assert author is not None
    services.send_back(
        proposal, actor=None, reason="personal_data", explanation="Leave the number 010-1234 out."
    )
    services.save_draft(proposal.round, author=author, proposal=proposal, body="A bench under the trees.")
    services.submit(proposal, actor=author)
    services.publish(proposal, actor=None)

    status_changes = client.get("/api/v1/rounds/here/here-2026/proposals/HERE-0001/").json()["steps"]

    assert [(change["to_state"], change["ground"], change["explanation"]) for change in status_changes] == [
        ("sent_back", "personal_data", ""),
        ("pending", "", ""),
        ("published", "", ""),
    ]
