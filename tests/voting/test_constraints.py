"""The database refuses invalid states, even if code bypasses its services."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from identity.roles import Role
from rounds.models import Entitlement, Phase, Round
from tests.factories import make_official, make_proposal
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
from voting.ballots import services as ballots_services
from voting.ballots.models import BallotBox, CastEvent, FinalBallot
from voting.counting import services as counting_services
from voting.counting.models import Tally
from voting.counting.services import closing
from voting.polls.models import Approval, BallotStyle, Poll, Project, RuleSet

pytestmark = pytest.mark.django_db


def _refused(sql: str, *values: object, match: str) -> None:
    # Pending foreign key checks would refuse a TRUNCATE before its trigger does.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match=match), transaction.atomic():
            cursor.execute(sql, values)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _box(round: Round, tag: bytes = b"t" * 32, **fields: object) -> BallotBox:
    return BallotBox(
        **{
            "round": round,
            "voter_tag": tag,
            "sealed": b"s",
            "channel": "web",
            "residency": "resident",
            **fields,
        }
    )


def _event(round: Round, **fields: object) -> CastEvent:
    return CastEvent(
        **{
            "round": round,
            "log_ref": b"l" * 32,
            "commitment": b"c" * 32,
            "kind": "cast",
            "recorded_on": timezone.now().date(),
            **fields,
        }
    )


# One person, one ballot.


def test_a_tag_has_one_ballot_in_a_round_and_may_have_one_in_another():
    round, other = make_vote(), make_vote()
    BallotBox.objects.bulk_create([_box(round), _box(other)])

    with pytest.raises(IntegrityError, match="ballots_ballotbox_pkey"), transaction.atomic():
        BallotBox.objects.bulk_create([_box(round)])

    assert BallotBox.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"tag": b"short"}, "ballots_ballotbox_tag_is_32_bytes"),
        ({"sealed": None}, "ballots_ballotbox_only_check_ins_are_empty"),
        ({"revision": 0}, "ballots_ballotbox_revision_is_positive"),
    ],
)
def test_a_row_of_the_box_is_whole(fields, constraint):
    round = make_vote()

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        BallotBox.objects.bulk_create([_box(round, **fields)])

    BallotBox.objects.bulk_create([_box(round, sealed=None, channel="paper")])


# The box is open only while voting is open.


def test_outside_the_phase_the_box_and_the_log_take_nothing():
    round = end_voting(make_vote())

    with pytest.raises(DatabaseError, match="is not open"), transaction.atomic():
        BallotBox.objects.bulk_create([_box(round)])
    with pytest.raises(DatabaseError, match="is not open"), transaction.atomic():
        _event(round).save()


def test_after_the_close_a_ballot_is_not_replaced():
    round = make_vote()
    cast_by(voter_of(round), codes(round)[0])
    end_voting(round)

    _refused("UPDATE ballots_ballotbox SET sealed = 'x', revision = revision + 1", match="is not open")


def test_a_ballot_is_replaced_as_a_whole_and_does_not_leave_the_box():
    round = make_vote()
    cast_by(voter_of(round), codes(round)[0])

    _refused("UPDATE ballots_ballotbox SET sealed = 'x'", match="replaced as a whole")
    _refused(
        "UPDATE ballots_ballotbox SET voter_tag = sha256('x'), revision = 2", match="replaced as a whole"
    )
    _refused("DELETE FROM ballots_ballotbox", match="only after the key is destroyed")
    _refused("TRUNCATE ballots_ballotbox", match="append-only")


def test_a_check_in_is_not_turned_into_a_ballot():
    round = make_vote()
    BallotBox.objects.bulk_create([_box(round, sealed=None, channel="paper")])

    _refused("UPDATE ballots_ballotbox SET sealed = 'x', revision = 2", match="replaced as a whole")


# The log.


def test_an_entry_of_the_log_gets_its_place_once_and_otherwise_stays():
    round = make_vote()
    cast_by(voter_of(round), codes(round)[0])

    _refused(
        "UPDATE ballots_castevent SET commitment = sha256('x'), leaf_index = 0", match="only gets its place"
    )
    assert CastEvent.objects.update(leaf_index=0) == 1
    _refused("UPDATE ballots_castevent SET leaf_index = 1", match="only gets its place")
    _refused("UPDATE ballots_castevent SET leaf_index = NULL", match="only gets its place")
    _refused("DELETE FROM ballots_castevent", match="only gets its place")
    _refused("TRUNCATE ballots_castevent", match="append-only")


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"log_ref": b"short"}, "log_ref_is_32_bytes"),
        ({"commitment": b"short"}, "commitment_is_32_bytes"),
        ({"kind": "theft"}, "kind_is_known"),
        ({"log_ref": b"m" * 32}, "one_per_receipt"),
    ],
)
def test_an_entry_of_the_log_is_whole_and_its_receipt_new(fields, constraint):
    round = make_vote()
    _event(round, log_ref=b"m" * 32).save()

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        _event(round, **fields).save()

    _event(make_vote(), log_ref=b"m" * 32).save()


def test_a_place_in_the_log_is_taken_once_and_not_negative():
    round = make_vote()
    for ref in (b"1" * 32, b"2" * 32):
        _event(round, log_ref=ref).save()

    _refused("UPDATE ballots_castevent SET leaf_index = 0", match="one_per_leaf")
    _refused("UPDATE ballots_castevent SET leaf_index = -1", match="leaf_is_not_negative|one_per_leaf")
    with pytest.raises(DatabaseError, match="given later"), transaction.atomic():
        _event(round, leaf_index=5).save()


# T10: frozen data does not change.


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE polls_project SET cost_minor = 1 WHERE ballot_style_id = {paper}",
        'UPDATE polls_project SET title = \'{{"en": "x"}}\' WHERE ballot_style_id = {paper}',
        "DELETE FROM polls_project WHERE ballot_style_id = {paper}",
        "UPDATE polls_ballotstyle SET max_choices = 9 WHERE id = {paper}",
        "UPDATE polls_ballotstyle SET budget_minor = 9 WHERE id = {paper}",
        "DELETE FROM polls_ballotstyle WHERE id = {paper}",
        "UPDATE polls_ruleset SET rule = 'equal-shares' WHERE round_id = {round}",
        "UPDATE polls_ruleset SET seed = 'mine' WHERE round_id = {round}",
        "DELETE FROM polls_ruleset WHERE round_id = {round}",
        "UPDATE rounds_phase SET closes_at = now() WHERE round_id = {round} AND kind = 'voting'",
        "UPDATE rounds_phase SET kind = 'voting' WHERE round_id = {round} AND kind = 'decision'",
        "DELETE FROM rounds_phase WHERE round_id = {round} AND kind = 'voting'",
        "UPDATE rounds_round SET budget_minor = 1 WHERE id = {round}",
        "UPDATE rounds_round SET currency = 'THB' WHERE id = {round}",
        "UPDATE rounds_round SET time_zone = 'UTC' WHERE id = {round}",
        "UPDATE rounds_entitlement SET from_age = 99 WHERE round_id = {round} AND act = 'vote'",
        "DELETE FROM rounds_entitlement WHERE round_id = {round} AND act = 'vote'",
        "UPDATE polls_poll SET rules = 'x', rules_hash = sha256('x') WHERE round_id = {round}",
        "UPDATE polls_poll SET key_check = sha256('x') WHERE round_id = {round}",
        "UPDATE polls_poll SET receipt_mode = 'inclusion_only' WHERE round_id = {round}",
        "DELETE FROM polls_poll WHERE round_id = {round}",
    ],
)
def test_t10_nothing_that_voters_rely_on_changes_once_frozen(sql):
    round = make_vote()
    ballot_style = BallotStyle.objects.get(round=round)

    _refused(sql.format(paper=ballot_style.pk, round=round.pk), match="frozen|is not deleted")


def test_t10_nothing_is_added_to_what_is_frozen():
    round = make_vote()
    ballot_style = BallotStyle.objects.get(round=round)
    proposal = make_proposal(round, state="feasible")

    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        Project.objects.create(
            ballot_style=ballot_style,
            proposal=proposal,
            number=9,
            code=proposal.code,
            title={"en": "x"},
            cost_minor=1,
            category=proposal.category,
        )
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        BallotStyle.objects.create(round=round, number=2, area=round.authority.area, title={}, budget_minor=1)
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        Entitlement.objects.create(round=round, act="vote", residency="outside")
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        Phase.objects.create(
            round=round, kind="voting", opens_at=timezone.now(), closes_at=timezone.now() + timedelta(days=1)
        )


def test_before_the_freeze_and_beside_what_is_frozen_everything_may_change():
    drafted, frozen = make_vote(freeze=False), make_vote()

    with connection.cursor() as cursor:
        cursor.execute("UPDATE polls_project SET cost_minor = 1 WHERE ballot_style_id IN "
                       "(SELECT id FROM polls_ballotstyle WHERE round_id = %s)", [drafted.pk])  # fmt: skip
        cursor.execute(
            "UPDATE rounds_round SET budget_minor = 7, n_submitted = 1 WHERE id = %s", [drafted.pk]
        )
        cursor.execute("UPDATE rounds_round SET n_submitted = 1 WHERE id = %s", [frozen.pk])
        cursor.execute("UPDATE rounds_entitlement SET from_age = 14 WHERE act = 'propose'")

    assert Project.objects.filter(ballot_style__round=drafted, cost_minor=1).count() == 3
    assert Phase.objects.filter(round=frozen, kind="decision").update(
        closes_at=timezone.now() + timedelta(99)
    )
    assert RuleSet.objects.filter(round=drafted).update(seed="another") == 1


def test_a_live_round_cannot_become_an_imported_one_nor_be_loaded():
    round = end_voting(make_vote())

    _refused("UPDATE rounds_round SET is_imported = true WHERE id = %s", round.pk, match="refused")
    _refused(
        "UPDATE polls_poll SET is_loading = true WHERE round_id = %s", round.pk, match="only an imported"
    )
    with triggers_asleep(), connection.cursor() as cursor:
        cursor.execute("UPDATE polls_poll SET is_loading = true WHERE round_id = %s", [round.pk])
    with pytest.raises(DatabaseError, match="is not open"), transaction.atomic():
        BallotBox.objects.bulk_create([_box(round)])


def test_the_published_hash_is_that_of_the_rules():
    round = make_vote(freeze=False)
    ballots_services.freeze_rules(round, actor=None)
    with triggers_asleep():
        _refused("UPDATE polls_poll SET rules = rules || ' '", match="rules_hash_is_of_the_rules")


# The steps of the close.


def test_the_vote_does_not_skip_a_step_nor_go_back():
    round = make_vote()

    _refused("UPDATE polls_poll SET state = 'counted'", match="does not go from frozen to counted")
    _refused("UPDATE polls_poll SET state = 'closed', closed_at = now()", match="still open")
    counting_services.count(end_voting(round))
    _refused("UPDATE polls_poll SET state = 'reconciled'", match="does not go from counted to reconciled")
    _refused("UPDATE polls_poll SET state = 'frozen', closed_at = NULL", match="does not go")
    assert fresh(round).poll.state == "counted"


def test_a_vote_is_not_certified_without_two_officials():
    round = make_vote()
    counting_services.count(end_voting(round))
    officer = make_official(round.authority, Role.BUDGET_OFFICER)

    _refused("UPDATE polls_poll SET state = 'certified'", match="two officials")
    counting_services.certify(round, actor=officer)
    _refused("UPDATE polls_poll SET state = 'certified'", match="two officials")
    assert poll_of(round).state == "counted"


def test_t38_nobody_approves_what_they_asked_for():
    round = make_vote()
    counting_services.count(end_voting(round))
    officer = make_official(round.authority, Role.BUDGET_OFFICER)
    counting_services.certify(round, actor=officer)

    with pytest.raises(IntegrityError, match="polls_approval_by_two_people"), transaction.atomic():
        Approval.objects.update(approved_by=officer, approved_at=timezone.now())
    with pytest.raises(IntegrityError, match="polls_approval_has_a_time"), transaction.atomic():
        Approval.objects.update(approved_by=make_official(round.authority, Role.AUTHORITY_ADMIN))
    with pytest.raises(IntegrityError, match="polls_approval_one_per_stage"), transaction.atomic():
        Approval.objects.create(
            round=round, stage="certify", requested_by=officer, requested_at=timezone.now()
        )
    _refused("UPDATE polls_approval SET requested_by_id = requested_by_id + 1", match="stays as it is")
    _refused("DELETE FROM polls_approval", match="stays as it is")


def test_results_are_written_once_and_only_after_reconciliation():
    round = make_vote()
    cast_by(voter_of(round), codes(round)[0])
    ballot = FinalBallot(round=round, ballot_ref=b"r" * 16, choices={}, residency="resident")
    with pytest.raises(DatabaseError, match="closed and reconciled"), transaction.atomic():
        FinalBallot.objects.bulk_create([ballot])
    counting_services.count(end_voting(round))

    with pytest.raises(DatabaseError, match="closed and reconciled"), transaction.atomic():
        FinalBallot.objects.bulk_create([ballot])
    for table in ("ballots_finalballot", "counting_tally"):
        _refused(f"DELETE FROM {table}", match="append-only")
        _refused(f"TRUNCATE {table}", match="append-only")
    _refused("UPDATE ballots_finalballot SET choices = '{}'", match="append-only")
    _refused("UPDATE counting_tally SET n_ballots = 9", match="append-only")


def test_a_vote_is_not_called_counted_while_a_paper_has_no_result():
    round = make_vote()
    cast_by(voter_of(round), codes(round)[0])
    round = end_voting(round)
    closing._finish_log(round)
    closing._close(round)
    closing._reconcile(round)

    _refused("UPDATE polls_poll SET state = 'counted'", match="a ballot paper has not been counted")

    assert closing._count(round).state == "counted"


def test_a_paper_is_decided_by_one_tally_a_scope():
    round = make_vote()
    counting_services.count(end_voting(round))
    tally = Tally.objects.get(is_decisive=True)
    for fields, constraint in (
        ({"scope": "inside", "is_decisive": False}, "one_per_style_and_scope"),
        ({"scope": "x"}, "one_decides"),
        ({"scope": "x", "is_decisive": False, "n_blank": 9}, "blank_are_part_of_all"),
        ({"scope": "x", "is_decisive": False, "input_hash": b"x"}, "input_hash_is_32_bytes"),
    ):
        with triggers_asleep(), pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            Tally.objects.create(
                **{
                    "ballot_style": tally.ballot_style,
                    "is_decisive": True,
                    "n_ballots": 0,
                    "n_blank": 0,
                    "outcome": {},
                    "input_hash": b"h" * 32,
                    "counted_at": timezone.now(),
                    **fields,
                }
            )


# Ballot styles.


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"number": 0}, "number_is_positive"),
        ({"number": 1}, "one_per_number"),
        ({"area": None}, "one_per_area"),
        ({"budget_minor": 0}, "budget_is_positive"),
        ({"ballot_budget_minor": 0}, "ballot_budget_is_positive"),
        ({"kind": "knapsack"}, "knapsack_has_a_ballot_budget"),
        ({"min_choices": 3, "max_choices": 2}, "most_is_not_below_fewest"),
        ({"max_choices": 0, "min_choices": 0}, "most_is_not_below_fewest"),
        ({"kind": "cumulative"}, "points_where_points_are_given"),
        ({"points": 5}, "points_where_points_are_given"),
    ],
)
def test_a_ballot_style_that_cannot_be_filled_in_is_refused(fields, constraint):
    round = make_vote(freeze=False)
    sound = {
        "round": round,
        "number": 2,
        "area": round.authority.area,
        "title": {"en": "x"},
        "budget_minor": 9,
    }

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        BallotStyle.objects.create(**{**sound, **fields})

    BallotStyle.objects.create(**sound)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"number": 0}, "number_is_positive"),
        ({"number": 1}, "one_per_number"),
        ({"cost_minor": 0}, "cost_is_positive"),
    ],
)
def test_a_line_of_the_paper_is_whole(fields, constraint):
    round = make_vote(freeze=False)
    proposal = make_proposal(round, state="feasible")
    sound = {
        "ballot_style": BallotStyle.objects.get(round=round),
        "proposal": proposal,
        "number": 9,
        "code": proposal.code,
        "title": {"en": "x"},
        "cost_minor": 1,
        "category": proposal.category,
    }

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Project.objects.create(**{**sound, **fields})

    Project.objects.create(**sound)


def test_a_poll_is_frozen_with_rules_and_a_key_or_not_at_all():
    round = make_vote(freeze=False)

    for field in ("frozen_at = now()", "rules = 'x'", "state = 'frozen'"):
        _refused(f"UPDATE polls_poll SET {field}", match="frozen_has_rules_and_key")
    with pytest.raises(DatabaseError, match="begins with drafting"), transaction.atomic():
        Poll.objects.create(round=make_vote(), state="frozen")
    assert poll_of(round).state == "drafted"
