"""Texts submitted by a service desk on behalf of people: theirs, with consent, within limits, and theirs to
take over.
"""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit.actions import Action
from audit.models import Event
from core.exceptions import NotPermitted
from identity import identifiers
from identity.exceptions import NotForOneself
from identity.roles import Role
from identity.services import erase
from identity.services.vault import identity_key
from identity.verification.exceptions import AssuranceTooLow, NotVerified
from identity.verification.models import Identity
from identity.verification.services import verify
from moderation.exceptions import OwnText
from moderation.models import Case
from moderation.services import claim, decide, open_case
from notices.models import Notice
from notices.services import announce_due
from pbplatform.operations.invariants import INVARIANTS
from proposals import selectors, services
from proposals.exceptions import (
    CommentsClosed,
    ConsentNeeded,
    Incomplete,
    NotYours,
    TooManyAssisted,
    TooManyWaiting,
    TooManyWaitingForOne,
)
from proposals.lifecycle import State
from proposals.models import AssistedSubmission, Comment, Proposal
from proposals.services.assisted_submissions import remove_contacts
from reviews.services import find_ineligible
from rounds.exceptions import PhaseNotOpen
from rounds.models import Act, Entitlement, Phase, Residency
from tests import factories

SPOKEN = services.Agreement(how="spoken")


@pytest.fixture
def round(db):
    return factories.make_round()


@pytest.fixture
def clerk(round):
    return factories.make_official(round.authority, Role.CLERK)


@pytest.fixture
def person(round):
    """Somebody verified at the desk, without an account."""
    return factories.make_person(round.authority, age_group="65+")


def _propose(round, person, clerk, agreed=SPOKEN, **fields):
    text = {
        "title": "A bench by the stop",
        "body": "Old people wait there standing.",
        "category": factories.make_category(round.authority),
        "requested_cost_minor": 3_000_000,
        "language": "en",
    }
    return services.submit_proposal_on_behalf(round, person, actor=clerk, agreed=agreed, **{**text, **fields})


def _comment(proposal, person, clerk, agreed=SPOKEN, text="Yes, I wait there too."):
    return services.submit_comment_on_behalf(
        proposal, person, actor=clerk, agreed=agreed, text=text, language="en"
    )


def test_a_proposal_is_handed_in_in_the_name_of_the_person_with_the_consent_and_the_helper_on_record(
    round, clerk, person
):
    proposal = _propose(round, person, clerk, services.Agreement("signed", True, "12 Example Street"))

    assert (proposal.state, proposal.author, proposal.channel) == (State.PENDING, None, "assisted")
    assert (proposal.residency, proposal.age_group) == (Residency.RESIDENT, "65+")
    kept = proposal.assisted_submission
    assert (kept.person, kept.submitted_by, kept.consent, kept.consent_version) == (
        person,
        clerk,
        "signed",
        1,
    )
    assert (kept.privacy_version, kept.has_priority, kept.contact) == (1, True, "12 Example Street")
    with connection.cursor() as cursor:
        cursor.execute("SELECT contact FROM proposals_assistedsubmission")
        assert "Example" not in cursor.fetchone()[0]
    event = Event.objects.get(action=Action.TEXT_SUBMITTED_ON_BEHALF)
    assert (event.actor, event.subject_id) == (clerk, str(proposal.pk))
    assert event.details == {"assistance": kept.pk, "consent": "signed", "consent_version": 1}
    assert Event.objects.filter(action="proposals.proposal_submitted", actor=clerk).count() == 1
    assert proposal.revisions.get().title == "A bench by the stop"


def test_it_is_screened_and_counted_like_any_other(round, clerk, person):
    before = selectors.figures(round)

    proposal = _propose(round, person, clerk)
    case = open_case(proposal)
    moderator = factories.make_official(round.authority, Role.MODERATOR)
    decide(claim(case, actor=moderator), actor=moderator, outcome="publish")

    after = selectors.figures(round)
    assert (after.submitted - before.submitted, after.public - before.public) == (1, 1)
    proposal.refresh_from_db()
    comment = _comment(proposal, person, clerk)
    assert open_case(comment) is not None
    assert (comment.author, comment.residency, comment.state) == (None, "resident", "pending")


