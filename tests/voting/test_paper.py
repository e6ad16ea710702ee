"""Voting on paper: marked first, keyed twice, settled, counted."""

import hashlib
import json

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from audit.actions import Action
from audit.models import Event
from identity.exceptions import NotForOneself, ReasonNeeded
from identity.models import Account
from identity.roles import Role
from proposals.lifecycle import State
from rounds.exceptions import NotPermitted
from rounds.models import Entitlement, Participation, Phase, Round
from tests.factories import (
    make_account,
    make_area,
    make_authority,
    make_category,
    make_official,
    make_person,
    make_proposal,
    make_resident,
    make_round,
)
from tests.voting.votes import (
    cast_by,
    codes,
    end_voting,
    fresh,
    make_vote,
    poll_of,
    triggers_asleep,
    voter_of,
)
from voting import selectors, services
from voting.exceptions import (
    AnotherClerk,
    BallotRefused,
    BatchFinished,
    BoxDoesNotReconcile,
    DeskKnown,
    DeskNotFinished,
    DeskSettled,
    KeyedAlready,
    KeyingNotComplete,
    MarkedAlready,
    MarkIsUsed,
    MoreBallotsThanMarks,
    NotInBatch,
    NotMarked,
    NotThatReason,
    SameClerk,
    StillOpen,
    VotedOnline,
    VotedOnPaper,
    VotingClosed,
)
from voting.models import BallotBox, FinalBallot, KeyedBallot, PaperBatch, PaperDesk, Tally, WithdrawnMark
from voting.services import PaperPlan

pytestmark = pytest.mark.django_db


class Desk:
    """A round with a desk, two clerks, and people who have voted on paper there."""

    def __init__(self, n_marked: int = 2, **fields) -> None:
        self.round = make_vote(**fields)
        self.clerk, self.other, self.third = (
            make_official(self.round.authority, Role.CLERK) for _ in range(3)
        )
        self.desk = services.open_desk(self.round, "Town hall", actor=self.clerk)
        self.persons = [make_person(self.round.authority, None) for _ in range(n_marked)]
        for person in self.persons:
            services.mark_paper(self.desk, person, actor=self.clerk)

    def declare(self, declared: int = 2, **fields) -> PaperBatch:
        return services.declare_batch(self.desk, declared=declared, actor=self.clerk, **fields)

    def key(self, batch: PaperBatch, actor: Account, *papers: list[str]) -> PaperBatch:
        """Key papers that choose these codes, in their order, and finish the keying."""
        for sequence, chosen in enumerate(papers, start=1):
            services.key_ballot(batch, sequence, {1: chosen}, actor=actor)
        return services.finish_keying(batch, actor=actor)

    def agreed(self, *papers: list[str], **fields) -> PaperBatch:
        batch = self.declare(len(papers), **fields)
        self.key(batch, self.clerk, *papers)
        return self.key(batch, self.other, *papers)


def _refused(sql: str, *values: object, match: str) -> None:
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match=match), transaction.atomic():
        cursor.execute(sql, values)


# Marks.


def test_somebody_marked_is_in_the_box_without_content_and_cannot_vote_online():
    round = make_vote()
    clerk = make_official(round.authority, Role.CLERK)
    desk = services.open_desk(round, "Town hall", actor=clerk)
    account = make_resident(round.authority)
    person = account.persons.get()

    services.mark_paper(desk, person, actor=clerk)

    (mark,) = BallotBox.objects.all()
    assert (mark.sealed, mark.channel, mark.desk_id) == (None, "paper", desk.pk)
    assert (mark.participation, mark.area_id, mark.age_group) == ("resident", person.area_id, "35-49")
    with pytest.raises(VotedOnPaper):
        cast_by(voter_of(round, account), codes(round)[0])
    with pytest.raises(MarkedAlready):
        services.mark_paper(desk, person, actor=clerk)


