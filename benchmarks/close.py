"""Seconds, memory and storage for closing a vote, and how they grow: `make bench-close`.

Three cases (one ballot paper counted by equal shares, the same by greedy, and by equal shares a paper for the
whole district with ten for its neighbourhoods, of which everybody fills in the one of their own) at three
sizes: half an hour. Each is written into docs/close-growth.csv as soon as it is measured, and
docs/close-growth.svg is redrawn. ARGS="10000" for one size, "100000 greedy" for one case of it (any other
rule's name will do too): printed only, unless `--record` is added.

Ballots are sealed here as they are when they
are cast, and put into box and log by COPY, with a register of as many people; one in twenty is from outside,
so that the ballots inside, outside and together are three different counts. Then, as in production: the
sequencer numbers what is cast while voting is open, all but the last entries; the round is closed,
reconciled, opened and counted twice, certified, published. Meanwhile another process goes on casting, in this
round and in one that is still open, and says how long it waited at most.

Each size is measured in a process of its own, so that its peak of memory is its own: that of the process and
of the second counters it starts together. PostgreSQL's is separate. Both are PSS: what processes share is
counted once.
"""

import csv
import io
import os
import random
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

from benchmarks import plot

SIZES = (10_000, 100_000, 1_000_000)
PROJECTS = 100
MOST_CHOSEN = 10
# Entries that still wait for their place when voting ends.
LAST = 1_000
# What a million ballots may take.
SECONDS, MEGABYTES = 300, 1024
_BATCH = 10_000
# With papers of neighbourhoods: how many of them, and what each offers and allows.
DONGS = 10
DONG_PROJECTS = 10
MOST_CHOSEN_OF_DONG = 3


@dataclass(frozen=True, slots=True)
class Case:
    """A case to close: the rule that counts, the number of styles in addition to the first, and its name in
    the plot.
    """

    rule: str
    dongs: int
    shown: str


CASES = {
    "equal-shares": Case("equal-shares", 0, "equal shares"),
    "greedy": Case("greedy", 0, "greedy"),
    "several-papers": Case("equal-shares", DONGS, f"{DONGS + 1} papers"),
}
DOCS = Path(__file__).resolve().parent.parent / "docs"
FIGURES, PLOT = DOCS / "close-growth.csv", DOCS / "close-growth.svg"
COLUMNS = (
    *("case", "ballots", "log_s", "last_of_log_s", "close_s", "reconcile_s", "count_s", "certify_s"),
    *("publish_s", "write_s", "together_s", "memory_mb", "server_mb", "longest_wait_ms", "zip_mb", "load"),
    *("cores", "measured_on"),
)
RECORD = "--record"


def main(words: Sequence[str] = ()) -> None:
    """Measure the sizes and cases that are named, or all and record them."""
    sizes = [int(word) for word in words if word.isdigit()] or list(SIZES)
    cases = [word for word in words if not word.isdigit() and word != RECORD] or list(CASES)
    is_recorded = not words or RECORD in words
    if len(sizes) == len(cases) == 1:
        row = _measure(sizes[0], cases[0])
        if is_recorded:
            _record(row)
        return
    for size in sizes:
        for case in cases:
            command = [sys.executable, "-m", "benchmarks.close", str(size), case]
            subprocess.run([*command, *([RECORD] if is_recorded else [])], check=True)


def _record(row: dict[str, str]) -> None:
    """Put a measurement in the place of an earlier one of its case and size, and redraw the plot."""
    rows = {}
    if FIGURES.exists():
        with FIGURES.open(encoding="utf-8", newline="") as file:
            rows = {(known["case"], int(known["ballots"])): known for known in csv.DictReader(file)}
    rows[row["case"], int(row["ballots"])] = row
    order = {case: place for place, case in enumerate(CASES)}
    ordered = sorted(rows.items(), key=lambda item: (order.get(item[0][0], len(order)), item[0]))
    with FIGURES.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(known for _key, known in ordered)
    PLOT.write_text(drawn([known for _key, known in ordered]), encoding="utf-8")
    print(f"recorded in {FIGURES.name} and {PLOT.name}")