def test_without_consent_permission_or_a_person_whom_the_round_lets_nothing_is_submitted_on_behalf(
    round, clerk, person
):
    colleague = factories.make_official(round.authority, Role.MODERATOR)
    foreign = factories.make_official(factories.make_authority(), Role.CLERK)
    expired = factories.make_person(round.authority, expires_at=timezone.now() - timedelta(seconds=1))
    elsewhere = factories.make_person(factories.make_authority())

    for refused, other, who, agreed in (
        (ConsentNeeded, clerk, person, services.Agreement(how="")),
        (NotPermitted, colleague, person, SPOKEN),
        (NotPermitted, foreign, person, SPOKEN),
        (NotVerified, clerk, expired, SPOKEN),
        (NotVerified, clerk, elsewhere, SPOKEN),
    ):
        with pytest.raises(refused):
            _propose(round, who, other, agreed)
    with pytest.raises(Incomplete):
        _propose(round, person, clerk, body=" ")
    Entitlement.objects.filter(round=round, act=Act.PROPOSE).update(assurance=3)
    with pytest.raises(AssuranceTooLow):
        _propose(round, person, clerk)

    assert (Proposal.objects.count(), AssistedSubmission.objects.count()) == (0, 0)
    assert not Event.objects.filter(action=Action.TEXT_SUBMITTED_ON_BEHALF).exists()
    Entitlement.objects.filter(round=round, act=Act.PROPOSE).update(assurance=2)
    assert _propose(round, person, clerk).state == State.PENDING


def test_a_clerk_writes_nothing_down_for_themselves_and_does_not_screen_what_they_wrote_down(round, clerk):
    own = factories.make_person(round.authority, clerk)
    factories.make_official(round.authority, Role.MODERATOR)
    clerk.memberships.create(
        authority=round.authority, role=Role.MODERATOR, granted_at=timezone.now(), grant_reason="for a test"
    )

    with pytest.raises(NotForOneself):
        _propose(round, own, clerk)

    case = open_case(_propose(round, factories.make_person(round.authority), clerk))
    with pytest.raises(OwnText):
        claim(case, actor=clerk)


def test_the_call_and_the_end_of_the_vote_bind_the_desk_as_everybody(round, clerk, person):
    proposal = factories.make_proposal(round)
    factories.set_phase(round, Phase.Kind.REVIEW)
    with pytest.raises(PhaseNotOpen):
        _propose(round, person, clerk)
    assert _comment(proposal, person, clerk).state == "pending"
    factories.set_phase(round, Phase.Kind.DECISION)
    with pytest.raises(CommentsClosed):
        _comment(proposal, person, clerk)


def test_a_persons_waiting_texts_are_limited_whoever_writes_them(round, clerk):
    account = factories.make_resident(round.authority)
    person = account.persons.get()
    proposal = factories.make_proposal(round)
    for _n in range(5):
        services.post_comment(proposal, author=account, text="So it is.", language="en")
    for _n in range(5):
        _comment(proposal, person, clerk)
    with pytest.raises(TooManyWaiting):
        _comment(proposal, person, clerk)

    for _n in range(3):
        _propose(round, person, clerk)
    with pytest.raises(TooManyWaitingForOne):
        _propose(round, person, clerk)
    services.publish(Proposal.objects.filter(author=account, state=State.PENDING)[0], actor=None)
    assert _propose(round, person, clerk).author == account


def test_a_clerk_writes_so_many_texts_a_day_and_a_colleague_goes_on(round, clerk, person, time_machine):
    for _n in range(48):
        factories.make_assisted_submission(factories.make_person(round.authority), clerk)

    with pytest.raises(TooManyAssisted):
        _propose(round, person, clerk)

    colleague = factories.make_official(round.authority, Role.CLERK)
    assert _propose(round, person, colleague).state == State.PENDING
    AssistedSubmission.objects.update(submitted_at=timezone.now() - timedelta(days=1, seconds=5))
    assert _propose(round, person, clerk).state == State.PENDING


