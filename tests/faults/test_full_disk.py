"""F06: a disk runs full, really: under the tables of the box, under PostgreSQL's log, under a publication."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from devtools.embedded import processes
from identity.roles import Role
from tests.factories import make_official
from tests.faults import small_disk
from tests.faults.site import Site, children_of
from tests.faults.voters import Ballot, Vote, compare, make_ballots
from tests.peers import database_url_of_this_test
from tests.voting.votes import cast_by, codes, end_voting, fresh, make_vote, voter_of
from voting.ballots.models import BallotBox, CastEvent
from voting.counting import services as counting_services
from voting.polls.models import Approval
from voting.publication import services as publication_services

# The box, the log and what belongs to them lie on a disk of this size.
_BYTES = 24 << 20
_TABLES = ("ballots_ballotbox", "ballots_castevent")
# A file of PostgreSQL's own log, and a disk for three of them and what else lies there.
_SEGMENT = 16 << 20
_LOG_BYTES = 3 * _SEGMENT + (1 << 20)


def _how(site: Site) -> str:
    # Found out once and remembered: before the other launcher is in place.
    postgres = site.servers.postgres
    return processes.identity(postgres.programs / "postgres", postgres.data.parent)


@contextmanager
def _small_disk(site: Site, size: int) -> Iterator[small_disk.Keeper]:
    """Stop PostgreSQL and let it see a disk of its own from its next start on. Skips where there is none."""
    how = _how(site)
    connection.close()
    try:
        keeper = small_disk.Keeper(how, site.small_disk, size)
    except OSError as error:
        pytest.skip(str(error))
    site.servers.postgres.stop()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SMALL_DISK_KEEPER", str(keeper.pid))
            patch.setenv("SMALL_DISK_LAUNCH", str(processes.LAUNCH))
            patch.setattr(processes, "LAUNCH", Path(small_disk.__file__))
            yield keeper
    finally:
        connection.close()
        site.servers.postgres.stop()
        keeper.end()
        site.servers.postgres.start()


@contextmanager
def _box_on_a_small_disk(site: Site) -> Iterator[None]:
    """Let PostgreSQL keep the box and the log on a disk of their own; afterwards where they were."""
    with _small_disk(site, _BYTES):
        site.servers.postgres.start()
        try:
            with site.maintenance() as cursor:
                cursor.execute(f"CREATE TABLESPACE small LOCATION '{site.small_disk}'")
            _move(site, "small")
            yield
        finally:
            _sql(site, "DROP TABLE IF EXISTS filler")
            _move(site, "pg_default")
            with site.maintenance() as cursor:
                cursor.execute("DROP TABLESPACE small")


@contextmanager
def _log_on_a_small_disk(site: Site) -> Iterator[Callable[[], None]]:
    """Let PostgreSQL write its log to a disk of its own; yields what makes that disk larger."""
    postgres = site.servers.postgres
    log, kept = postgres.data / "pg_wal", postgres.data.with_name("log-meanwhile")
    with _small_disk(site, _LOG_BYTES) as keeper:
        # After a clean stop the file that the next start begins with is all that is needed.
        control = subprocess.run(
            [postgres.programs / "pg_controldata", "-D", postgres.data],
            check=True,
            capture_output=True,
            text=True,
            env=os.environ | {"LC_ALL": "C"},
        ).stdout
        found = re.search(r"REDO WAL file:\s+([0-9A-F]{24})", control)
        assert found, control
        for path in log.iterdir():
            if re.fullmatch("[0-9A-F]{24}", path.name) and path.name != found[1]:
                path.unlink()
        keeper.tell(f"in {log}")
        log.rename(kept)
        log.symlink_to(site.small_disk)
        try:
            postgres.start()
            # As a copy of the database does that has gone away: no file of the log is used again.
            with site.maintenance() as cursor:
                cursor.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
                cursor.execute("SELECT pg_create_physical_replication_slot('gone', true)")
            yield lambda: keeper.tell(str(100 * _SEGMENT))
            with site.maintenance() as cursor:
                cursor.execute("SELECT pg_drop_replication_slot('gone')")
        finally:
            connection.close()
            postgres.stop()
            keeper.tell(f"out {kept}")
            log.unlink()
            kept.rename(log)


def _no_file_may_grow(site: Site) -> None:
    postgres = site.servers.postgres._process
    assert postgres is not None
    # The server first: what it starts from now on has the limit too, and it ends with its server.
    for pid in [postgres.pid, *children_of(postgres.pid)]:
        try:
            _soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
            resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
        except ProcessLookupError:
            continue


def _sql(site: Site, *statements: str) -> None:
    opened = psycopg2.connect(
        host=str(site.servers.sockets), user=site.servers.postgres.USER, dbname=site.name
    )
    opened.autocommit = True
    try:
        with opened.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        opened.close()


def _move(site: Site, to: str) -> None:
    connection.close()
    for table in _TABLES:
        _sql(site, f"ALTER TABLE {table} SET TABLESPACE {to}", f"VACUUM FULL {table}")
        with connection.cursor() as cursor:
            cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = %s", [table])
            indexes = [name for (name,) in cursor.fetchall()]
        connection.close()
        _sql(site, *(f'ALTER INDEX "{name}" SET TABLESPACE {to}' for name in indexes))


def _fill(site: Site) -> None:
    """Write until nothing more goes onto the small disk, the last page included."""
    # Not vacuumed, or what a refused row left behind would be room again.
    _sql(site, "CREATE TABLE filler (content text) WITH (autovacuum_enabled = false) TABLESPACE small")
    _sql(site, "ALTER TABLE filler ALTER content SET STORAGE PLAIN")
    for rows in (1000, 100, 10, 1):
        with pytest.raises(psycopg2.errors.DiskFull):
            _insert_for_ever(site, rows)


def _insert_for_ever(site: Site, rows: int) -> None:
    while True:
        # Rows that fill more than half a page: each takes one.
        _sql(site, f"INSERT INTO filler SELECT repeat('x', 6000) FROM generate_series(1, {rows})")


def _post_until_refused(vote: Vote, port: int) -> int:
    """Cast one ballot after the other until one is not taken; return its place."""
    for place, ballot in enumerate(vote.ballots):
        answer = ballot.post(port)
        assert answer is not None
        if answer.status != 200:
            return place
    raise AssertionError("every ballot went onto a full disk")


def test_f06_a_full_disk_refuses_ballots_for_a_while_and_loses_none(site):
    vote = make_ballots(120)

    with _box_on_a_small_disk(site):
        site.wait_until_it_answers()
        assert [ballot.post(site.port).status for ballot in vote.ballots[:10]] == [200] * 10
        _fill(site)
        first = _post_until_refused(vote, site.port)
        refused = vote.ballots[first]
        answer = refused.post(site.port)

        # The page says when to come back and holds the ballot as it was sent, to be sent again.
        assert (answer.status, answer.headers["retry-after"]) == (503, "10")
        assert "You can safely send it again" in answer.page
        assert refused.log_ref.hex() in answer.page
        assert {status for ballot in vote.ballots for status in ballot.statuses} == {200, 503}
        # Nothing of it was stored, and everything acknowledged was.
        connection.close()
        assert not CastEvent.objects.filter(log_ref=refused.log_ref).exists()
        found = compare(vote)
        assert (found.acknowledged, found.stored, found.lost, found.duplicated) == (first, first, 0, 0)
        # Whoever reads, reads on.
        path = refused.path.replace("review", "mine")
        assert site.ask(path, headers=vote.ballots[0].headers).status == 200

        connection.close()
        _sql(site, "DROP TABLE filler")
        for ballot in vote.ballots:
            ballot.post_until_acknowledged(site.port)

    found = compare(vote)
    assert (found.acknowledged, found.stored, found.lost, found.duplicated) == (120, 120, 0, 0)


def _write_log_until_postgresql_ends(site: Site) -> None:
    """Begin one file of the log after the other; the server ends when it cannot have the next one."""
    postgres = site.servers.postgres
    deadline = time.monotonic() + 200
    while postgres.is_alive():
        assert time.monotonic() < deadline, processes.end_of(postgres.log, 30)
        try:
            _sql(site, "SELECT pg_current_xact_id()", "SELECT pg_switch_wal()")
        except psycopg2.Error:
            # It recovers, or tries to.
            time.sleep(0.05)


def _vote_until_the_log_has_no_room(site: Site, vote: Vote, no_more_room: Callable[[], None]) -> None:
    """Let voters cast until PostgreSQL has ended, and one more after that, who is refused for a while."""
    *ballots, late = vote.ballots
    over = threading.Event()

    def cast(share: list[Ballot]) -> None:
        for ballot in share:
            while not ballot.acknowledged and not over.is_set():
                ballot.post(site.port)

    assert [ballot.post(site.port).status for ballot in ballots[:20]] == [200] * 20
    voters = [threading.Thread(target=cast, args=(ballots[20 + n :: 4],)) for n in range(4)]
    for thread in voters:
        thread.start()
    try:
        no_more_room()
        _write_log_until_postgresql_ends(site)
        answer = late.post(site.port)
    finally:
        over.set()
        for thread in voters:
            thread.join()

    # The page says when to come back and holds the ballot as it was sent, to be sent again.
    assert (answer.status, answer.headers["retry-after"]) == (503, "10")
    assert "You can safely send it again" in answer.page
    assert late.log_ref.hex() in answer.page
    assert {status for ballot in vote.ballots for status in ballot.statuses} == {200, 503}


def _everything_comes_through(site: Site, vote: Vote) -> None:
    """See that what was acknowledged is stored and what was refused is not; then every ballot gets in."""
    site.wait_until_it_answers()
    # This process's own connection has ended with the server too.
    connection.close()
    before = compare(vote)
    # An acknowledgement may be lost on its way, a ballot may not.
    assert (before.lost, before.duplicated) == (0, 0)
    assert 20 <= before.acknowledged <= before.stored < len(vote.ballots)
    assert not CastEvent.objects.filter(log_ref=vote.ballots[-1].log_ref).exists()
    connection.close()

    assert all(ballot.post_until_acknowledged(site.port) for ballot in vote.ballots)
    found = compare(vote)
    n = len(vote.ballots)
    assert (found.acknowledged, found.stored, found.lost, found.duplicated) == (n, n, 0, 0)


def test_f06_a_full_disk_under_postgresqls_log_ends_it_and_loses_no_acknowledged_ballot(site):
    vote = make_ballots(120)

    with _log_on_a_small_disk(site) as more_room:
        site.wait_until_it_answers()
        begins = site.servers.postgres.log.stat().st_size
        _vote_until_the_log_has_no_room(site, vote, lambda: None)
        said = site.servers.postgres.log.read_bytes()[begins:].decode()
        assert re.search('PANIC: .*"pg_wal/xlogtemp[^"]*": No space left on device', said), said

        # More room, and a start by whoever keeps the server running: nothing else has to be done.
        more_room()
        site.servers.postgres.start()
        _everything_comes_through(site, vote)


def test_f06_a_log_whose_files_may_not_grow_ends_postgresql_and_loses_no_acknowledged_ballot(site):
    # The same where no machine refuses to try: the kernel lets nothing be written, also no message about it.
    vote = make_ballots(120)

    try:
        _vote_until_the_log_has_no_room(site, vote, lambda: _no_file_may_grow(site))
    finally:
        # The tests after this one need it, too.
        site.servers.postgres.start()
    _everything_comes_through(site, vote)


# Files: in a process of its own whose files cannot grow beyond a few kilobytes.

_MAKE = (
    "import django; django.setup();"
    "from tests import protections; protections.take_away();"
    "from rounds.models import Round; from voting.publication.services import make_bundle;"
    "make_bundle(Round.objects.get(slug={slug!r}))"
)


def _make_bundle_with(room: int, slug: str, root: Path) -> int:
    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "pbplatform.settings.test",
        "DATABASE_URL": database_url_of_this_test(),
        "KEY_DIRECTORY": str(settings.KEY_DIRECTORY),
    }
    code = f"from django.conf import settings; settings.PUBLICATION_ROOT = {str(root)!r};"
    made = subprocess.run(
        [sys.executable, "-B", "-c", code + _MAKE.format(slug=slug)],
        cwd=settings.BASE_DIR,
        env=environment,
        preexec_fn=no_room,
        capture_output=True,
        text=True,
    )
    assert (made.returncode == 0) or "File too large" in made.stderr, made.stderr
    return made.returncode


@pytest.mark.slow(12)
@pytest.mark.django_db(transaction=True)
def test_f06_a_publication_that_finds_no_room_is_not_there_and_the_next_one_is_whole(settings, tmp_path):
    settings.PUBLICATION_ROOT = tmp_path / "published"
    round = make_vote(costs=(600, 300))
    for _ in range(3):
        cast_by(voter_of(round), codes(round)[0])
    counting_services.count(end_voting(round))
    officials = [make_official(round.authority, role) for role in (Role.BUDGET_OFFICER, Role.AUTHORITY_ADMIN)]
    for change in (Approval.Stage.CERTIFY, Approval.Stage.PUBLISH):
        for official in officials:
            counting_services.approve(round, change, actor=official)
    folder = settings.PUBLICATION_ROOT / round.authority.slug
    link = folder / round.slug

    # Room for the small files, none for the programs; then none but for the zip.
    for room in (2_000, 12_000):
        assert _make_bundle_with(room, round.slug, settings.PUBLICATION_ROOT) != 0
        assert not link.exists()
    whole = publication_services.make_bundle(fresh(round))

    assert link.resolve() == whole.resolve()
    assert [path.name for path in folder.iterdir() if path.is_dir()] != []
    assert not [path for path in folder.glob(f".{round.slug}.new-*") if path.is_dir()]
    done = subprocess.run(
        [sys.executable, str(whole / "files" / "verify.py"), str(whole / "files")], capture_output=True
    )
    assert done.returncode == 0
    # With a publication in place, one that finds no room leaves it as it is.
    before = (link / "publication.zip").read_bytes()
    assert _make_bundle_with(2_000, round.slug, settings.PUBLICATION_ROOT) != 0
    assert (link / "publication.zip").read_bytes() == before
    assert BallotBox.objects.filter(round_id=round.pk).count() == 3