def drawn(rows: Sequence[dict[str, str]]) -> str:
    """Return the plot of seconds and of memory as SVG, from the rows of the file of figures."""
    xs = {float(size): f"{size:,}" for size in SIZES}

    def panel(column: str, name: str, ys: dict[float, str], limit: tuple[float, float, str]) -> plot.Panel:
        series: dict[str, list[tuple[float, float]]] = {}
        for row in sorted(rows, key=lambda row: int(row["ballots"])):
            if row["case"] in CASES and row[column]:
                shown = CASES[row["case"]].shown
                series.setdefault(shown, []).append((float(row["ballots"]), float(row[column])))
        return plot.Panel(series, xs, ys, "ballots", name, [limit])

    seconds = {1.0: "1 s", 10.0: "10 s", 100.0: "100 s", 1000.0: "1,000 s"}
    megabytes = {10.0: "10 MB", 100.0: "100 MB", 1000.0: "1,000 MB", 10_000.0: "10,000 MB"}
    return plot.svg(
        "Closing a vote: seconds and memory by number of ballots",
        panel("together_s", "seconds from the close on", seconds, (1e6, SECONDS, f"limit {SECONDS} s")),
        panel("memory_mb", "most memory at once", megabytes, (1e6, MEGABYTES, f"limit {MEGABYTES:,} MB")),
    )