@pytest.mark.django_db(transaction=True)
def test_two_service_desks_at_once_hand_in_no_more_for_one_person_than_is_allowed():
    round = factories.make_round()
    person = factories.make_person(round.authority)
    clerks = [factories.make_official(round.authority, Role.CLERK) for _n in range(2)]
    for clerk in clerks:
        _propose(round, person, clerk)
    start = Barrier(2)
    answers = []

    def write(clerk):
        try:
            start.wait()
            answers.append(_propose(round, person, clerk).state)
        except TooManyWaitingForOne:
            answers.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=write, args=(clerk,)) for clerk in clerks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [State.PENDING, "refused"]
    assert Proposal.objects.filter(state=State.PENDING).count() == 3


def test_a_text_that_was_sent_back_is_changed_at_the_desk_and_handed_in_again_under_its_number(
    round, clerk, person
):
    proposal = _propose(round, person, clerk)
    services.send_back(proposal, actor=None, reason="unclear", explanation="Say at which stop it should be.")

    again = _propose(round, person, clerk, proposal=proposal, body="At the stop in front of the library.")

    assert (again.code, again.state) == (proposal.code, State.PENDING)
    assert [row.body for row in again.revisions.all()][-1] == "At the stop in front of the library."
    assert AssistedSubmission.objects.filter(person=person).count() == 2
    services.send_back(again, actor=None, reason="unclear", explanation="Say on which side of the road.")
    with pytest.raises(NotYours):
        _propose(round, factories.make_person(round.authority), clerk, proposal=again, body="Elsewhere.")


def test_whoever_gets_an_account_takes_the_texts_over_corrects_them_and_nobody_else_does(
    round, clerk, person
):
    Identity.objects.create(
        person=person,
        authority=round.authority,
        kind=Identity.Kind.DOCUMENT,
        hmac=_digest(round.authority, b"AB123"),
        confirmed_at=timezone.now(),
    )
    proposal = _propose(round, person, clerk, services.Agreement("spoken", contact="010-0000-0000"))
    announce_due(100)
    assert not Notice.objects.exists()
    stranger, account = factories.make_resident(round.authority), factories.make_account()

    assert (selectors.unclaimed(account), services.claim_assisted(stranger)) == (0, 0)
    # At the desk or by themselves: the same document makes them the same person.
    verify(
        round.authority,
        identifier=b"AB123",
        account=account,
        residency=Residency.RESIDENT,
        area=round.authority.area,
        age_group="65+",
        assurance=2,
        actor=clerk,
    )
    assert selectors.unclaimed(account) == 1
    assert services.claim_assisted(account) == 1
    assert services.claim_assisted(account) == 0

    proposal.refresh_from_db()
    assert (proposal.author, proposal.assisted_submission.contact) == (account, "")
    # What happened before they had an account, they learn now.
    announce_due(100)
    assert [(notice.account, notice.kind) for notice in Notice.objects.all()] == [
        (account, "proposal_written_down")
    ]
    services.send_back(proposal, actor=None, reason="unclear", explanation="Say at which stop it should be.")
    services.save_draft(round, author=account, proposal=proposal, body="The stop by the library.")
    assert services.submit(proposal, actor=account).state == State.PENDING
    event = Event.objects.get(action=Action.ASSISTED_TEXTS_CLAIMED)
    assert (event.actor, event.details) == (account, {"texts": 1})


def _digest(authority, identifier):
    return identifiers.keyed_hash(identity_key(), authority.pk, Identity.Kind.DOCUMENT, identifier)


def test_the_holder_of_an_account_is_told_by_mail_and_others_stand_on_the_desks_list(round, clerk, person):
    account = factories.make_resident(round.authority)
    of_account = _propose(round, account.persons.get(), clerk)
    of_nobody = _propose(round, person, clerk)
    comment = _comment(factories.make_proposal(round), person, clerk)
    announce_due(100)
    assert [(notice.account, notice.kind) for notice in Notice.objects.all()] == [
        (account, "proposal_written_down")
    ]
    assert selectors.answers_to_hand_over(round.authority) == []

    for proposal in (of_account, of_nobody):
        services.send_back(proposal, actor=None, reason="unclear", explanation="Say where it should stand.")
    services.publish_comment(comment, actor=None)
    announce_due(100)

    sent_back = Notice.objects.filter(kind="proposal_sent_back")
    assert [notice.account for notice in sent_back] == [account]
    assert not Notice.objects.filter(kind__startswith="comment_").exists()
    assert selectors.answers_to_hand_over(round.authority) == [of_nobody, comment]
    assert selectors.n_answers_to_hand_over(round.authority) == 2

    for text in (of_nobody, comment):
        services.note_notified(text.assisted_submission, actor=clerk)
    assert selectors.answers_to_hand_over(round.authority) == []
    assert selectors.n_answers_to_hand_over(round.authority) == 0
    assert Event.objects.filter(action=Action.AUTHOR_NOTIFIED, actor=clerk).count() == 2
    with pytest.raises(NotPermitted):
        services.note_notified(comment.assisted_submission, actor=account)


