"""Seconds, memory and storage for closing a vote: `make bench-close`, or ARGS="10000" for one size.

Ballots are sealed here and put into box and log by COPY, with a register of as many people. Then, as in
production: close with the last batch of the log, reconcile, open and count twice, publish. Each size is
measured in a process of its own, so that its peak of memory is its own.
"""

import io
import os
import random
import resource
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SIZES = (10_000, 100_000, 1_000_000)
PROJECTS = 200
MOST_CHOSEN = 10
_BATCH = 10_000


def main() -> None:
    """Measure each size in turn and print."""
    for size in SIZES:
        subprocess.run([sys.executable, "-m", "benchmarks.close", str(size)], check=True)


def _measure(size: int) -> None:
    with _database():
        from django.db import connection

        from tests.voting.votes import end_voting, fresh, make_vote
        from voting import services
        from voting.models import Approval, Tally
        from voting.services import bundles, closing

        random.seed(size)
        costs = [random.randrange(5, 80) * 1_000_000 for _ in range(PROJECTS)]
        paper = {"max_choices": MOST_CHOSEN}
        round = make_vote(costs, paper=paper, budget_minor=4_000_000_000)
        began = time.monotonic()
        _fill(round, size)
        print(f"\n{size:,} ballots, {PROJECTS} projects, up to {MOST_CHOSEN} chosen "
              f"(sealed and stored in {time.monotonic() - began:.0f} s, not measured)")  # fmt: skip
        round = end_voting(round)
        print(f"{'step':<28}{'seconds':>9}{'peak MB':>9}{'database MB':>13}{'growth MB':>11}")
        total, before = 0.0, _megabytes(connection)
        officials = _officials(round)

        def approve(step: Approval.Step) -> None:
            for official in officials:
                services.approve(round, step, actor=official)

        steps: list[tuple[str, Callable[[], Any]]] = [
            ("close, number the log", lambda: closing._close(round)),
            ("reconcile", lambda: closing._reconcile(round)),
            ("open, count twice", lambda: closing._count(round)),
            ("certify", lambda: approve(Approval.Step.CERTIFY)),
            ("publish", lambda: approve(Approval.Step.PUBLISH)),
            ("write the publication", lambda: services.make_bundle(round)),
        ]
        for name, act in steps:
            began = time.monotonic()
            act()
            seconds = time.monotonic() - began
            total += seconds
            after = _megabytes(connection)
            print(
                f"{name:<28}{seconds:>9.1f}{_peak():>9.0f}{after:>13.0f}{after - before:>11.0f}", flush=True
            )
            before = after
        tally = Tally.objects.get(paper__round=round, is_decisive=True)
        packed = bundles.published_zip(fresh(round))
        assert packed is not None
        assert tally.n_ballots == size
        print(f"{'together':<28}{total:>9.1f}{_peak():>9.0f}"
              f"   publication {packed.stat().st_size / 2**20:.0f} MB zipped")  # fmt: skip


def _peak() -> float:
    """The most memory this process has had, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _megabytes(connection: Any) -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return float(cursor.fetchone()[0]) / 2**20


def _officials(round: Any) -> list[Any]:
    from identity.roles import Role
    from tests.factories import make_official

    return [make_official(round.authority, role) for role in (Role.BUDGET_OFFICER, Role.AUTHORITY_ADMIN)]


def _fill(round: Any, size: int) -> None:
    """Put `size` people into the register, and a ballot of each into box and log."""
    from django.db import connection, transaction
    from django.utils import timezone

    from tests.voting.votes import codes, triggers_asleep
    from voting import sealing
    from voting.services import casting

    offered, key = codes(round), round.poll.key
    area, now = round.authority.area_id, timezone.now()
    day = now.date()
    # Popularity falls off, as it does among real projects.
    weights = [1 / (place + 3) for place in range(len(offered))]
    for start in range(0, size, _BATCH):
        persons, box, log = io.StringIO(), io.StringIO(), io.StringIO()
        for _ in range(min(_BATCH, size - start)):
            person = str(uuid.uuid4())
            chosen = sorted(set(random.choices(offered, weights, k=random.randint(1, MOST_CHOSEN))))
            text = sealing.canonical({1: chosen})
            envelope = casting.Envelope.of(sealing.new_code(), round.slug, bytes(round.poll.rules_hash), text)
            tag = sealing.tag(key, person)
            sealed = sealing.seal(
                key,
                sealing.OpenBallot(envelope.references, text),
                round_id=round.pk,
                voter_tag=tag,
                traits=sealing.Traits("resident", area, "35-49", "web"),
            )
            persons.write(f"{person}\t{round.authority_id}\tresident\t{area}\t35-49\t2\t{now.isoformat()}\n")
            box.write(f"{round.pk}\t\\\\x{tag.hex()}\t\\\\x{sealed.hex()}\tweb\tresident\t{area}\t35-49\t1\n")
            refs = envelope.references.log_ref.hex()
            log.write(f"{round.pk}\t\\\\x{refs}\t\\\\x{envelope.commitment.hex()}\tcast\t{day}\n")
        with transaction.atomic(), connection.cursor() as cursor, triggers_asleep():
            for table, columns, rows in (
                (
                    "identity_person",
                    "id, authority_id, participation, area_id, age_group, assurance, verified_at",
                    persons,
                ),
                (
                    "voting_ballotbox",
                    "round_id, voter_tag, sealed, channel, participation, area_id, age_group, revision",
                    box,
                ),
                ("voting_castevent", "round_id, log_ref, commitment, kind, recorded_on", log),
            ):
                rows.seek(0)
                cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@contextmanager
def _database() -> Iterator[None]:
    """A PostgreSQL of this benchmark's own, and a directory for the publication."""
    import tempfile

    os.environ["DJANGO_SETTINGS_MODULE"] = "pbplatform.settings.test"
    import django

    django.setup()
    from django.conf import settings
    from django.test.runner import DiscoverRunner

    from pbplatform.settings.test import EMBEDDED

    EMBEDDED.start()
    try:
        runner = DiscoverRunner(verbosity=0, interactive=False)
        databases = runner.setup_databases()
        try:
            with tempfile.TemporaryDirectory(dir=EMBEDDED.home) as folder:
                settings.PUBLICATION_ROOT = Path(folder)
                yield
        finally:
            runner.teardown_databases(databases)
    finally:
        EMBEDDED.stop()
        EMBEDDED.release()


if __name__ == "__main__":
    if len(sys.argv) == 2:
        _measure(int(sys.argv[1]))
    else:
        main()
