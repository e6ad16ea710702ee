"""Each invariant is broken once, behind the back of every guard, and found."""

import json
import re
from datetime import timedelta

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from audit.actions import Action
from audit.models import Event, Inspection
from audit.services import record, seal_due
from authorities.reasons import ReasonRecord, Serves
from authorities.services import add_reason
from core.db.locks import LockSpace
from core.sweeps import SWEEPS
from identity.roles import Role
from notices import services as notices
from pbplatform.operations import invariants, tasks
from proposals import services as proposals
from proposals.lifecycle import State
from proposals.models import StatusChange
from tests.factories import make_authority, make_official, make_proposal, make_resident, make_round
from tests.peers import wait_for
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
from voting.ballots.services import withdraw_ballots
from voting.counting import services

pytestmark = pytest.mark.django_db


def _broken(*, deep: bool = True) -> dict[str, list[str]]:
    return {found.code: found.found for found in invariants.inspect(deep=deep) if found.found}


def _sql(text: str, *values: object) -> None:
    """Do what no guard allows: as a superuser, with triggers and foreign keys asleep."""
    with triggers_asleep(), connection.cursor() as cursor:
        cursor.execute(text, values)
        assert cursor.rowcount


def _voted(n_voters: int = 3):
    round = make_vote()
    first, second, _ = codes(round)
    for _ in range(n_voters):
        cast_by(voter_of(round), first, second)
    return round


def _withdrawn():
    """A ballot that stays, and one that was cast twice and withdrawn."""
    round = _voted(1)
    account = make_resident(round.authority)
    for code in codes(round)[:2]:
        cast_by(voter_of(round, account), code)
    withdraw_ballots(account)
    return round


def _counted(n_voters: int = 3):
    round = end_voting(_voted(n_voters))
    services.count(round)
    return fresh(round)


def test_on_a_site_where_people_voted_and_were_counted_everything_holds():
    voter = voter_of(_voted())
    cast_by(voter, codes(voter.round)[0])
    cast_by(voter, codes(voter.round)[1])
    _counted()
    services.count(end_voting(_withdrawn()))
    _withdrawn()
    seal_due()

    assert _broken() == _broken(deep=False) == {}


