"""Workers, keys, old copies and new versions: what goes on, what stops, and what is made good."""

import io
import os
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import threading
from collections import Counter
from pathlib import Path

import psycopg2
import redis
from django.conf import settings
from django.db import connection

from devtools.embedded import processes
from devtools.embedded.postgres import Postgres
from tests.faults.voters import another_ballot, compare, make_ballots, voters_at_work
from tests.peers import wait_for
from tests.voting.votes import fresh
from voting.ballots import sealing
from voting.ballots.models import BallotBox, CastEvent, Checkpoint
from voting.ballots.selectors import unseal_row


def test_f08_without_workers_people_vote_and_the_log_catches_up_when_one_comes_back(site):
    # Enough for a batch to be due, whatever the hour and the last look.
    vote = make_ballots(settings.LOG_BATCH_ENTRIES)
    # A sign of life from before is still good for some seconds.
    redis.Redis(unix_socket_path=str(site.servers.valkey.socket)).flushall()
    with voters_at_work(vote.ballots, site.port, clients=4):
        pass
    mine = site.ask(vote.ballots[0].path.replace("review", "mine"), headers=vote.ballots[0].headers)
    assert "Just read back from the sealed box" in mine.page
    assert "No sign of life" in site.ask("/status/").page
    assert CastEvent.objects.filter(round=vote.round, leaf_index=None).count() == settings.LOG_BATCH_ENTRIES

    worker = site.new_worker()
    site.run_task("voting.ballots.tasks.sequence_due")
    site.run_task("pbplatform.operations.tasks.heartbeat")

    wait_for(
        lambda: Checkpoint.objects.filter(round=vote.round, size=settings.LOG_BATCH_ENTRIES).exists(),
        "the checkpoint",
    )
    wait_for(lambda: "No sign of life" not in site.ask("/status/").page, "a sign of life")
    worker.stop()
    assert compare(vote).lost == 0


def test_f14_without_its_key_a_round_takes_no_ballot_and_other_pages_are_there(site):
    vote = make_ballots(2)
    first, second = vote.ballots
    poll = vote.round.poll
    key = Path(settings.KEY_DIRECTORY) / f"round-{poll.key_name}.key"
    away = key.with_suffix(".away")
    assert first.post(site.port).status == 200

    key.rename(away)
    try:
        refused = second.post(site.port)
        pages = [
            site.ask(path).status for path in ("/", first.path.replace("review/", ""), "/accounts/login/")
        ]
    finally:
        away.rename(key)

    assert (refused.status, refused.headers["retry-after"]) == (503, "30")
    assert "You can safely send it again" in refused.page
    assert pages == [200, 200, 200]
    assert BallotBox.objects.filter(round_id=vote.round.pk).count() == 1
    assert second.post(site.port).status == 200


def test_f15_t15_another_key_under_the_rounds_name_is_refused(site):
    vote = make_ballots(1)
    key = Path(settings.KEY_DIRECTORY) / f"round-{vote.round.poll.key_name}.key"
    right = key.read_bytes()

    key.write_bytes(os.urandom(32))
    try:
        assert vote.ballots[0].post(site.port).status == 503
        assert BallotBox.objects.filter(round_id=vote.round.pk).count() == 0
    finally:
        key.write_bytes(right)

    assert vote.ballots[0].post(site.port).status == 200


def test_f16_after_a_restore_the_missing_ballots_are_known_by_their_receipts_and_are_cast_again(
    site, tmp_path
):
    vote = make_ballots(12)
    old, new = vote.ballots[:8], vote.ballots[8:]
    for ballot in old:
        ballot.post(site.port)
    copy = _base_backup(site, tmp_path)
    for ballot in new:
        ballot.post(site.port)
    receipts = {ballot.log_ref for ballot in vote.ballots if ballot.acknowledged}
    assert len(receipts) == 12

    connection.close()
    site.kill_postgres()
    data = site.servers.postgres.data
    lost = data.with_name("lost")
    shutil.rmtree(lost, ignore_errors=True)
    data.rename(lost)
    shutil.move(copy, data)
    site.servers.postgres.start()
    shutil.rmtree(lost)

    known = {
        bytes(ref) for ref in CastEvent.objects.filter(round=vote.round).values_list("log_ref", flat=True)
    }
    assert receipts - known == {ballot.log_ref for ballot in new}
    site.wait_until_it_answers()
    assert [ballot.post(site.port).status for ballot in vote.ballots] == [200] * 12
    found = compare(vote)
    assert (found.stored, found.lost, found.duplicated) == (12, 0, 0)


def _base_backup(site, folder: Path) -> Path:
    target = folder / "copy"
    postgres = site.servers.postgres
    how = processes.identity(postgres.programs / "postgres", postgres.data.parent)
    command = [postgres.programs / "pg_basebackup", "-h", site.servers.sockets, "-U", Postgres.USER]
    command += ["-D", target, "-X", "stream", "-c", "fast"]
    subprocess.run(
        [sys.executable, "-I", "-S", processes.LAUNCH, how, str(os.getpid()), *command],
        check=True,
        cwd=folder,
    )
    return target