def _measure(size: int, name: str) -> dict[str, str]:
    """Close a vote of as many ballots; print each step, and return the row of the file of figures."""
    case = CASES.get(name) or Case(name, 0, name)
    row = {"case": name, "ballots": str(size)}
    with _database():
        from django.db import connection

        from tests.voting.votes import end_voting, fresh, make_vote
        from voting.ballots import logbook
        from voting.ballots import services as ballots_services
        from voting.counting import services as counting_services
        from voting.counting.models import Tally
        from voting.counting.services import closing
        from voting.polls import services as polls_services
        from voting.polls.models import Approval
        from voting.publication import services as bundles
        from voting.publication import services as publication_services

        random.seed(size)
        round = _draw_up(case.dongs)
        polls_services.choose_rule(round, actor=None, rule=case.rule)
        ballots_services.freeze_rules(round, actor=None)
        round, other = fresh(round), make_vote((600, 300))
        began = time.monotonic()
        _fill(round, size - min(size, LAST))
        more = f", {case.dongs} papers of {DONG_PROJECTS} for neighbourhoods" if case.dongs else ""
        load = os.getloadavg()[0]
        print(f"\n{size:,} ballots, {PROJECTS} projects, up to {MOST_CHOSEN} chosen{more}, "
              f"{case.rule} (sealed and stored in {time.monotonic() - began:.0f} s, not measured), "
              f"load of the machine {load:.1f} on {os.cpu_count()} cores")  # fmt: skip
        watch = _Watch(connection)
        print(f"{'step':<32}{'seconds':>9}{'CPU s':>9}{'peak MB':>9}{'server MB':>11}{'database MB':>13}"
              f"{'cast ms':>9}")  # fmt: skip
        officials = _officials(round)

        def approve(step: Approval.Stage) -> None:
            for official in officials:
                counting_services.approve(round, step, actor=official)

        began = time.monotonic()
        ballots_services.sequence(round)
        row["log_s"] = f"{time.monotonic() - began:.1f}"
        watch.tell("the log, while voting is open", time.monotonic() - began, None)
        _fill(round, min(size, LAST))
        round = end_voting(round)
        caster = _Caster(connection, round.pk, other.pk)
        total = 0.0
        steps: list[tuple[str, str, Callable[[], Any]]] = [
            ("last_of_log_s", "the last of the log", lambda: closing._finish_log(round)),
            ("close_s", "close", lambda: closing._close(round)),
            ("reconcile_s", "reconcile", lambda: closing._reconcile(round)),
            ("count_s", "open, count twice", lambda: closing._count(round)),
            ("certify_s", "certify", lambda: approve(Approval.Stage.CERTIFY)),
            ("publish_s", "publish", lambda: approve(Approval.Stage.PUBLISH)),
            ("write_s", "write the publication", lambda: publication_services.make_bundle(round)),
        ]
        for column, step, act in steps:
            began = time.monotonic()
            act()
            seconds = time.monotonic() - began
            total += seconds
            row[column] = f"{seconds:.1f}"
            watch.tell(step, seconds, caster.longest())
        last = logbook.latest(round)
        assert last is not None
        assert last.size == size
        tallies = Tally.objects.filter(ballot_style__round=round)
        of_everybodys = {tally.scope: tally.n_ballots for tally in tallies.filter(ballot_style__number=1)}
        assert of_everybodys["inside"] + of_everybodys["outside"] == of_everybodys["everybody"] == size
        if case.dongs:
            of_dongs = tallies.filter(ballot_style__number__gt=1, scope="everybody")
            assert sum(tally.n_ballots for tally in of_dongs) == of_everybodys["inside"]
        packed = bundles.published_zip(fresh(round))
        assert packed is not None
        zipped = packed.stat().st_size / 2**20
        most, server = watch.most, watch.most_of_server
        print(f"{'together, from the close on':<32}{total:>9.1f}{most:>18.0f}{server:>11.0f}"
              f"   zip {zipped:.0f} MB")  # fmt: skip
        print(f"longest wait of a cast: {caster.most:.0f} ms, of 200")
        time_ratio, memory_ratio = total / SECONDS, watch.most / MEGABYTES
        print(f"close ratio: {time_ratio:.2f} of {SECONDS} s, {memory_ratio:.2f} of {MEGABYTES} MB")
        caster.stop()
        return row | {
            "together_s": f"{total:.1f}",
            "memory_mb": f"{most:.0f}",
            "server_mb": f"{server:.0f}",
            "longest_wait_ms": f"{caster.most:.0f}",
            "zip_mb": f"{zipped:.0f}",
            "load": f"{load:.1f}",
            "cores": str(os.cpu_count()),
            "measured_on": datetime.now(UTC).date().isoformat(),
        }


def _draw_up(dongs: int) -> Any:
    """Make a round that votes, with a ballot for everybody and one for each of several neighbourhoods."""
    from proposals.lifecycle import State
    from rounds.models import Phase
    from tests.factories import make_area, make_authority, make_category, make_proposal, make_round
    from voting.polls import services as polls_services
    from voting.polls.services import BallotStylePlan

    authority = make_authority()
    category = make_category(authority)
    round = make_round(authority, open=Phase.Kind.VOTING, budget_minor=2_000_000_000)
    areas = [make_area(authority.area) for _ in range(dongs)]
    for area, n_projects in ((None, PROJECTS), *((area, DONG_PROJECTS) for area in areas)):
        for _ in range(n_projects):
            cost = random.randrange(5, 80) * 1_000_000
            make_proposal(
                round,
                state=State.FEASIBLE,
                category=category,
                area=area,
                requested_cost_minor=cost,
                reviewed_cost_minor=cost,
            )
    of_dong = {"max_choices": MOST_CHOSEN_OF_DONG, "budget_minor": 150_000_000}
    plans = [
        BallotStylePlan(fields={"max_choices": MOST_CHOSEN}),
        *(BallotStylePlan(area, {}, of_dong) for area in areas),
    ]
    polls_services.draw_up_ballot_styles(round, actor=None, plans=plans)
    return round