def test_whoever_has_voted_online_gets_no_paper():
    round = make_vote()
    clerk = make_official(round.authority, Role.CLERK)
    desk = services.open_desk(round, "Town hall", actor=clerk)
    account = make_resident(round.authority)
    cast_by(voter_of(round, account), codes(round)[0])

    with pytest.raises(VotedOnline):
        services.mark_paper(desk, account.persons.get(), actor=clerk)

    assert BallotBox.objects.get().sealed is not None


def test_the_record_of_a_mark_names_the_clerk_and_not_the_person():
    desk = Desk(n_marked=1)

    event = Event.objects.get(action=Action.PAPER_MARKED)

    assert (event.actor, event.subject_id, event.details) == (desk.clerk, str(desk.desk.pk), {})
    assert str(desk.persons[0].pk) not in json.dumps(list(Event.objects.values()), default=str)


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.CLERK, Role.REVIEWER)])
def test_only_a_clerk_marks_and_keys(role):
    desk = Desk()
    batch = desk.declare()
    stranger = make_official(desk.round.authority, role)
    person = make_person(desk.round.authority, None)

    for act in (
        lambda: services.open_desk(desk.round, "Library", actor=stranger),
        lambda: services.mark_paper(desk.desk, person, actor=stranger),
        lambda: services.withdraw_mark(desk.desk, desk.persons[0], reason="x", actor=stranger),
        lambda: services.declare_batch(desk.desk, declared=1, actor=stranger),
        lambda: services.key_ballot(batch, 1, {}, actor=stranger),
        lambda: services.finish_keying(batch, actor=stranger),
        lambda: services.withdraw_batch(batch, reason="x", actor=stranger),
        lambda: services.settle_desk(desk.desk, actor=stranger),
    ):
        with pytest.raises(NotPermitted):
            act()


def test_a_clerk_does_not_mark_themselves_nor_anybody_after_the_close():
    desk = Desk(n_marked=0)
    own = make_person(desk.round.authority, desk.clerk)
    somebody = make_person(desk.round.authority, None)

    with pytest.raises(NotForOneself):
        services.mark_paper(desk.desk, own, actor=desk.clerk)
    end_voting(desk.round)
    with pytest.raises(VotingClosed):
        services.mark_paper(desk.desk, somebody, actor=desk.clerk)

    assert BallotBox.objects.count() == 0


def test_a_mark_is_taken_back_with_a_reason_and_then_the_person_may_vote_online():
    round = make_vote()
    clerk = make_official(round.authority, Role.CLERK)
    desk = services.open_desk(round, "Town hall", actor=clerk)
    account = make_resident(round.authority)
    person = account.persons.get()
    services.mark_paper(desk, person, actor=clerk)

    with pytest.raises(ReasonNeeded):
        services.withdraw_mark(desk, person, reason=" ", actor=clerk)
    assert BallotBox.objects.count() == 1
    services.withdraw_mark(desk, person, reason="Left without a paper.", actor=clerk)

    withdrawn = WithdrawnMark.objects.get()
    assert (withdrawn.reason, withdrawn.withdrawn_by) == ("Left without a paper.", clerk)
    assert cast_by(voter_of(round, account), codes(round)[0]).kind == "cast"
    with pytest.raises(NotMarked):
        services.withdraw_mark(desk, person, reason="Again.", actor=clerk)


def test_a_mark_whose_paper_may_be_keyed_stays():
    desk = Desk(n_marked=2)
    first, *_ = codes(desk.round)
    batch = desk.declare(2)
    services.key_ballot(batch, 1, {1: [first]}, actor=desk.clerk)
    services.withdraw_mark(desk.desk, desk.persons[0], reason="Gave it back.", actor=desk.clerk)

    with pytest.raises(MarkIsUsed):
        services.withdraw_mark(desk.desk, desk.persons[1], reason="Gave it back.", actor=desk.clerk)

    assert BallotBox.objects.count() == 1
    assert WithdrawnMark.objects.count() == 1


