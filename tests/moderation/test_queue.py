"""The screening queue: cases open by themselves, one moderator holds each, every decision has its reason."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from audit.actions import Action
from audit.models import Event
from authorities.models import Authority
from authorities.reasons import StandardReason
from identity.models import Account
from identity.roles import Role
from moderation import services
from moderation.exceptions import AlreadyDecided, ClaimedByAnother, NotClaimed, OwnText
from moderation.models import Case, CommentPolicy, Decision, Harm
from moderation.tasks import screen_due
from proposals import services as proposals
from proposals.exceptions import ExplanationTooShort, WrongReason
from proposals.lifecycle import State
from proposals.models import Comment, Proposal
from rounds.exceptions import Refused
from tests.factories import (
    make_comment,
    make_official,
    make_proposal,
    make_resident,
    make_round,
)

pytestmark = pytest.mark.django_db

WHY = "It names a neighbour and gives their telephone number."


def _case(subject: Proposal | Comment | None = None) -> Case:
    case = services.open_case(subject or make_proposal(state=State.PENDING))
    assert case is not None
    return case


def _moderator(authority: Authority) -> Account:
    return make_official(authority, Role.MODERATOR)


def test_the_sweep_opens_one_case_for_each_text_that_waits_however_often_it_runs():
    pending = make_proposal(state=State.PENDING)
    comment = make_comment(text="โทรหาผม 081-234-5678")
    make_proposal(state=State.DRAFT)
    make_comment(state="published")

    screen_due()
    screen_due()

    assert Case.objects.count() == 2
    assert Case.objects.get(proposal=pending).harm == Harm.NONE
    flagged = Case.objects.get(comment=comment)
    assert (flagged.harm, [hint["kind"] for hint in flagged.hints]) == (Harm.HIGH, ["phone"])
    assert flagged.due_at == comment.posted_at + timedelta(days=3)
    comment.refresh_from_db()
    assert comment.state == "pending"


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_open_one_case_for_each_text():
    round = make_round()
    for _ in range(5):
        make_proposal(round, state=State.PENDING)

    def sweep(_: int) -> None:
        try:
            screen_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(sweep, range(4)))

    assert Case.objects.count() == 5
    assert Event.objects.filter(action=Action.CASE_OPENED).count() == 5


def test_a_text_that_comes_back_is_a_new_case():
    round = make_round()
    author = make_resident(round.authority)
    proposal = make_proposal(round, author=author, state=State.PENDING)
    moderator = _moderator(round.authority)
    first = services.claim(_case(proposal), actor=moderator)
    services.decide(first, actor=moderator, outcome="refuse", reason="unclear", explanation=WHY)
    proposals.save_draft(round, author=author, proposal=proposal, body="Clearer now.")
    proposals.submit(proposal, actor=author)

    screen_due()

    assert [(case.version, case.closed_at is None) for case in Case.objects.order_by("pk")] == [
        (1, False),
        (2, True),
    ]


def test_the_case_of_a_withdrawn_text_lapses():
    round = make_round()
    author = make_resident(round.authority)
    proposal = make_proposal(round, author=author, state=State.PENDING)
    case = _case(proposal)
    moderator = _moderator(round.authority)
    services.claim(case, actor=moderator)
    proposals.withdraw(proposal, actor=author)

    with pytest.raises(AlreadyDecided):
        services.decide(case, actor=moderator, outcome="publish")
    screen_due()

    case.refresh_from_db()
    assert case.closed_at is not None
    assert not Decision.objects.exists()
    assert Event.objects.filter(action=Action.CASE_LAPSED).count() == 1


def test_publishing_shows_the_proposal_and_closes_the_case():
    case = _case()
    moderator = _moderator(case.authority)

    services.claim(case, actor=moderator)
    decision = services.decide(case, actor=moderator, outcome="publish")

    assert case.proposal is not None
    case.proposal.refresh_from_db()
    case.refresh_from_db()
    assert case.proposal.state == State.PUBLISHED
    assert (decision.decided_by, decision.decided_at) == (moderator, case.closed_at)
    assert not Case.objects.waiting().exists()


def test_refusing_sends_the_proposal_back_and_rejects_the_comment_with_the_words_as_written():
    proposal = make_proposal(state=State.PENDING)
    comment = make_comment(proposal)
    moderator = _moderator(proposal.round.authority)

    for subject in (proposal, comment):
        case = services.claim(_case(subject), actor=moderator)
        services.decide(case, actor=moderator, outcome="refuse", reason="personal_data", explanation=WHY)

    proposal.refresh_from_db()
    comment.refresh_from_db()
    assert (proposal.state, proposal.reason, proposal.explanation) == ("sent_back", "personal_data", WHY)
    assert (comment.state, comment.reason, comment.explanation) == ("rejected", "personal_data", WHY)


def test_a_refusal_needs_a_screening_rule_and_twenty_characters():
    case = _case()
    moderator = _moderator(case.authority)
    services.claim(case, actor=moderator)

    with pytest.raises(ExplanationTooShort):
        services.decide(case, actor=moderator, outcome="refuse", reason="spam", explanation="Spam.")
    with pytest.raises(WrongReason):
        services.decide(
            case, actor=moderator, outcome="refuse", reason=StandardReason.COUNCIL_DECISION, explanation=WHY
        )

    assert not Decision.objects.exists()
    assert services.decide(case, actor=moderator, outcome="refuse", reason="spam", explanation="x" * 20).pk


def test_two_moderators_never_hold_the_same_text_until_the_lease_ends():
    case = _case()
    first, second = _moderator(case.authority), _moderator(case.authority)
    services.claim(case, actor=first)

    with pytest.raises(ClaimedByAnother):
        services.claim(case, actor=second)
    with pytest.raises(NotClaimed):
        services.decide(case, actor=second, outcome="publish")
    Case.objects.update(claimed_until=case.opened_at)
    services.claim(case, actor=second)
    with pytest.raises(NotClaimed):
        services.decide(case, actor=first, outcome="publish")

    assert services.decide(case, actor=second, outcome="publish").decided_by == second


def test_a_released_text_is_free_and_only_its_holder_releases_it():
    case = _case()
    first, second = _moderator(case.authority), _moderator(case.authority)
    services.claim(case, actor=first)

    services.release(case, actor=second)
    with pytest.raises(ClaimedByAnother):
        services.claim(case, actor=second)
    services.release(case, actor=first)

    assert services.claim(case, actor=second).claimed_by == second


def test_nobody_screens_their_own_text():
    round = make_round()
    moderator = _moderator(round.authority)
    case = _case(make_proposal(round, author=moderator, state=State.PENDING))

    with pytest.raises(OwnText):
        services.claim(case, actor=moderator)

    assert services.claim(case, actor=_moderator(round.authority)).pk


@pytest.mark.django_db(transaction=True)
def test_eight_moderators_at_once_and_one_holds_the_text():
    case = _case()
    moderators = [_moderator(case.authority) for _ in range(8)]

    def take(moderator: Account) -> str:
        try:
            services.claim(case, actor=moderator)
        except Refused as refusal:
            return type(refusal).__name__
        else:
            return "held"
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(take, moderators))

    assert sorted(answers) == ["ClaimedByAnother"] * 7 + ["held"]


@pytest.mark.django_db(transaction=True)
def test_publishing_and_refusing_at_once_is_one_decision():
    case = _case()
    moderator = _moderator(case.authority)
    services.claim(case, actor=moderator)

    def decide(outcome: str) -> str:
        try:
            services.decide(case, actor=moderator, outcome=outcome, reason="spam", explanation=WHY)
        except Refused as refusal:
            return type(refusal).__name__
        else:
            return outcome
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = set(pool.map(decide, ["publish", "refuse"]))

    assert answers - {"publish", "refuse"} == {"AlreadyDecided"}
    assert Decision.objects.count() == 1
    assert {Decision.objects.get().outcome} == answers - {"AlreadyDecided"}


def test_clean_comments_publish_themselves_only_where_the_policy_says_so():
    clean, flagged, elsewhere = (
        make_comment(),
        make_comment(text="Call me: 081-234-5678"),
        make_comment(),
    )
    for comment in (clean, flagged):
        CommentPolicy.objects.create(
            authority=comment.proposal.round.authority, publishes_clean_comments=True
        )

    screen_due()

    states = dict(Comment.objects.values_list("pk", "state"))
    assert [states[comment.pk] for comment in (clean, flagged, elsewhere)] == [
        "published",
        "pending",
        "pending",
    ]
    decision = Decision.objects.get()
    assert (decision.is_automatic, decision.decided_by) == (True, None)


def test_the_queue_shows_the_worst_first_then_the_most_urgent():
    round = make_round()
    proposal = make_proposal(round)
    plain = make_comment(proposal, text="Good.")
    rude = make_comment(proposal, text="Only an idiot would want this.")
    older = make_comment(proposal, text="Fine.", posted_at=plain.posted_at - timedelta(hours=5))
    screen_due()

    queue = Case.objects.of(round.authority).waiting().in_queue_order()

    assert [case.comment for case in queue] == [rude, older, plain]


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"proposal": None}, "moderation_case_is_about_one_text"),
        ({"version": None}, "moderation_case_is_about_one_text"),
        ({"claimed_until": "2030-01-01T00:00Z"}, "moderation_case_claim_has_an_end"),
        ({"due_at": "2001-01-01T00:00Z"}, "moderation_case_due_after_opening"),
    ],
)
def test_the_database_refuses_what_a_case_must_never_be(change: dict[str, Any], constraint: str):
    case = _case()

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(**change)


def test_the_database_refuses_a_second_case_for_a_submission_and_for_a_comment():
    for case in (_case(), _case(make_comment())):
        case.pk = None
        with pytest.raises(IntegrityError, match="moderation_case"), transaction.atomic():
            case.save(force_insert=True)


@pytest.mark.parametrize(
    "fields",
    [
        {"outcome": "refuse", "reason": "", "explanation": WHY},
        {"outcome": "refuse", "reason": "spam", "explanation": "short"},
        {"outcome": "refuse", "reason": "no_such_reason", "explanation": WHY},
        {"outcome": "publish", "reason": "spam"},
        {"outcome": "refuse", "reason": "spam", "explanation": WHY, "is_automatic": True, "decided_by": None},
        {"outcome": "publish", "decided_by": None},
    ],
)
def test_the_database_refuses_a_decision_without_its_reason_or_its_person(fields: dict[str, Any]):
    case = _case()
    person = _moderator(case.authority)

    with pytest.raises(IntegrityError, match="moderation_decision"), transaction.atomic():
        Decision.objects.create(
            **{"case": case, "decided_at": case.opened_at, "decided_by": person, **fields}
        )


def test_the_database_refuses_to_change_a_decision():
    case = _case()
    moderator = _moderator(case.authority)
    services.claim(case, actor=moderator)
    services.decide(case, actor=moderator, outcome="publish")

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Decision.objects.update(explanation="another")