class _Watch:
    """Samples memory while steps run, and prints a line for each."""

    def __init__(self, connection: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (backend,) = cursor.fetchone()
        self._connection = connection
        status = Path(f"/proc/{backend}/status").read_text()
        self._server = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid:"))
        self.most = self.most_of_server = self._peak = self._peak_of_server = 0.0
        # Without the server's: of this process and of those it has waited for.
        self._cpu = sum(os.times()[:4])
        threading.Thread(target=self._sample, daemon=True).start()

    def _sample(self) -> None:
        me = os.getpid()
        while True:
            mine = [me, *(each for each in _children(me) if _is_counter(each))]
            self._peak = max(self._peak, sum(map(_pss, mine)))
            server = [self._server, *_children(self._server)]
            self._peak_of_server = max(self._peak_of_server, sum(map(_pss, server)))
            time.sleep(0.3)

    def tell(self, step: str, seconds: float, cast: float | None) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            stored = cursor.fetchone()[0] / 2**20
        waited = "" if cast is None else f"{cast:.0f}"
        cpu, before = sum(os.times()[:4]), self._cpu
        self._cpu = cpu
        print(f"{step:<32}{seconds:>9.1f}{cpu - before:>9.1f}{self._peak:>9.0f}{self._peak_of_server:>11.0f}"
              f"{stored:>13.0f}{waited:>9}", flush=True)  # fmt: skip
        self.most = max(self.most, self._peak)
        self.most_of_server = max(self.most_of_server, self._peak_of_server)
        self._peak = self._peak_of_server = 0.0


def _children(process: int) -> list[int]:
    """Return the processes that a process has started, in whichever of its threads."""
    found = []
    for thread in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(word) for word in thread.read_text().split()]
    return found


def _is_counter(process: int) -> bool:
    """Return whether it is a second counter; the process that casts is not part of the close."""
    try:
        return b"/dev/stdin" in Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def _pss(process: int) -> float:
    """Megabytes of a process, what it shares divided by those who share it; 0 for one that is gone."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("Pss:")), 0.0)


class _Caster:
    """A process that goes on casting."""

    def __init__(self, connection: Any, *rounds: int) -> None:
        about = connection.get_connection_params()
        about = {
            name: about[name] for name in ("dbname", "user", "password", "host", "port") if name in about
        }
        self.most = 0.0
        self._process = subprocess.Popen(
            [sys.executable, "-c", _CAST, repr(about), *map(str, rounds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def longest(self) -> float:
        """Return the longest wait since it was last asked, in milliseconds."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        found = float(self._process.stdout.readline())
        self.most = max(self.most, found)
        return found

    def stop(self) -> None:
        with self._process:
            assert self._process.stdin
            self._process.stdin.close()


# One ballot after the other in each of the rounds: the closed one refuses it, the other stores it.
_CAST = """
import ast, os, select, sys, time
import psycopg2
connection = psycopg2.connect(**ast.literal_eval(sys.argv[1]))
connection.autocommit = True
cursor = connection.cursor()
longest = 0
while True:
    for round in map(int, sys.argv[2:]):
        began = time.monotonic()
        cursor.execute(
            "SELECT outcome FROM cast_ballot(%s, %s, %s, %s, %s, 'web', 'resident', NULL, '')",
            [round, os.urandom(32), os.urandom(540), os.urandom(32), os.urandom(32)],
        )
        longest = max(longest, time.monotonic() - began)
    if select.select([sys.stdin], [], [], 0.01)[0]:
        if not sys.stdin.readline():
            break
        print(longest * 1000, flush=True)
        longest = 0
"""


def _officials(round: Any) -> list[Any]:
    from identity.roles import Role
    from tests.factories import make_official

    return [make_official(round.authority, role) for role in (Role.BUDGET_OFFICER, Role.AUTHORITY_ADMIN)]