def test_f18_columns_and_indexes_are_added_while_people_vote(site):
    vote = make_ballots(80)
    changes = [
        "SET lock_timeout = '2s'",
        "ALTER TABLE identity_account ADD COLUMN of_a_migration integer",
        "ALTER TABLE rounds_round ADD COLUMN of_a_migration text NOT NULL DEFAULT 'x'",
        "CREATE INDEX CONCURRENTLY of_a_migration ON verification_person (verified_at)",
    ]
    undo = [
        "DROP INDEX of_a_migration",
        "ALTER TABLE identity_account DROP COLUMN of_a_migration",
        "ALTER TABLE rounds_round DROP COLUMN of_a_migration",
    ]
    migrating = psycopg2.connect(host=str(site.servers.sockets), user=Postgres.USER, dbname=site.name)
    migrating.autocommit = True

    at_work = voters_at_work(vote.ballots, site.port, clients=4, held_back=10)
    with migrating.cursor() as cursor, at_work as n_acknowledged:
        for number, change in enumerate(changes):
            wait_for(lambda due=5 * number: n_acknowledged() > due, "ballots between the changes")
            cursor.execute(change)
        assert n_acknowledged() <= 70
    with migrating.cursor() as cursor:
        for change in undo:
            cursor.execute(change)
    migrating.close()

    assert [ballot.statuses for ballot in vote.ballots] == [[200]] * 80
    assert compare(vote).lost == 0


def _before_the_newest_migration(folder: Path) -> Path | None:
    """Put the project as it was before its newest migration into a folder.

    None without history, or if migrations from before it were rewritten since: that version cannot run next
    to today's.
    """
    migrations = ["--no-renames", "--name-only", "--", "*/migrations/0*.py"]
    git = ["git", "-c", "safe.directory=*", "-C", str(settings.BASE_DIR)]
    try:
        added = subprocess.run(
            [*git, "log", "-1", "--format=%H", "--diff-filter=A", *migrations],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        rewritten = subprocess.run(
            [*git, "diff", "--diff-filter=DM", f"{added[0]}^", "HEAD", *migrations],
            check=True,
            capture_output=True,
        ).stdout
        if rewritten:
            return None
        whole = subprocess.run([*git, "archive", f"{added[0]}^"], check=True, capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError, IndexError):
        return None
    with tarfile.open(fileobj=io.BytesIO(whole)) as packed:
        packed.extractall(folder, filter="data")
    # The database has been migrated by the newer version.
    assert [name for name in added[1:] if not (folder / name).exists()] == added[1:] != []
    return folder


def test_f19_the_version_before_and_this_one_serve_one_vote_side_by_side(site, tmp_path):
    # Without the project's history, as in an archive of its files, the other version is this one again.
    older = _before_the_newest_migration(tmp_path)
    vote = make_ballots(60)
    by_old, by_new = vote.ballots[:30], vote.ballots[30:]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    old = site.new_web(port, workers=1, folder=older)
    try:
        site.wait_until_it_answers(port)
        if older is not None:
            assert Path(f"/proc/{old.pid}/cwd").resolve() == older.resolve()

        at_work = threading.Thread(target=lambda: [ballot.post(port) for ballot in by_old])
        at_work.start()
        for ballot in by_new:
            ballot.post(site.port)
        at_work.join()
        # What one has recorded the other one knows: the same receipt again is a replay.
        for ballot in vote.ballots[::10]:
            assert ballot.post(port).status == ballot.post(site.port).status == 200
        assert {status for ballot in vote.ballots for status in ballot.statuses} == {200}
        found = compare(vote)
        assert (found.acknowledged, found.stored, found.lost, found.duplicated) == (60, 60, 0, 0)

        # Each opens what the other sealed, and replaces it.
        replaced = []
        for ballot, there, here in ((by_old[0], port, site.port), (by_new[0], site.port, port)):
            instead = another_ballot(vote, ballot, *vote.codes[1:])
            assert instead.post(here).status == 200
            for place in (here, there):
                page = site.ask(
                    ballot.path.replace("review", "mine"), port=place, headers=ballot.headers
                ).page
                assert sorted(re.findall('id="line-([^"]+)"', page)) == sorted(vote.codes[1:])
            replaced.append(instead)
    finally:
        old.stop()
    kinds = Counter(CastEvent.objects.filter(round=vote.round).values_list("kind", flat=True))
    assert kinds == {"cast": 60, "replace": 2}
    key = fresh(vote.round).poll.key
    for ballot in replaced:
        row = BallotBox.objects.get(round_id=vote.round.pk, voter_tag=sealing.tag(key, ballot.person_id))
        assert (unseal_row(key, row).choices, row.revision) == (ballot.choices, 2)