def test_a_proposal_comes_back_on_the_list_when_something_else_becomes_of_it(round, clerk, person):
    proposal = _propose(round, person, clerk)
    services.publish(proposal, actor=None)
    services.note_notified(proposal.assisted_submission, actor=clerk)
    assert selectors.answers_to_hand_over(round.authority) == []

    find_ineligible(
        proposal, actor=None, reason="benefits_specific_group", explanation="It serves one household alone."
    )

    assert selectors.answers_to_hand_over(round.authority) == [proposal]


def test_texts_with_priority_come_first_among_equals_in_the_queue(round, clerk):
    people = [factories.make_person(round.authority) for _n in range(3)]
    first = _propose(round, people[0], clerk)
    flagged = _propose(round, people[1], clerk, services.Agreement("spoken", has_priority=True))
    harmful = _propose(round, people[2], clerk, body="Call me: 010-1234-5678, any time.")
    for proposal in (first, flagged, harmful):
        open_case(proposal)

    queue = [case.proposal for case in Case.objects.of(round.authority).waiting().in_queue_order()]

    assert queue == [harmful, flagged, first]


def test_where_somebody_can_be_reached_is_forgotten_after_a_year(round, clerk, person):
    now = timezone.now()
    old = factories.make_assisted_submission(
        person, clerk, contact="x", submitted_at=now - timedelta(days=365)
    )
    young = factories.make_assisted_submission(
        person, clerk, contact="y", submitted_at=now - timedelta(days=364)
    )

    assert (remove_contacts(now), remove_contacts(now)) == (1, 0)

    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.contact, young.contact) == ("", "y")


def test_erasing_the_account_deals_with_texts_that_were_not_taken_over_as_with_others(round, clerk):
    account = factories.make_account()
    person = factories.make_person(round.authority)
    published, waiting = _propose(round, person, clerk), _propose(round, person, clerk)
    services.publish(published, actor=None)
    person.account = account
    person.save()

    erase(account, withdraw_public=False)

    published.refresh_from_db()
    waiting.refresh_from_db()
    assert (published.state, published.public_name) == (State.PUBLISHED, "former participant")
    assert waiting.state == State.WITHDRAWN


def test_the_database_refuses_a_comment_of_nobody_and_an_assisted_submission_without_consent(
    round, clerk, person
):
    proposal = factories.make_proposal(round)

    for make, rule in (
        (lambda: factories.make_assisted_submission(person, clerk, consent=""), "is_agreed_to"),
        (lambda: factories.make_assisted_submission(person, clerk, consent_version=0), "is_agreed_to"),
        (
            lambda: factories.make_assisted_submission(person, clerk, notified_by=clerk),
            "notified_by_somebody",
        ),
        (
            lambda: Comment.objects.create(
                proposal=proposal,
                residency="resident",
                language="en",
                text="x",
                posted_at=timezone.now(),
            ),
            "proposals_comment_is_somebodys",
        ),
    ):
        with pytest.raises(IntegrityError, match=rule), transaction.atomic():
            make()


def test_the_sites_invariants_hold_with_texts_of_people_without_an_account(round, clerk, person):
    proposal = _propose(round, person, clerk)
    case = open_case(proposal)
    moderator = factories.make_official(round.authority, Role.MODERATOR)
    decide(
        claim(case, actor=moderator),
        actor=moderator,
        outcome="refuse",
        reason="unclear",
        explanation="Say at which stop it should be.",
    )
    (told,) = (invariant for invariant in INVARIANTS if invariant.code == "I8")

    assert list(told.breaches(None)) == []