def test_a_mark_does_not_leave_the_box_around_the_service():
    Desk(n_marked=1)

    _refused("DELETE FROM voting_ballotbox", match="withdrawn with a reason")
    _refused("UPDATE voting_ballotbox SET desk_id = NULL, revision = 2", match="replaced as a whole")


def test_each_mark_that_is_taken_back_has_a_reason_of_its_own():
    desk = Desk(n_marked=2)
    tags = [bytes(mark.voter_tag) for mark in BallotBox.objects.all()]
    remove = "DELETE FROM voting_ballotbox WHERE voter_tag = %s"

    def withdraw(*, with_reason: list[bytes], remove_tags: list[bytes]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for tag in with_reason:
                WithdrawnMark.objects.create(
                    desk=desk.desk,
                    mark=hashlib.sha256(tag).digest(),
                    reason="Gave it back.",
                    withdrawn_by=desk.clerk,
                )
            for tag in remove_tags:
                cursor.execute(remove, [tag])

    # One reason is not enough for two marks, nor does it do for another's.
    with pytest.raises(DatabaseError, match="withdrawn with a reason"):
        withdraw(with_reason=tags[:1], remove_tags=tags)
    with pytest.raises(DatabaseError, match="withdrawn with a reason"):
        withdraw(with_reason=tags[:1], remove_tags=tags[1:])
    assert (BallotBox.objects.count(), WithdrawnMark.objects.count()) == (2, 0)
    with pytest.raises(IntegrityError, match="mark_is_32_bytes"), transaction.atomic():
        WithdrawnMark.objects.create(desk=desk.desk, mark=b"x", reason="x", withdrawn_by=desk.clerk)


def test_with_a_reason_each_both_marks_go():
    desk = Desk(n_marked=2)

    for person in desk.persons:
        services.withdraw_mark(desk.desk, person, reason="Gave it back.", actor=desk.clerk)

    assert (BallotBox.objects.count(), WithdrawnMark.objects.count()) == (0, 2)


class DeskOfAreas(Desk):
    """A round with a paper of one area, and a desk that has marked somebody of it and somebody else."""

    def __init__(self) -> None:
        authority = make_authority()
        self.area, elsewhere = make_area(authority.area), make_area(authority.area)
        category = make_category(authority)
        round = make_round(authority, open=Phase.Kind.VOTING, budget_minor=1000)
        for area in (None, self.area):
            make_proposal(round, state=State.FEASIBLE, category=category, area=area, reviewed_cost_minor=300)
        services.draw_up_ballot_paper(
            round, actor=None, plans=[PaperPlan(fields={"max_choices": 2}), PaperPlan(area=self.area)]
        )
        services.freeze_rules(round, actor=None)
        self.round = fresh(round)
        self.clerk, self.other = (make_official(authority, Role.CLERK) for _ in range(2))
        self.desk = services.open_desk(self.round, "Town hall", actor=self.clerk)
        self.near, self.far = (make_person(authority, None, area=area) for area in (self.area, elsewhere))
        for person in (self.near, self.far):
            services.mark_paper(self.desk, person, actor=self.clerk)


def test_papers_of_an_area_are_held_against_marks_of_people_of_the_area():
    desk = DeskOfAreas()
    first, *_ = codes(desk.round)
    batch = desk.declare(2, area=desk.area)

    services.key_ballot(batch, 1, {1: [first]}, actor=desk.clerk)
    with pytest.raises(MoreBallotsThanMarks):
        services.key_ballot(batch, 2, {1: [first]}, actor=desk.clerk)

    # The other mark is for the other person's paper, which is of everybody's alone.
    others = desk.declare(1)
    services.key_ballot(others, 1, {1: [first]}, actor=desk.clerk)
    assert KeyedBallot.objects.count() == 2


def test_a_mark_whose_areas_papers_are_keyed_stays_though_another_mark_is_free():
    desk = DeskOfAreas()
    first, *_ = codes(desk.round)
    services.key_ballot(desk.declare(1, area=desk.area), 1, {1: [first]}, actor=desk.clerk)

    with pytest.raises(MarkIsUsed):
        services.withdraw_mark(desk.desk, desk.near, reason="Gave it back.", actor=desk.clerk)

    services.withdraw_mark(desk.desk, desk.far, reason="Gave it back.", actor=desk.clerk)
    assert BallotBox.objects.count() == 1


def test_only_a_paper_mark_has_a_desk_and_it_is_one_of_its_round():
    desk, elsewhere = Desk(n_marked=0), Desk(n_marked=0)
    sql = (
        "INSERT INTO voting_ballotbox"
        " (round_id, voter_tag, sealed, channel, participation, age_group, revision, desk_id)"
        " VALUES (%s, sha256('x'), {sealed}, '{channel}', 'resident', '', 1, %s)"
    )

    _refused(
        sql.format(sealed="'x'", channel="web"), desk.round.pk, desk.desk.pk, match="desks_mark_paper_only"
    )
    _refused(
        sql.format(sealed="NULL", channel="paper"),
        desk.round.pk,
        elsewhere.desk.pk,
        match="belongs to another round",
    )


def test_turnout_counts_paper_marks_under_their_own_way_of_voting():
    desk = Desk(n_marked=10)
    for _ in range(10):
        cast_by(voter_of(desk.round), codes(desk.round)[0])

    turnout = selectors.turnout(desk.round)

    assert turnout.total == 20
    assert {cell.label: cell.count for cell in turnout.by_channel} == {"paper": 10, "web": 10}


# Keying.


def test_a_batch_agrees_when_two_clerks_key_the_same():
    desk = Desk(n_marked=2)
    first, second, _ = codes(desk.round)

    batch = desk.agreed([first, second], [second])

    assert (batch.state, batch.declared, batch.keyed_once, batch.keyed_twice) == ("agreed", 2, 2, 2)
    assert (batch.entered_by, batch.second_by) == (desk.clerk, desk.other)


def test_t23_the_second_clerk_is_never_the_first():
    desk = Desk(n_marked=2)
    first, *_ = codes(desk.round)
    batch = desk.declare(1)
    desk.key(batch, desk.clerk, [first])

    with pytest.raises(SameClerk):
        services.key_ballot(batch, 1, {1: [first]}, actor=desk.clerk)
    with pytest.raises(SameClerk):
        services.finish_keying(batch, actor=desk.clerk)
    with pytest.raises(IntegrityError, match="voting_paperbatch_by_two_clerks"), transaction.atomic():
        PaperBatch.objects.filter(pk=batch.pk).update(second_by=desk.clerk)

    assert desk.key(batch, desk.other, [first]).state == "agreed"


def test_t23_no_more_papers_are_keyed_than_people_were_marked():
    desk = Desk(n_marked=2)
    first, *_ = codes(desk.round)
    batch, another = desk.declare(2), desk.declare(1)
    services.key_ballot(batch, 1, {1: [first]}, actor=desk.clerk)
    services.key_ballot(another, 1, {1: [first]}, actor=desk.clerk)

    with pytest.raises(MoreBallotsThanMarks):
        services.key_ballot(batch, 2, {1: [first]}, actor=desk.clerk)
    _refused(
        "INSERT INTO voting_keyedballot"
        " (batch_id, sequence, keying, sealed, fingerprint, invalid, note, keyed_by_id, revision)"
        " VALUES (%s, 2, 1, 'x', sha256('x'), '', '', %s, 1)",
        batch.pk,
        desk.clerk.pk,
        match="more paper ballots than marks",
    )
    # Several rows in one statement, the first of which would still fit if the other batch were empty.
    services.withdraw_batch(another, reason="Belongs to another desk.", actor=desk.clerk)
    services.key_ballot(batch, 2, {1: [first]}, actor=desk.clerk)
    assert KeyedBallot.objects.filter(batch=batch).count() == 2


def test_papers_of_people_from_outside_are_held_against_marks_of_people_from_outside():
    desk = Desk(n_marked=1)
    first, *_ = codes(desk.round)
    outside = desk.declare(1, participation=Participation.OUTSIDE)

    with pytest.raises(MoreBallotsThanMarks):
        services.key_ballot(outside, 1, {1: [first]}, actor=desk.clerk)

    assert desk.agreed([first]).state == "agreed"


def test_papers_keyed_differently_wait_until_both_clerks_read_the_same():
    desk = Desk(n_marked=3)
    first, second, third = codes(desk.round)
    batch = desk.declare(3)
    desk.key(batch, desk.clerk, [first], [second], [third])

    batch = desk.key(batch, desk.other, [first], [third], [second])

    assert (batch.state, selectors.differing(batch)) == ("differs", [2, 3])
    with pytest.raises(KeyedAlready):
        services.key_ballot(batch, 1, {1: [second]}, actor=desk.other)
    with pytest.raises(AnotherClerk):
        services.key_ballot(batch, 2, {1: [second]}, actor=desk.third)
    services.key_ballot(batch, 2, {1: [second]}, actor=desk.other)
    batch.refresh_from_db()
    assert (batch.state, selectors.differing(batch)) == ("differs", [3])
    services.key_ballot(batch, 3, {1: [second]}, actor=desk.clerk)
    batch.refresh_from_db()
    assert (batch.state, batch.keyed_twice, selectors.differing(batch)) == ("agreed", 3, [])
    assert KeyedBallot.objects.get(batch=batch, sequence=3, keying=1).revision == 2
    with pytest.raises(BatchFinished):
        services.key_ballot(batch, 3, {1: [third]}, actor=desk.clerk)


def test_the_order_in_which_a_paper_is_typed_makes_no_difference():
    desk = Desk(n_marked=1)
    first, second, _ = codes(desk.round)
    batch = desk.declare(1)
    desk.key(batch, desk.clerk, [first, second])

    assert desk.key(batch, desk.other, [second, first]).state == "agreed"


def test_a_keying_is_finished_with_as_many_papers_as_were_declared():
    desk = Desk(n_marked=3)
    first, *_ = codes(desk.round)
    batch = desk.declare(3)
    services.key_ballot(batch, 1, {1: [first]}, actor=desk.clerk)

    with pytest.raises(KeyingNotComplete):
        services.finish_keying(batch, actor=desk.clerk)
    with pytest.raises(NotInBatch):
        services.key_ballot(batch, 4, {1: [first]}, actor=desk.clerk)
    with pytest.raises(AnotherClerk):
        services.key_ballot(batch, 2, {1: [first]}, actor=desk.other)
    with pytest.raises(ReasonNeeded):
        services.recount_batch(batch, declared=1, reason="", actor=desk.clerk)
    services.recount_batch(batch, declared=1, reason="Two sheets were spare ones.", actor=desk.clerk)

    assert services.finish_keying(batch, actor=desk.clerk).keyed_once == 1
    event = Event.objects.get(action=Action.PAPER_BATCH_RECOUNTED)
    assert (event.details["before"], event.details["after"]) == (3, 1)


def test_what_was_keyed_cannot_be_read_in_the_database_nor_in_the_record():
    desk = Desk(n_marked=1)
    first, second, _ = codes(desk.round)
    batch = desk.agreed([first])

    rows = list(KeyedBallot.objects.filter(batch=batch))
    told = b"".join(bytes(row.sealed) + bytes(row.fingerprint) for row in rows).decode("latin-1")
    told += json.dumps(list(Event.objects.filter(action__contains="paper").values("details")))
    assert first not in told
    assert second not in told
    # Equal contents are equal to the comparison alone: not between two papers of a batch.
    assert rows[0].fingerprint == rows[1].fingerprint
    assert bytes(rows[0].sealed) != bytes(rows[1].sealed)


def test_a_paper_that_breaks_the_rules_is_keyed_as_it_is_with_the_reason_that_holds():
    desk = Desk(n_marked=3, costs=(600, 600, 300), paper={"max_choices": 2, "ballot_budget_minor": 1000})
    first, second, third = codes(desk.round)
    batch = desk.declare(3)
    key = services.key_ballot

    with pytest.raises(BallotRefused):
        key(batch, 1, {1: [first, second]}, actor=desk.clerk)
    with pytest.raises(NotThatReason):
        key(batch, 1, {1: [first]}, invalid="over_budget", actor=desk.clerk)
    assert (
        key(batch, 1, {1: [first, second]}, invalid="over_budget", actor=desk.clerk).invalid == "over_budget"
    )
    # Too many and over budget at once: whatever the clerk chooses, the same reason is stored.
    both = {1: [first, second, third]}
    assert key(batch, 2, both, invalid="too_many", actor=desk.clerk).invalid == "over_budget"
    assert key(batch, 2, both, invalid="over_budget", actor=desk.clerk).invalid == "over_budget"
    with pytest.raises(NotThatReason):
        key(batch, 3, {1: [first]}, invalid="blank", actor=desk.clerk)
    assert key(batch, 3, {}, invalid="blank", actor=desk.clerk).invalid == "blank"


def test_a_paper_that_cannot_be_a_ballot_for_another_reason_says_which():
    desk = Desk(n_marked=2)
    batch = desk.declare(2)

    with pytest.raises(ReasonNeeded):
        services.key_ballot(batch, 1, {}, invalid="other", note=" ", actor=desk.clerk)
    told = services.key_ballot(
        batch, 1, {}, invalid="other", note="Half of it is torn off.", actor=desk.clerk
    )
    unread = services.key_ballot(batch, 2, {}, invalid="unreadable", note="ignored", actor=desk.clerk)

    assert (told.invalid, told.note) == ("other", "Half of it is torn off.")
    assert (unread.invalid, unread.note) == ("unreadable", "")


def test_an_empty_paper_is_a_ballot_where_the_round_allows_it():
    desk = Desk(n_marked=1, paper={"max_choices": 2, "allows_blank": True})
    batch = desk.declare(1)

    assert services.key_ballot(batch, 1, {}, actor=desk.clerk).invalid == ""


# Around the services.


def test_a_batch_is_not_called_agreed_while_its_keyings_differ():
    desk = Desk(n_marked=1)
    first, second, _ = codes(desk.round)
    batch = desk.declare(1)
    desk.key(batch, desk.clerk, [first])
    sql = "UPDATE voting_paperbatch SET state = 'agreed', keyed_twice = 1, second_by_id = %s"
    _refused(sql, desk.other.pk, match="not keyed through")
    desk.key(batch, desk.other, [second])

    _refused(sql, desk.other.pk, match="keyings of batch 1 differ")


@pytest.mark.parametrize(
    ("sql", "match"),
    [
        ("UPDATE voting_paperbatch SET declared = 0", "is_not_empty|more ballots are keyed"),
        ("UPDATE voting_paperbatch SET participation = 'affiliate'", "stays as it is"),
        ("UPDATE voting_paperbatch SET keyed_once = 2", "not keyed through"),
        ("UPDATE voting_paperbatch SET state = 'withdrawn'", "withdrawn_has_a_reason"),
        ("UPDATE voting_paperbatch SET state = 'agreed'", "not keyed through|agreed_is_keyed_twice"),
        ("UPDATE voting_paperbatch SET entered_by_id = NULL", "stays as it is"),
        ("DELETE FROM voting_paperbatch", "withdrawn, not removed"),
        ("DELETE FROM voting_keyedballot", "keyed again, not removed"),
        ("UPDATE voting_keyedballot SET sequence = 2", "replaced as a whole"),
        ("UPDATE voting_keyedballot SET invalid = 'blank'", "replaced as a whole"),
        ("UPDATE voting_keyedballot SET revision = 2, invalid = 'dull'", "reason_is_known"),
        ("UPDATE voting_keyedballot SET revision = 2, invalid = 'other'", "other_reason_is_told"),
        ("UPDATE voting_keyedballot SET revision = 2, fingerprint = 'x'", "fingerprint_is_32_bytes"),
        ("UPDATE voting_keyedballot SET revision = 2, keying = 3", "one clerk"),
        ("UPDATE voting_paperdesk SET name = 'Elsewhere'", "stays as it is"),
        ("UPDATE voting_paperdesk SET settled_at = now()", "not finished"),
        ("DELETE FROM voting_paperdesk", "stays as it is"),
    ],
)
def test_paper_is_kept_whole_by_the_database(sql, match):
    desk = Desk(n_marked=2)
    batch = desk.declare(2)
    services.key_ballot(batch, 1, {1: codes(desk.round)[:1]}, actor=desk.clerk)

    _refused(sql, match=match)


def test_a_reason_for_a_withdrawn_mark_is_told_and_stays():
    desk = Desk(n_marked=1)
    services.withdraw_mark(desk.desk, desk.persons[0], reason="Gave it back.", actor=desk.clerk)

    _refused("UPDATE voting_withdrawnmark SET reason = 'x'", match="append-only")
    _refused("DELETE FROM voting_withdrawnmark", match="append-only")
    with pytest.raises(IntegrityError, match="has_a_reason"), transaction.atomic():
        WithdrawnMark.objects.create(desk=desk.desk, reason="", withdrawn_by=desk.clerk)


def test_desks_of_a_round_have_names_of_their_own():
    desk = Desk()

    with pytest.raises(DeskKnown):
        services.open_desk(desk.round, " Town hall ", actor=desk.clerk)

    with pytest.raises(IntegrityError, match="has_a_name"), transaction.atomic():
        PaperDesk.objects.create(round=desk.round, name="")
    assert services.open_desk(make_vote(authority=desk.round.authority), "Town hall", actor=desk.clerk)


# Settling and counting.


def _count(round: Round) -> str:
    services.count(fresh(round))
    return poll_of(round).state


def test_the_count_waits_until_every_desk_is_settled():
    desk = Desk(n_marked=1)
    first, *_ = codes(desk.round)
    services.open_desk(desk.round, "A desk where nobody came", actor=desk.clerk)
    batch = desk.declare(1)
    desk.key(batch, desk.clerk, [first])
    with pytest.raises(StillOpen):
        services.settle_desk(desk.desk, actor=desk.clerk)
    end_voting(desk.round)

    assert _count(desk.round) == "closed"
    _refused("UPDATE voting_poll SET state = 'reconciled'", match="is not settled")
    with pytest.raises(DeskNotFinished):
        services.settle_desk(desk.desk, actor=desk.clerk)
    desk.key(batch, desk.other, [first])
    assert _count(desk.round) == "closed"
    services.settle_desk(desk.desk, actor=desk.clerk)
    assert _count(desk.round) == "counted"

    with pytest.raises(DeskSettled):
        desk.declare(1)
    _refused("UPDATE voting_paperdesk SET settled_at = NULL, settled_by_id = NULL", match="stays as it is")


def test_the_whole_path_from_a_mark_to_the_result():
    desk = Desk(n_marked=4, costs=(600, 500, 300))
    first, second, third = codes(desk.round)
    cast_by(voter_of(desk.round), second)
    batch = desk.declare(4)
    papers = ([first], [first, third], [first])
    for actor in (desk.clerk, desk.other):
        for sequence, chosen in enumerate(papers, start=1):
            services.key_ballot(batch, sequence, {1: chosen}, actor=actor)
        services.key_ballot(batch, 4, {}, invalid="unreadable", actor=actor)
        services.finish_keying(batch, actor=actor)
    end_voting(desk.round)
    services.settle_desk(desk.desk, actor=desk.other)

    assert _count(desk.round) == "counted"

    tally = Tally.objects.get(paper__round=desk.round, is_decisive=True)
    # Three valid papers and one ballot online; the unreadable one is no ballot.
    assert (tally.n_ballots, tally.outcome["votes"]) == (4, {first: 3, second: 1, third: 1})
    assert tally.outcome["funded"] == [first, third]
    ballots = FinalBallot.objects.filter(round=desk.round)
    assert sorted((ballot.is_paper, ballot.choices["1"]) for ballot in ballots) == [
        (False, [second]),
        (True, [first]),
        (True, [first]),
        (True, [first, third]),
    ]
    assert len({bytes(ballot.ballot_ref) for ballot in ballots}) == 4
    event = Event.objects.get(action=Action.BOX_RECONCILED)
    assert (event.details["paper_marks"], event.details["paper_ballots"]) == (4, 3)
    (figures,) = selectors.paper_figures(desk.round)
    assert (figures.marks, figures.declared, figures.agreed, figures.valid) == (4, 4, 4, 3)
    assert figures.invalid == {"unreadable": 1}


def test_papers_from_outside_are_counted_apart():
    round = make_vote(freeze=False)
    Entitlement.objects.create(round=round, act="vote", participation=Participation.OUTSIDE)
    services.freeze_rules(round, actor=None)
    clerk, other = (make_official(round.authority, Role.CLERK) for _ in range(2))
    desk = services.open_desk(round, "Town hall", actor=clerk)
    person = make_person(round.authority, None, participation=Participation.OUTSIDE, area=None)
    services.mark_paper(desk, person, actor=clerk)
    first, *_ = codes(round)
    batch = services.declare_batch(desk, declared=1, participation=Participation.OUTSIDE, actor=clerk)
    for actor in (clerk, other):
        services.key_ballot(batch, 1, {1: [first]}, actor=actor)
        services.finish_keying(batch, actor=actor)
    end_voting(round)
    services.settle_desk(desk, actor=clerk)

    assert _count(round) == "counted"

    votes = {tally.scope: tally.outcome["votes"][first] for tally in Tally.objects.filter(paper__round=round)}
    assert votes == {"inside": 0, "outside": 1, "everybody": 1}


def test_a_paper_that_was_exchanged_in_the_database_stops_the_count():
    desk = Desk(n_marked=2)
    first, second, _ = codes(desk.round)
    desk.agreed([first], [second])
    end_voting(desk.round)
    services.settle_desk(desk.desk, actor=desk.clerk)
    with triggers_asleep(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE voting_keyedballot SET sealed ="
            " (SELECT sealed FROM voting_keyedballot WHERE sequence = 2 AND keying = 1) WHERE sequence = 1"
        )

    with pytest.raises(BoxDoesNotReconcile, match="not the one that was keyed"):
        services.count(fresh(desk.round))

    assert poll_of(desk.round).state == "closed"


def test_marks_that_vanished_around_the_triggers_stop_the_count():
    desk = Desk(n_marked=2)
    first, second, _ = codes(desk.round)
    desk.agreed([first], [second])
    end_voting(desk.round)
    services.settle_desk(desk.desk, actor=desk.clerk)
    with triggers_asleep(), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM voting_ballotbox WHERE voter_tag = (SELECT max(voter_tag) FROM voting_ballotbox)"
        )

    with pytest.raises(BoxDoesNotReconcile, match="more paper ballots than marks"):
        services.count(fresh(desk.round))


def test_figures_of_desks_take_a_constant_number_of_queries(django_assert_num_queries):
    desk = Desk(n_marked=2)
    first, *_ = codes(desk.round)
    desk.agreed([first])
    make_account()

    with django_assert_num_queries(4):
        selectors.paper_figures(desk.round)

    services.open_desk(desk.round, "Library", actor=desk.clerk)
    desk.agreed([first])
    with django_assert_num_queries(4):
        assert len(selectors.paper_figures(desk.round)) == 2