def _fill(round: Any, size: int) -> None:
    """Put `size` people into the register, and a ballot of each into box and log."""
    from django.db import connection, transaction
    from django.utils import timezone

    from tests.voting.votes import triggers_asleep
    from voting.polls.models import Project

    papers = list(round.ballot_styles.order_by("number"))
    offered = {
        ballot_style.number: list(
            Project.objects.filter(ballot_style=ballot_style)
            .order_by("number")
            .values_list("code", flat=True)
        )
        for ballot_style in papers
    }
    # Where people live, and which paper is theirs alone.
    homes = [(ballot_style.area_id, ballot_style.number) for ballot_style in papers if ballot_style.area_id]
    make = partial(
        _rows,
        about=(round.pk, round.slug, bytes(round.poll.rules_hash), round.authority),
        key=round.poll.key,
        offered=offered,
        homes=homes or [(round.authority.area_id, 1)],
        now=timezone.now(),
    )
    sizes = [min(_BATCH, size - start) for start in range(0, size, _BATCH)]
    tables = (
        (
            "verification_person",
            "id, authority_id, residency, area_id, age_group, assurance, verified_at",
        ),
        (
            "ballots_ballotbox",
            "round_id, voter_tag, sealed, channel, residency, area_id, age_group, revision",
        ),
        ("ballots_castevent", "round_id, log_ref, commitment, kind, recorded_on"),
    )
    seeds = [random.random() for _ in sizes]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for texts in pool.map(make, sizes, seeds):
            with transaction.atomic(), connection.cursor() as cursor, triggers_asleep():
                for (table, columns), rows in zip(tables, texts, strict=True):
                    cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", io.StringIO(rows))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _rows(
    size: int,
    seed: float,
    *,
    about: tuple[Any, ...],
    key: Any,
    offered: dict[int, list[str]],
    homes: list[tuple[int, int]],
    now: datetime,
) -> tuple[str, str, str]:
    """Return people, sealed ballots and log entries as COPY reads them."""
    from voting.ballots import sealing as ballots_sealing
    from voting.ballots.services import casting
    from voting.polls import choices as polls_choices

    round_id, slug, rules_hash, authority = about
    chance = random.Random(seed)
    # Popularity falls off, as it does among real projects.
    weights = {
        number: list(accumulate(1 / (place + 3) for place in range(len(lines))))
        for number, lines in offered.items()
    }

    def chosen(number: int) -> list[str]:
        most = MOST_CHOSEN if number == 1 else MOST_CHOSEN_OF_DONG
        drawn = chance.choices(offered[number], cum_weights=weights[number], k=chance.randint(1, most))
        return sorted(set(drawn))

    persons, box, log = [], [], []
    for _ in range(size):
        person = str(uuid.uuid4())
        is_outside = chance.random() < 0.05
        area, own = (None, 1) if is_outside else chance.choice(homes)
        residency = "outside" if is_outside else "resident"
        text = polls_choices.canonical({number: chosen(number) for number in sorted({1, own})})
        envelope = casting.Envelope.of(ballots_sealing.new_code(), slug, rules_hash, text)
        tag = ballots_sealing.tag(key, person)
        sealed = ballots_sealing.seal(
            key,
            ballots_sealing.UnsealedBallot(envelope.references, text),
            round_id=round_id,
            voter_tag=tag,
            traits=ballots_sealing.Traits(residency, area, "35-49", "web"),
        )
        where = area or "\\N"
        persons.append(f"{person}\t{authority.pk}\t{residency}\t{where}\t35-49\t2\t{now.isoformat()}\n")
        box.append(
            f"{round_id}\t\\\\x{tag.hex()}\t\\\\x{sealed.hex()}\tweb\t{residency}\t{where}\t35-49\t1\n"
        )
        refs = envelope.references.log_ref.hex()
        log.append(f"{round_id}\t\\\\x{refs}\t\\\\x{envelope.commitment.hex()}\tcast\t{now.date()}\n")
    return "".join(persons), "".join(box), "".join(log)


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
    main(sys.argv[1:])
