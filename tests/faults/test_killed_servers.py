"""Web workers, PostgreSQL and Redis die while people vote: what was acknowledged is stored, once."""

import signal

import pytest
from django.db import connection

from tests.faults.site import kill
from tests.faults.voters import compare, make_ballots, voters_at_work
from tests.peers import wait_for
from voting.ballots.models import BallotBox, CastEvent


def stored(vote):
    connection.close()
    return (
        BallotBox.objects.filter(round_id=vote.round.pk).count(),
        CastEvent.objects.filter(round=vote.round).count(),
    )


def test_f01_a_web_worker_killed_before_the_commit_leaves_nothing_and_the_retry_casts(site):
    vote = make_ballots(1)
    (ballot,) = vote.ballots
    (site.folder / "before-cast").touch()

    assert ballot.post(site.port) is None
    assert stored(vote) == (0, 0)

    site.wait_until_it_answers()
    assert ballot.post_until_acknowledged(site.port)
    assert stored(vote) == (1, 1)


@pytest.mark.slow(12)
def test_f02_a_web_worker_killed_after_the_commit_has_recorded_and_the_retry_gets_the_same_receipt(site):
    vote = make_ballots(1)
    (ballot,) = vote.ballots
    (site.folder / "after-cast").touch()

    assert ballot.post(site.port) is None
    assert stored(vote) == (1, 1)

    site.wait_until_it_answers()
    first, second = ballot.post(site.port), ballot.post(site.port)
    assert "Your ballot is in the box" in first.page
    receipts = [answer.page.partition("Ed25519 signature: ")[2][:128] for answer in (first, second)]
    assert receipts[0] == receipts[1] != ""
    assert stored(vote) == (1, 1)


def test_f04_postgresql_killed_again_and_again_loses_no_acknowledged_ballot(site):
    vote = make_ballots(150)

    with voters_at_work(vote.ballots, site.port, clients=8, held_back=20) as n_acknowledged:
        for number in range(4):
            wait_for(lambda due=20 * number: n_acknowledged() > due, "ballots between the kills")
            site.kill_postgres()
            answer = site.ask()
            site.servers.postgres.start()
            assert (answer.status, answer.headers.get("retry-after")) == (503, "10")

    connection.close()
    found = compare(vote)
    assert (found.acknowledged, found.stored, found.lost, found.duplicated) == (150, 150, 0, 0)
    assert {status for ballot in vote.ballots for status in ballot.statuses} <= {0, 200, 503}


def test_f05_a_restart_of_postgresql_is_a_503_to_some_and_the_web_server_goes_on(site):
    vote = make_ballots(120)
    before = site.web.pid

    with voters_at_work(vote.ballots, site.port, clients=8, held_back=20) as n_acknowledged:
        wait_for(lambda: n_acknowledged() > 5, "the first ballots")
        site.restart_postgres()
        assert site.wait_until_it_answers() < 60

    connection.close()
    found = compare(vote)
    assert (found.acknowledged, found.lost, found.duplicated) == (120, 0, 0)
    assert {status for ballot in vote.ballots for status in ballot.statuses} <= {200, 503}
    assert site.web.is_alive()
    assert site.web.pid == before


@pytest.mark.parametrize("fault", ["killed", "paused", "emptied"])
def test_f07_casting_does_not_notice_that_redis_is(site, fault):
    vote = make_ballots(60)

    with voters_at_work(vote.ballots, site.port, clients=4):
        if fault == "killed":
            site.kill_valkey()
        elif fault == "paused":
            site.signal_valkey(signal.SIGSTOP)
        else:
            import redis

            redis.Redis(unix_socket_path=str(site.servers.valkey.socket)).flushall()
    try:
        assert [ballot.statuses for ballot in vote.ballots] == [[200]] * 60
        assert site.ask("/accounts/login/").status == 200
    finally:
        if fault == "killed":
            site.servers.valkey.start()
        elif fault == "paused":
            site.signal_valkey(signal.SIGCONT)
    assert compare(vote).lost == 0


def test_a_web_worker_killed_under_load_is_replaced_and_nothing_is_lost(site):
    vote = make_ballots(100)
    before = wait_for(lambda: len(site.web_workers) == 2 and site.web_workers, "both workers")
    first = before[0]

    with voters_at_work(vote.ballots, site.port, clients=8, held_back=20) as n_acknowledged:
        wait_for(lambda: n_acknowledged() > 5, "the first ballots")
        kill(first)

    wait_for(lambda: len(set(site.web_workers) - {first}) == len(before), "a new worker")
    found = compare(vote)
    assert (found.acknowledged, found.stored, found.lost, found.duplicated) == (100, 100, 0, 0)
