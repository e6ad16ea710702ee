"""F06: a disk runs full, really: under the tables of the box, and under the files of a publication."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from identity.roles import Role
from pbplatform.embedded import EmbeddedError, processes
from tests.factories import make_official
from tests.faults import small_disk
from tests.faults.site import Site
from tests.faults.voters import Vote, compare, make_ballots
from tests.peers import database_url_of_this_test
from tests.voting.votes import cast_by, codes, end_voting, fresh, make_vote, voter_of
from voting import services
from voting.models import Approval, BallotBox, CastEvent

# The box, the log and what belongs to them lie on a disk of this size.
_BYTES = 24 << 20
_TABLES = ("voting_ballotbox", "voting_castevent")


@contextmanager
def _box_on_a_small_disk(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let PostgreSQL keep the box and the log on a disk of their own; afterwards where they were."""
    folder = site.servers.home / "small-disk"
    folder.mkdir(exist_ok=True)
    launch = processes.LAUNCH
    # Found out once and remembered: before the other launcher is in place.
    processes.identity(site.servers.postgres.programs / "postgres", site.servers.postgres.data.parent)
    connection.close()
    site.servers.postgres.stop()
    with monkeypatch.context() as patch:
        patch.setattr(processes, "LAUNCH", Path(small_disk.__file__))
        patch.setenv("SMALL_DISK", str(folder))
        patch.setenv("SMALL_DISK_BYTES", str(_BYTES))
        patch.setenv("SMALL_DISK_LAUNCH", str(launch))
        try:
            site.servers.postgres.start()
        except EmbeddedError:
            patch.undo()
            site.servers.postgres.start()
            pytest.skip("this kernel lets nobody mount a disk of their own")
    try:
        with site.maintenance() as cursor:
            cursor.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")
        _move(site, "small")
        yield
    finally:
        _sql(site, "DROP TABLE IF EXISTS filler")
        _move(site, "pg_default")
        with site.maintenance() as cursor:
            cursor.execute("DROP TABLESPACE small")
        connection.close()
        site.restart_postgres()


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


def test_f06_a_full_disk_refuses_ballots_for_a_while_and_loses_none(site, monkeypatch):
    vote = make_ballots(120)

    with _box_on_a_small_disk(site, monkeypatch):
        site.wait_until_it_answers()
        assert [ballot.post(site.port).status for ballot in vote.ballots[:10]] == [200] * 10
        _fill(site)
        first = _post_until_refused(vote, site.port)
        refused = vote.ballots[first]
        answer = refused.post(site.port)

        # The page says when to come back and holds the ballot as it was sent, to be sent again.
        assert (answer.status, answer.headers["retry-after"]) == (503, "10")
        assert "Sending it twice does no harm" in answer.page
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


# Files: in a process of its own whose files cannot grow beyond a few kilobytes.

_MAKE = (
    "import django; django.setup();"
    "from rounds.models import Round; from voting.services import make_bundle;"
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


@pytest.mark.django_db(transaction=True)
def test_f06_a_publication_that_finds_no_room_is_not_there_and_the_next_one_is_whole(settings, tmp_path):
    settings.PUBLICATION_ROOT = tmp_path / "published"
    round = make_vote(costs=(600, 300))
    for _ in range(3):
        cast_by(voter_of(round), codes(round)[0])
    services.count(end_voting(round))
    officials = [make_official(round.authority, role) for role in (Role.BUDGET_OFFICER, Role.AUTHORITY_ADMIN)]
    for step in (Approval.Step.CERTIFY, Approval.Step.PUBLISH):
        for official in officials:
            services.approve(round, step, actor=official)
    link = settings.PUBLICATION_ROOT / round.slug

    # Room for the small files, none for the programs; then none but for the zip.
    for room in (2_000, 12_000):
        assert _make_bundle_with(room, round.slug, settings.PUBLICATION_ROOT) != 0
        assert not link.exists()
    whole = services.make_bundle(fresh(round))

    assert link.resolve() == whole.resolve()
    assert [path.name for path in settings.PUBLICATION_ROOT.iterdir() if path.is_dir()] != []
    assert not [path for path in settings.PUBLICATION_ROOT.glob(f".{round.slug}-*") if path.is_dir()]
    done = subprocess.run(
        [sys.executable, str(whole / "files" / "verify.py"), str(whole / "files")], capture_output=True
    )
    assert done.returncode == 0
    # With a publication in place, one that finds no room leaves it as it is.
    before = (link / "publication.zip").read_bytes()
    assert _make_bundle_with(2_000, round.slug, settings.PUBLICATION_ROOT) != 0
    assert (link / "publication.zip").read_bytes() == before
    assert BallotBox.objects.filter(round_id=round.pk).count() == 3
