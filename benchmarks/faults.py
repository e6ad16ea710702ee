"""Ballots under fire: many clients cast at once while web, worker, Redis and PostgreSQL are killed.

Every voter has one ballot and sends it again, with the same receipt, until it is acknowledged. Meanwhile
programs are killed at once (SIGKILL), the four kinds in turn, spread over the load. Afterwards the box is
opened with the round's key and compared with every acknowledgement. Printed besides: how long no page was
served after each kill of PostgreSQL, from the kill until a page comes back; the server is started again at
once, as its supervisor would. Everything stays on this machine; only processes started here are killed.

POSTS, KILLS and CLIENTS in the environment make it smaller.
"""

import logging
import os
import statistics
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.site import Program, Site

POSTS = int(os.environ.get("POSTS", "10000"))
KILLS = int(os.environ.get("KILLS", "100"))
CLIENTS = int(os.environ.get("CLIENTS", "32"))
# Between two kills of web workers: faster deaths the server takes for a fault of the program and ends itself.
WEB_REST_SECONDS = 6.0
# For the whole of it. A ballot that is not acknowledged by then is not counted as acknowledged.
SECONDS = 2400.0


def main() -> None:
    """Measure and print; the last line is the result."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "pbplatform.settings.test"
    import django

    django.setup()
    logging.disable(logging.CRITICAL)
    from django.conf import settings
    from django.db import connection

    from devtools.embedded import EmbeddedServers
    from pbplatform.operations import invariants
    from pbplatform.settings.test import EMBEDDED
    from tests.faults.site import Site
    from tests.faults.voters import compare, make_ballots, voters_at_work

    try:
        with Site(EmbeddedServers(Path(settings.BASE_DIR) / "var" / "bench-faults")) as site, site.database():
            vote = make_ballots(POSTS, projects=20)
            worker = site.new_worker()
            begun = time.monotonic()
            at_work = voters_at_work(vote.ballots, site.port, clients=CLIENTS, seconds=SECONDS)
            with at_work as n_acknowledged:
                kills, started, out = _kill(site, worker, n_acknowledged)
            seconds = time.monotonic() - begun
            connection.close()
            found = compare(vote)
            broken = [finding.code for finding in invariants.inspect(deep=True) if finding.found]
    finally:
        EMBEDDED.release()
    tries = [len(ballot.statuses) for ballot in vote.ballots]
    answers = Counter(status for ballot in vote.ballots for status in ballot.statuses)
    print(
        f"{POSTS} ballots of {CLIENTS} clients in {seconds:.0f} s;"
        f" {sum(tries)} posts, {max(tries)} at most a ballot"
    )
    print("answers: " + ", ".join(f"{status or 'broken off'} {n}" for status, n in sorted(answers.items())))
    print(
        "kills: " + ", ".join(f"{name} {n}" for name, n in kills.items()) + f", {sum(kills.values())} in all"
    )
    if out:
        print(
            f"out of service after a kill of PostgreSQL: {statistics.median(out):.2f} s median,"
            f" {max(out):.2f} s worst of {len(out)}; of it until it takes connections:"
            f" {statistics.median(started):.2f} s median, {max(started):.2f} s worst"
        )
    print(f"invariants that do not hold: {', '.join(broken) or 'none'}")
    print(f"acknowledged: {found.acknowledged} stored: {found.stored}")
    print(f"lost: {found.lost} duplicated: {found.duplicated}")


def _kill(
    site: "Site", worker: "Program", n_acknowledged: Callable[[], int]
) -> tuple[Counter[str], list[float], list[float]]:
    """Kill the four kinds in turn, each when its share of the ballots is in; return how often, and outages.

    An outage of PostgreSQL is given twice: until it takes connections again, and until a page is served.

    A kill that comes late because the one before took long is made nevertheless: `KILLS` are made in all.
    """
    kills: Counter[str] = Counter()
    started: list[float] = []
    out: list[float] = []
    last_web_kill = 0.0
    for number in range(KILLS):
        due = POSTS * (number + 1) // (KILLS + 1)
        deadline = time.monotonic() + 60
        while n_acknowledged() < due and time.monotonic() < deadline:
            time.sleep(0.01)
        kind = ("PostgreSQL", "web worker", "Redis", "background worker")[number % 4]
        if kind == "PostgreSQL":
            begun = time.monotonic()
            site.kill_postgres()
            site.servers.postgres.start()
            started.append(time.monotonic() - begun)
            site.wait_until_it_answers()
            out.append(time.monotonic() - begun)
        elif kind == "web worker":
            time.sleep(max(0.0, last_web_kill + WEB_REST_SECONDS - time.monotonic()))
            site.kill_a_web_worker()
            last_web_kill = time.monotonic()
        elif kind == "Redis":
            site.kill_valkey()
            site.servers.valkey.start()
        else:
            worker.kill()
            worker.start()
        kills[kind] += 1
    return kills, started, out
