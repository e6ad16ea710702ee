"""The close is killed before each of its statements and run again until done: one and the same result."""

import os
import signal
import traceback
from collections.abc import Callable

import pytest
from django.db import connection, connections, transaction

from identity.roles import Role
from pbplatform.operations import invariants
from proposals.models import Proposal
from tests.factories import make_official
from tests.peers import wait_for
from tests.voting.votes import cast_by, codes, end_voting, fresh, make_vote, poll_of, voter_of
from voting.ballots.models import BallotBox, FinalBallot
from voting.counting import services
from voting.counting.models import Tally
from voting.polls import keys
from voting.polls.models import Approval

pytestmark = pytest.mark.django_db(transaction=True)

_DYING = "to be killed"


def killed_at(statement: int, act: Callable[[], object]) -> bool:
    """Run `act` in a process that dies before its statement of that number; return whether it died."""
    connection.close()
    child = os.fork()
    if child == 0:
        # Where a browser's event loop runs in this process, Django keeps another connection for code outside
        # of it, as this here is; it may be open, and what is done on it would not end with its process.
        connections[connection.alias] = connections.create_connection(connection.alias)
        connection.settings_dict["OPTIONS"]["application_name"] = _DYING
        seen = 0

        def count(execute, sql, params, many, context):
            nonlocal seen
            seen += 1
            if seen == statement:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(sql, params, many, context)

        code = 1
        try:
            with connection.execute_wrapper(count):
                act()
            code = 0
        except Exception:
            # Straight to the file: the process ends without emptying anybody's buffers.
            os.write(2, traceback.format_exc().encode())
        finally:
            os._exit(code)
    _pid, status = os.waitpid(child, 0)
    # Until the server has noticed that the client is dead, its locks hold.
    wait_for(_is_forgotten, "the end of the dead process's session")
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "it failed otherwise than by being killed"
    return os.WIFSIGNALED(status)


def _is_forgotten() -> bool:
    """Return whether the server has ended the dead process's session."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT NOT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = %s)",
            [_DYING],
        )
        return cursor.fetchone() == (True,)


def _result(round):
    tallies = Tally.objects.filter(ballot_style__round=round).order_by("ballot_style", "scope")
    return {
        "ballots": [
            (bytes(ref), choices)
            for ref, choices in FinalBallot.objects.filter(round=round)
            .order_by("ballot_ref")
            .values_list("ballot_ref", "choices")
        ],
        "tallies": [
            (tally.scope, tally.outcome, bytes(tally.input_hash), tally.n_ballots) for tally in tallies
        ],
    }


@pytest.mark.slow(25)
def test_f11_the_close_killed_at_every_statement_ends_with_the_same_result():
    round = make_vote(costs=(600, 300, 300))
    first, second, third = codes(round)
    for chosen in ([first, second], [first, second], [first, third]):
        cast_by(voter_of(round), *chosen)
    round = end_voting(round)
    officer = make_official(round.authority, Role.BUDGET_OFFICER)
    admin = make_official(round.authority, Role.AUTHORITY_ADMIN)
    with transaction.atomic():
        services.count(fresh(round))
        expected = _result(round)
        transaction.set_rollback(True)
    assert poll_of(round).state == "frozen"

    def approvals():
        return set(Approval.objects.filter(round=round).values_list("stage", "approved_by"))

    def all_of_it() -> None:
        services.count(fresh(round))
        for change in Approval.Stage:
            done = {name: approved for name, approved in approvals()}
            if change not in done:
                services.approve(fresh(round), change, actor=officer)
            if done.get(change) is None:
                services.approve(fresh(round), change, actor=admin)
        services.destroy_leftover_keys()

    deaths, statement, progress = 0, 1, None
    while killed_at(statement, all_of_it):
        deaths += 1
        now = poll_of(round).state, approvals()
        # What was committed is not done again: what is left is killed from its first statement on.
        statement, progress = (statement + 1 if now == progress else 1), now

    assert deaths > 100
    assert poll_of(round).state == "key_destroyed"
    assert _result(round) == expected
    states = dict(Proposal.objects.filter(round=round).values_list("code", "state"))
    assert states == {first: "adopted", second: "adopted", third: "not_adopted"}
    assert BallotBox.objects.count() == 0
    with pytest.raises(keys.keys.KeyUnavailable):
        keys.round_key(poll_of(round).key_name, poll_of(round).key_check)
    assert [found for found in invariants.inspect(deep=True) if found.found] == []