# By the invariant's number: the state it is tried in, the damage, what is said.
DAMAGES = {
    "I1 a ballot that does not open": (
        _voted,
        "UPDATE ballots_ballotbox SET residency = 'affiliate' WHERE round_id = {round}",
        "does not open in its row",
    ),
    "I1 another commitment in the log": (
        lambda: _voted(1),
        "UPDATE ballots_castevent SET commitment = sha256('x') WHERE round_id = {round}",
        "not the one its log entry fixed",
    ),
    "I2 a ballot taken out": (
        _voted,
        "DELETE FROM ballots_ballotbox WHERE voter_tag = (SELECT min(voter_tag) FROM ballots_ballotbox)",
        "the box holds 2 ballots cast 2 times, the log 3 entries, 3 of them first",
    ),
    "I2 a ballot replaced without an entry": (
        lambda: _voted(1),
        "UPDATE ballots_ballotbox SET revision = 2 WHERE round_id = {round}",
        "the box holds 1 ballots cast 2 times, the log 1 entries",
    ),
    "I2 a withdrawal taken out": (
        _withdrawn,
        "DELETE FROM ballots_castevent WHERE kind = 'withdraw'",
        "the box holds 1 ballots cast 1 times, the log 3 entries, 2 of them first and 0 withdrawals of "
        "ballots cast 0 times",
    ),
    "I2 a withdrawal put in": (
        _voted,
        "INSERT INTO ballots_castevent (round_id, log_ref, commitment, kind, recorded_on, castings)"
        " SELECT round_id, sha256('\\x00'::bytea || log_ref || commitment || convert_to(kind, 'UTF8')),"
        " commitment, 'withdraw', recorded_on, 1 FROM ballots_castevent WHERE round_id = {round} LIMIT 1",
        "the box holds 3 ballots cast 3 times, the log 4 entries, 3 of them first and 1 withdrawals of "
        "ballots cast 1 times",
    ),
    "I2 a withdrawal of another number of castings": (
        _withdrawn,
        "UPDATE ballots_castevent SET castings = 1 WHERE kind = 'withdraw' AND round_id = {round}",
        "1 withdrawals of ballots cast 1 times",
    ),
    "I2 a withdrawal of nothing": (
        _withdrawn,
        "UPDATE ballots_castevent SET log_ref = sha256('x') WHERE kind = 'withdraw' AND round_id = {round}",
        "1 withdrawals name 0 entries of the log",
    ),
    "I4 a ballot put in after the close": (
        _counted,
        "INSERT INTO ballots_castevent (round_id, log_ref, commitment, kind, recorded_on)"
        " VALUES ({round}, sha256('a'), sha256('b'), 'cast', now())",
        "after the close the log has 4 entries and its last checkpoint 3",
    ),
    "I5 a gap in the log": (
        _counted,
        "UPDATE ballots_castevent SET leaf_index = 7 WHERE leaf_index = 2",
        "3 log entries have places up to 8",
    ),
    "I5 a checkpoint with another root": (
        _counted,
        "UPDATE ballots_checkpoint SET root = sha256('x') WHERE size = 3",
        "the checkpoint of 3 entries has another root than they",
    ),
    "I5 a checkpoint with another note": (
        _counted,
        "UPDATE ballots_checkpoint SET note = 'x' WHERE size = 3",
        "is not what was signed",
    ),
    "I6 a vote added to the result": (
        _counted,
        "UPDATE counting_tally SET outcome = jsonb_set(outcome, '{{votes,{code}}}', '9') WHERE is_decisive",
        "paper 1 counts 12 votes (inside) where its ballots give 6",
    ),
    "I6 a counted ballot against the rules": (
        _counted,
        """UPDATE ballots_finalballot SET choices = '{{"1": ["{code}", "{code}"]}}'""",
        "3 counted ballots break the rules of their paper",
    ),
    "I7 a counted ballot removed": (
        _counted,
        "DELETE FROM ballots_finalballot"
        " WHERE ballot_ref = (SELECT min(ballot_ref) FROM ballots_finalballot)",
        "2 counted ballots from the box that holds 3",
    ),
    "I11 a vote that is over and not closed": (
        _voted,
        "UPDATE rounds_phase SET closes_at = now() - interval '16 minutes',"
        " opens_at = now() - interval '9 days' WHERE round_id = {round} AND kind = 'voting'",
        "the vote is over and has been frozen for more than 0:15:00",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_broken_behind_every_guard_is_found(damage):
    make, sql, words = DAMAGES[damage]
    round = make()
    assert _broken() == {}

    _sql(sql.format(round=round.pk, code=codes(round)[0]))

    found = _broken()
    assert words in "; ".join(found[damage.split()[0]])
    assert all(round.slug in said for said in found[damage.split()[0]])


def test_i3_a_second_ballot_of_one_person_is_found():
    round = _voted(1)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE ballots_ballotbox DROP CONSTRAINT ballots_ballotbox_pkey")
    _sql("INSERT INTO ballots_ballotbox SELECT * FROM ballots_ballotbox WHERE round_id = %s", round.pk)

    assert _broken()["I3"] == [f"{round.full_slug}: 1 tags stand more than once in the box"]


def _refused_proposal():
    author = make_resident(make_round().authority)
    proposal = make_proposal(make_round(author.persons.get().authority), state=State.PENDING, author=author)
    proposals.send_back(proposal, actor=None, reason="unclear", explanation="Say where it should stand.")
    return proposal


def test_i8_a_refusal_that_nobody_was_told_of_is_found_once_it_is_late():
    _refused_proposal()
    assert _broken() == {}

    _sql("UPDATE audit_event SET at = now() - interval '16 minutes'")

    assert _broken()["I8"] == ["1 decisions older than 0:15:00 have not been announced to their authors"]
    notices.announce_due(10)
    assert _broken() == {}


def test_i9_a_message_delivered_twice_is_found():
    proposal = _refused_proposal()
    notices.announce_due(10)
    notices.deliver_due(10)
    assert _broken() == {}

    record(Action.NOTICE_DELIVERED, proposal.author.notices.get(), actor=None)

    assert _broken()["I9"] == [
        f"notice {proposal.author.notices.get().pk} was delivered, or is to be, 2 times"
    ]


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE audit_event SET action = 'rounds.round_created' WHERE id = %s", "is not what was sealed"),
        (
            "UPDATE audit_event SET actor_id = NULL, details = '{\"x\": 1}' WHERE id = %s",
            "is not what was sealed",
        ),
        ("UPDATE audit_event SET round_id = NULL WHERE id = %s", "is not what was sealed"),
        ("DELETE FROM audit_event WHERE id = %s", "where 4 were sealed"),
        (
            "INSERT INTO audit_event (id, at, action, subject_type, subject_id, details)"
            " SELECT id - 1, at, action, subject_type, subject_id, details FROM audit_event WHERE id = %s",
            "where 4 were sealed",
        ),
    ],
    ids=["changed", "its details", "its round", "removed", "slipped in"],
)
def test_i10_t65_a_record_that_was_altered_is_found(sql, words):
    round = make_round()
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('audit_event_id_seq', nextval('audit_event_id_seq') + 5)")
    Event.objects.all().exists()
    for _ in range(4):
        record(Action.ROUND_PUBLISHED, round, actor=None)
    assert seal_due() == 1
    record(Action.ROUND_PUBLISHED, round, actor=None)
    assert _broken() == {}

    _sql(sql, Event.objects.earliest("pk").pk)

    assert words in _broken()["I10"][0]


def test_seals_go_on_where_the_last_ended_and_seal_nothing_twice():
    round = make_round()
    record(Action.ROUND_PUBLISHED, round, actor=None)
    assert (seal_due(), seal_due()) == (1, 0)
    record(Action.ROUND_PUBLISHED, round, actor=None)
    assert seal_due() == 1

    assert _broken() == {}


