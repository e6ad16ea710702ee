"""A proposal's text from the first draft to publication, through the services."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from audit.actions import Action
from audit.models import Event
from authorities.reasons import StandardReason
from identity.models import Account
from identity.verification.exceptions import NotEntitled, NotVerified
from proposals import services
from proposals.exceptions import (
    ExplanationTooShort,
    Incomplete,
    NotOfThisRound,
    NotYours,
    StaleVersion,
    TooManyDrafts,
    Unchanged,
    WrongReason,
    WrongState,
)
from proposals.lifecycle import State
from proposals.models import Proposal, Revision, StatusChange
from rounds.exceptions import PhaseNotOpen, Refused
from rounds.models import Entitlement, Phase, Residency, Round
from tests.factories import (
    make_account,
    make_area,
    make_authority,
    make_category,
    make_proposal,
    make_resident,
    make_round,
    set_phase,
)

pytestmark = pytest.mark.django_db

REASON = "Say in which park the bench should stand."


def _complete(round: Round) -> dict[str, Any]:
    return {
        "title": "A bench in the park",
        "body": "There is nowhere to sit in the shade.",
        "language": "en",
        "category": make_category(round.authority),
        "requested_cost_minor": 5_000_000,
    }


def _draft(round: Round, author: Account) -> Proposal:
    return services.save_draft(round, author=author, **_complete(round))


def test_a_draft_is_kept_however_little_is_written():
    round = make_round()
    author = make_account(language="ko")

    draft = services.save_draft(round, author=author, title="A ben")

    draft.refresh_from_db()
    assert (draft.state, draft.title, draft.body, draft.code) == (State.DRAFT, "A ben", "", None)
    assert draft.language == "ko"
    assert draft.category is None
    assert draft.requested_cost_minor is None
    assert Event.objects.get().action == Action.PROPOSAL_DRAFTED


def test_saving_again_changes_what_is_given_and_counts_the_version():
    round = make_round()
    author = make_account()
    draft = services.save_draft(round, author=author, title="A ben", body="Shade.")

    services.save_draft(round, author=author, proposal=draft, version=1, title="A bench")

    draft.refresh_from_db()
    assert (draft.title, draft.body, draft.version) == ("A bench", "Shade.", 2)


def test_a_version_that_is_no_longer_current_is_refused_and_overwrites_nothing():
    round = make_round()
    author = make_account()
    draft = services.save_draft(round, author=author, title="First")
    services.save_draft(round, author=author, proposal=draft, version=1, title="Second")

    with pytest.raises(StaleVersion):
        services.save_draft(round, author=author, proposal=draft, version=1, title="Third")

    draft.refresh_from_db()
    assert (draft.title, draft.version) == ("Second", 2)


def test_nobody_changes_the_draft_of_another():
    round = make_round()
    draft = _draft(round, make_resident(round.authority))

    with pytest.raises(NotYours):
        services.save_draft(round, author=make_resident(round.authority), proposal=draft, title="Mine")

    draft.refresh_from_db()
    assert draft.title == "A bench in the park"


def test_a_submitted_text_cannot_be_changed():
    round = make_round()
    author = make_resident(round.authority)
    proposal = services.submit(_draft(round, author), actor=author)

    with pytest.raises(WrongState):
        services.save_draft(round, author=author, proposal=proposal, title="Another")


def test_places_of_another_authority_are_refused():
    round = make_round()
    author = make_account()
    elsewhere = make_authority()

    with pytest.raises(NotOfThisRound):
        services.save_draft(round, author=author, category=make_category(elsewhere))
    with pytest.raises(NotOfThisRound):
        services.save_draft(round, author=author, area=make_area(elsewhere.area))
    inside = make_area(round.authority.area)
    assert services.save_draft(round, author=author, area=inside).area == inside


def test_a_twenty_first_draft_is_refused():
    round = make_round()
    author = make_account()
    for _ in range(20):
        services.save_draft(round, author=author)

    with pytest.raises(TooManyDrafts):
        services.save_draft(round, author=author)

    assert Proposal.objects.count() == 20


def test_a_new_draft_needs_a_call_that_is_not_over():
    author = make_account()

    assert services.save_draft(make_round(open=None), author=author).state == State.DRAFT
    with pytest.raises(PhaseNotOpen):
        services.save_draft(make_round(open=Phase.Kind.REVIEW), author=author)


def test_submitting_gives_a_code_keeps_the_text_and_waits_for_screening():
    round = make_round(proposal_prefix="GN-2026-", n_submitted=41)
    author = make_resident(round.authority)

    proposal = services.submit(_draft(round, author), actor=author)

    assert (proposal.state, proposal.code) == (State.PENDING, "GN-2026-0042")
    assert (proposal.residency, proposal.age_group) == ("resident", "35-49")
    change = StatusChange.objects.get()
    assert (change.from_state, change.to_state, change.body, change.actor) == (
        State.DRAFT,
        State.PENDING,
        StatusChange.Body.AUTHOR,
        author,
    )
    assert change.at == proposal.submitted_at
    revision = Revision.objects.get()
    assert (revision.version, revision.title) == (1, "A bench in the park")
    assert list(Event.objects.values_list("action", flat=True)) == [
        Action.PROPOSAL_DRAFTED,
        "proposals.proposal_submitted",
    ]


@pytest.mark.parametrize(
    "missing", [{"title": " "}, {"body": ""}, {"category": None}, {"requested_cost_minor": None}]
)
def test_an_incomplete_draft_is_not_submitted(missing: dict[str, Any]):
    round = make_round()
    author = make_resident(round.authority)
    draft = services.save_draft(round, author=author, **{**_complete(round), **missing})

    with pytest.raises(Incomplete):
        services.submit(draft, actor=author)

    draft.refresh_from_db()
    assert (draft.state, draft.code) == (State.DRAFT, None)
    assert not StatusChange.objects.exists()


def test_submitting_needs_the_call_to_be_open():
    round = make_round()
    author = make_resident(round.authority)
    draft = _draft(round, author)
    set_phase(round, Phase.Kind.REVIEW)

    with pytest.raises(PhaseNotOpen):
        services.submit(draft, actor=author)

    set_phase(round, Phase.Kind.SUBMISSION)
    assert services.submit(draft, actor=author).state == State.PENDING


def test_submitting_needs_a_verified_person_whom_the_round_lets_propose():
    round = make_round()
    stranger = make_account()
    draft = _draft(round, stranger)

    with pytest.raises(NotVerified):
        services.submit(draft, actor=stranger)

    resident = make_resident(round.authority)
    Entitlement.objects.filter(round=round, residency=Residency.RESIDENT).delete()
    with pytest.raises(NotEntitled):
        services.submit(_draft(round, resident), actor=resident)


def test_a_text_sent_back_is_changed_and_submitted_again_under_its_code_until_the_review_ends():
    round = make_round()
    author = make_resident(round.authority)
    proposal = services.submit(_draft(round, author), actor=author)
    services.send_back(proposal, actor=None, reason="unclear", explanation=REASON)
    set_phase(round, Phase.Kind.REVIEW)

    with pytest.raises(Unchanged):
        services.submit(proposal, actor=author)
    services.save_draft(round, author=author, proposal=proposal, body="In the park behind the school.")
    again = services.submit(proposal, actor=author)

    assert (again.state, again.code, again.reason, again.explanation) == (
        State.PENDING,
        proposal.code,
        "",
        "",
    )
    assert list(again.revisions.values_list("version", flat=True)) == [1, 2]
    assert list(again.status_changes.values_list("to_state", "explanation")) == [
        (State.PENDING, ""),
        (State.SENT_BACK, REASON),
        (State.PENDING, ""),
    ]


def test_sending_back_needs_a_screening_reason_and_an_explanation_of_twenty_characters():
    proposal = make_proposal(state=State.PENDING)

    with pytest.raises(WrongReason):
        services.send_back(
            proposal, actor=None, reason=StandardReason.BELOW_BUDGET_CUTOFF, explanation=REASON
        )
    with pytest.raises(ExplanationTooShort):
        services.send_back(proposal, actor=None, reason="unclear", explanation="x" * 19 + "  ")

    proposal.refresh_from_db()
    assert proposal.state == State.PENDING
    assert services.send_back(proposal, actor=None, reason="unclear", explanation="x" * 20).state == (
        State.SENT_BACK
    )


def test_publishing_shows_a_text_to_everybody():
    proposal = make_proposal(state=State.PENDING)

    services.publish(proposal, actor=None)

    proposal.refresh_from_db()
    assert (proposal.state, proposal.published_at) == (State.PUBLISHED, proposal.status_changes.get().at)
    assert Proposal.objects.public().get() == proposal


def test_what_is_not_pending_is_not_published():
    for state in (State.DRAFT, State.SENT_BACK, State.PUBLISHED, State.WITHDRAWN):
        proposal = make_proposal(state=state)

        with pytest.raises(WrongState):
            services.publish(proposal, actor=None)


def test_its_author_alone_withdraws_a_proposal_and_only_before_it_is_on_the_ballot():
    round = make_round()
    author = make_resident(round.authority)
    proposal = make_proposal(round, author=author)
    on_ballot = make_proposal(round, author=author, state=State.ON_BALLOT)

    with pytest.raises(NotYours):
        services.withdraw(proposal, actor=make_account())
    with pytest.raises(WrongState):
        services.withdraw(on_ballot, actor=author)
    services.withdraw(proposal, actor=author)

    proposal.refresh_from_db()
    assert (proposal.state, proposal.reason) == (State.WITHDRAWN, StandardReason.WITHDRAWN_BY_PROPOSER)
    assert proposal in Proposal.objects.public()


def test_a_discarded_draft_stays_private():
    round = make_round()
    author = make_resident(round.authority)

    draft = services.withdraw(_draft(round, author), actor=author)

    assert draft not in Proposal.objects.public()
    assert draft not in Proposal.objects.visible_to(make_account())
    assert draft in Proposal.objects.visible_to(author)


@pytest.mark.django_db(transaction=True)
def test_eight_submissions_at_once_are_one_and_numbers_are_given_once():
    round = make_round()
    authors = [make_resident(round.authority) for _ in range(4)]
    drafts = [_draft(round, author) for author in authors]

    def attempt(index: int) -> str:
        try:
            code = services.submit(drafts[index % 4], actor=authors[index % 4]).code
            assert code is not None
            return code
        except Refused as refusal:
            return type(refusal).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(8)))

    assert answers.count("WrongState") == 4
    codes = {answer for answer in answers if answer != "WrongState"}
    assert codes == {f"{round.proposal_prefix}{number:04d}" for number in (1, 2, 3, 4)}
    assert StatusChange.objects.count() == Revision.objects.count() == 4


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"state": "sent_back"}, "proposals_proposal_every_no_has_a_reason"),
        ({"code": None}, "proposals_proposal_submitted_has_a_code"),
        ({"title": ""}, "proposals_proposal_submitted_is_complete"),
        ({"category": None}, "proposals_proposal_submitted_is_complete"),
        ({"requested_cost_minor": None}, "proposals_proposal_submitted_is_complete"),
        ({"requested_cost_minor": -1}, "proposals_proposal_requested_cost_is_not_negative"),
        ({"reviewed_cost_minor": 0}, "proposals_proposal_reviewed_cost_is_positive"),
        ({"state": "feasible"}, "proposals_proposal_feasible_has_competence_and_cost"),
        (
            {"state": "referred", "reason": "out_of_authority"},
            "proposals_proposal_referred_names_the_body",
        ),
        ({"state": "merged", "reason": "merged_into_other"}, "proposals_proposal_merged_names_the_other"),
        ({"n_supporters_recorded": 1}, "proposals_proposal_supporters_include_recorded"),
    ],
)
def test_the_database_refuses_what_a_proposal_must_never_be(change: dict[str, Any], constraint: str):
    proposal = make_proposal()

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(**change)


def test_the_database_refuses_a_code_twice_and_a_version_twice():
    round = make_round()
    author = make_resident(round.authority)
    proposal = services.submit(_draft(round, author), actor=author)

    with pytest.raises(IntegrityError, match="code"), transaction.atomic():
        make_proposal(round, code=proposal.code)
    revision = proposal.revisions.get()
    revision.pk = None
    with pytest.raises(IntegrityError, match="proposals_revision_one_per_version"), transaction.atomic():
        revision.save(force_insert=True)


def test_the_database_refuses_a_change_of_status_changes_and_revisions():
    round = make_round()
    author = make_resident(round.authority)
    proposal = services.submit(_draft(round, author), actor=author)

    for rows in (proposal.status_changes.all(), proposal.revisions.all()):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            rows.update(proposal=proposal)
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            rows._raw_delete(rows.db)