def test_i11_a_key_that_was_to_be_destroyed_and_is_still_there_is_found(monkeypatch):
    round = _counted()
    officer = make_official(round.authority, Role.BUDGET_OFFICER)
    admin = make_official(round.authority, Role.AUTHORITY_ADMIN)
    for change in ("certify", "publish", "destroy_key"):
        services.approve(round, change, actor=officer)
        services.approve(round, change, actor=admin)
    # Inside a test nothing is committed, so what follows the commit has not happened: as in a crash.
    assert _broken()["I11"] == [
        f"{round.full_slug}: the key was to be destroyed and is still on this machine"
    ]

    services.destroy_leftover_keys()

    assert _broken() == {}


def test_k1_a_missing_key_is_found(settings, tmp_path):
    round = _voted()
    settings.KEY_DIRECTORY = tmp_path

    assert _broken() == {"K1": [f"{round.full_slug}: its key is missing from this machine, or is another"]}


def test_k2_f17_a_clock_that_jumped_is_found_and_closes_nothing(time_machine):
    round = _voted()

    time_machine.move_to(timezone.now() + timedelta(hours=1))

    (found,) = _broken()["K2"]
    said = re.fullmatch(r"the database's clock is (-\d+) seconds from this machine's", found)
    assert said
    # An hour, and as long as a busy machine takes between looking at the two clocks.
    assert -3_660 <= int(said[1]) <= -3_600
    assert poll_of(round).state == "frozen"


def _an_hour_later() -> None:
    _sql("UPDATE audit_inspection SET made_at = made_at - interval '1 hour'")


def test_an_inspection_is_kept_and_shown_to_everybody(client):
    address = reverse("status")
    assert "The first check has not run yet." in client.get(address).content.decode()
    assert tasks.inspect_due() == 0
    assert "All checks passed." in client.get(address).content.decode()

    round = _voted()
    _sql("UPDATE ballots_ballotbox SET revision = 2 WHERE round_id = %s", round.pk)
    _an_hour_later()
    assert tasks.inspect_due() == 1

    page = client.get(address).content.decode()
    assert "1 check failed." in page
    assert "Failed: 1 finding" in page
    assert list(Inspection.objects.values_list("n_broken", flat=True)) == [0, 1]
    assert Event.objects.filter(action=Action.SITE_INSPECTED).latest("pk").details["broken"] == ["I2"]


def test_the_minutes_sweep_inspects_a_fresh_site_at_once_and_then_once_an_hour():
    assert SWEEPS["pbplatform.operations.tasks.inspect_due"].every == timedelta(minutes=1)

    found = [tasks.inspect_due(), tasks.inspect_due()]
    _an_hour_later()
    found += [tasks.inspect_due(), tasks.inspect_due()]

    assert found == [0, None, 0, None]
    assert Inspection.objects.count() == 2


def test_while_somebody_inspects_nobody_else_does():
    parameters = connection.get_connection_params()
    with psycopg2.connect(**parameters) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, 0)", [int(LockSpace.INSPECTION)])
        meanwhile = tasks.inspect_due()
    other.close()

    assert meanwhile is None
    assert wait_for(lambda: tasks.inspect_due() == 0, "an inspection once the other has gone")


def test_a_log_that_waits_for_its_sequencer_is_called_late(client, settings):
    round = _voted()
    page = client.get(reverse("status")).content.decode()
    assert "not in the log yet" not in page

    _sql(
        "UPDATE polls_poll SET log_until = now() - interval '71 minutes',"
        " frozen_at = now() - interval '1 day' WHERE round_id = %s",
        round.pk,
    )

    page = client.get(reverse("status")).content.decode()
    assert "Late: 3 ballots are recorded but not in the log yet." in page


def test_the_command_ends_with_1_where_something_does_not_hold(capsys):
    call_command("check_invariants", "--deep", "--record")
    assert "I2  holds" in capsys.readouterr().out

    _sql("UPDATE ballots_ballotbox SET revision = 2 WHERE round_id = %s", _voted().pk)
    with pytest.raises(CommandError, match="1 invariants do not hold"):
        call_command("check_invariants")

    out = capsys.readouterr().out
    assert "I2  BROKEN" in out
    assert json.dumps(out)
    assert Inspection.objects.count() == 1


def test_decisions_that_nobody_announces_are_called_late(client):
    _refused_proposal()
    page = client.get(reverse("status")).content.decode()
    assert "announced" not in page

    _sql("UPDATE audit_event SET at = now() - interval '11 minutes'")

    page = client.get(reverse("status")).content.decode()
    assert "Late: 1 decision has not been announced to the people concerned." in page


def test_i8_a_no_by_a_reason_of_another_authority_is_found():
    proposal = make_proposal()
    add_reason(
        make_authority(), ReasonRecord("railway_land", {"en": "Railway"}, (Serves.INELIGIBILITY,)), actor=None
    )
    change = StatusChange.objects.create(
        proposal=proposal,
        at=timezone.now(),
        to_state="ineligible",
        body=StatusChange.Body.DEPARTMENT,
        reason="railway_land",
    )

    said = f"step {change.pk} says no for railway_land, which is no reason of the round's authority"
    assert _broken()["I8"] == [said]
