"""Ballots per second through the full stack, compared with pgbench running the same SQL in the same run.

A cast is one POST of the review page by a signed-in user: session, CSRF token, eligibility, sealing, the
casting function, the read-back, the signature and the whole answer page. Every post is another voter's first
ballot. Settings, middleware, log and the command of the web server are production's, behind a proxy that ends
TLS; the voters have agreed to the texts in force. The SQL of one such request is recorded and given to
pgbench, statement by statement, with fresh tags and references. Server, clients and PostgreSQL share the
machine; everything stays on the loopback interface. The last line is the smallest of the ratios: casts per
second over pgbench's transactions per second.
"""

import http.client
import os
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from devtools.embedded import EmbeddedServers

HOST = "budget.example.org"
CLIENTS = (1, 8, 32)
BALLOTS = int(os.environ.get("BALLOTS", "1500"))
PGBENCH_SECONDS = 5
PROJECTS = 200
CHOSEN = 6


@dataclass(frozen=True, slots=True)
class Post:
    """One voter's request, ready to be sent."""

    path: str
    headers: dict[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Sent:
    """The answers: seconds for each, and the number that were not 200."""

    seconds: list[float]
    wrong: int


def main() -> None:
    """Measure and print."""
    with site() as (address, database_url, pgbench):
        round_id, posts = prepare(BALLOTS * len(CLIENTS) + 20)
        # Each over a connection of its own, so that every worker has had some.
        for post in posts[:20]:
            _send(address, [post])
        script = _script(posts[19])
        ratios = []
        for number, clients in enumerate(CLIENTS):
            mine = posts[20 + number * BALLOTS : 20 + (number + 1) * BALLOTS]
            before = _n_stored(round_id)
            rate, sent = _measure(address, mine, clients)
            stored = _n_stored(round_id) - before
            raw = _pgbench(pgbench, database_url, script, clients)
            ratios.append(rate / raw)
            print(
                f"{clients:>3} clients  {rate:7.1f} casts/s"
                f"  {1000 * statistics.median(sent.seconds):6.1f} ms median"
                f"  {1000 * statistics.quantiles(sent.seconds, n=100)[98]:7.1f} ms p99"
                f"  {raw:7.1f} pgbench tps  ratio {rate / raw:.3f}"
                f"  acknowledged {len(mine) - sent.wrong}, stored {stored}",
                flush=True,
            )
        print(f"cast ratio: {min(ratios):.3f}")


def _measure(address: str, posts: Sequence[Post], clients: int) -> tuple[float, Sent]:
    """Send the posts from `clients` processes at once; return casts per second and what came back."""
    shares = [list(posts[place::clients]) for place in range(clients)]
    with ProcessPoolExecutor(clients) as pool:
        # Every process is up before the clock starts.
        list(pool.map(time.sleep, [0.2] * clients))
        start = time.monotonic()
        answers = list(pool.map(_send, [address] * clients, shares))
        elapsed = time.monotonic() - start
    sent = Sent([s for answer in answers for s in answer.seconds], sum(answer.wrong for answer in answers))
    return (len(posts) - sent.wrong) / elapsed, sent


def _send(address: str, posts: Sequence[Post]) -> Sent:
    connection = http.client.HTTPConnection(address, timeout=30)
    seconds, wrong = [], 0
    for post in posts:
        start = time.monotonic()
        connection.request("POST", post.path, post.body, post.headers)
        answer = connection.getresponse()
        answer.read()
        seconds.append(time.monotonic() - start)
        wrong += answer.status != 200
    connection.close()
    return Sent(seconds, wrong)


def prepare(n_voters: int) -> tuple[int, list[Post]]:
    """Make a round in its voting phase, voters with open sessions, and a post for each."""
    from django.utils import timezone

    from identity.models import Account, Consent
    from identity.selectors import policies_in_force
    from tests.faults.voters import make_ballots
    from tests.voting.votes import make_vote

    round = make_vote([10_000_000] * PROJECTS, ballot_style={"max_choices": 10}, budget_minor=1_000_000_000)
    vote = make_ballots(n_voters, round=round, n_chosen=CHOSEN)
    Consent.objects.bulk_create(
        Consent(
            account=account,
            purpose=version.kind.value,
            version=version.number,
            given_at=timezone.now(),
        )
        for version in policies_in_force()
        for account in Account.objects.filter(persons__authority=round.authority)
    )
    # As the page's script sends it, and as it comes from the proxy.
    more = {"HX-Request": "true", "Host": HOST, "Origin": f"https://{HOST}", "X-Forwarded-Proto": "https"}
    return round.pk, [Post(ballot.path, ballot.headers | more, ballot.body) for ballot in vote.ballots]


def _n_stored(round_id: int) -> int:
    from voting.ballots.models import BallotBox

    return BallotBox.objects.filter(round_id=round_id).count()


def _script(post: Post) -> str:
    """Record the SQL of one cast as a script for pgbench, with new tags and references each time."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={name: value for name, value in post.headers.items() if name != "Content-Type"})
    # A new reference, or it would be a replay of what the warming up sent.
    body = re.sub("log_ref=[0-9a-f]{64}", f"log_ref={secrets.token_hex(32)}", post.body)
    with CaptureQueriesContext(connection) as queries:
        answer = client.post(post.path, body, content_type=post.headers["Content-Type"])
    assert answer.status_code == 200, answer.status_code
    statements = [query["sql"] for query in queries]
    assert sum("cast_ballot" in sql for sql in statements) == 1, statements
    return "\n".join(f"{_fresh(sql)};" for sql in statements)


def _fresh(sql: str) -> str:
    if "cast_ballot" not in sql:
        return sql
    places = list(re.finditer(r"'\\x[0-9a-f]{64}'::bytea", sql))
    assert len(places) == 3, sql
    for found in reversed(places):
        sql = f"{sql[: found.start()]}sha256(gen_random_uuid()::text::bytea){sql[found.end() :]}"
    return sql


def _pgbench(program: Path, database_url: str, script: str, clients: int) -> float:
    """Run the script from as many clients for some seconds; return transactions per second."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        command = [
            *(str(program), "-n", "-c", str(clients), "-j", str(min(clients, 2)), "-T", str(PGBENCH_SECONDS)),
            *("-f", file.name, database_url),
        ]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    failed = re.search(r"number of failed transactions: (\d+)", output)
    assert failed is None or failed[1] == "0", output
    found = re.search(r"tps = ([0-9.]+)", output)
    assert found, output
    return float(found[1])


@contextmanager
def site() -> Iterator[tuple[str, str, Path]]:
    """Yield a web server's address, its database's address, and where pgbench is.

    Server, settings and the command that starts it are production's; only PostgreSQL and Redis are embedded.
    """
    base = Path(__file__).resolve().parent.parent
    (base / "var").mkdir(exist_ok=True)
    # On the same disk as the site's own data: the cost of a commit depends on it.
    with tempfile.TemporaryDirectory(dir=base / "var") as kept:
        # PostgreSQL may have to run as somebody else, who must be able to go in.
        Path(kept).chmod(0o755)
        embedded = EmbeddedServers(Path(kept))
        embedded.start()
        try:
            name = "bench"
            os.environ.update(
                _environment(Path(kept)),
                DATABASE_URL=embedded.database_url(name),
                REDIS_URL=embedded.redis_url(0),
                CACHE_REDIS_URL=embedded.redis_url(1),
            )
            embedded.postgres.create_database(name)
            for command in (["migrate", "--noinput"], ["collectstatic", "--noinput"]):
                subprocess.run([sys.executable, "manage.py", *command, "--verbosity=0"], check=True, cwd=base)
            import django

            django.setup()
            with _server() as address:
                host, user = embedded.sockets, embedded.postgres.USER
                program = embedded.postgres.programs / "pgbench"
                yield address, f"host={host} user={user} dbname={name}", program
        finally:
            embedded.stop()
            embedded.release()


def _environment(folder: Path) -> dict[str, str]:
    """The environment set by an operator, see docs/operations.md."""
    return {
        "DJANGO_SETTINGS_MODULE": "pbplatform.settings.production",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": HOST,
        "KEY_DIRECTORY": str(folder / "keys"),
        "MEDIA_ROOT": str(folder / "media"),
        "STATIC_ROOT": str(folder / "static"),
        "PUBLICATION_ROOT": str(folder / "publications"),
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "DEFAULT_FROM_EMAIL": f"budget@{HOST}",
        "SECURE_PROXY_HEADER": "X-Forwarded-Proto",
    }


@contextmanager
def _server() -> Iterator[str]:
    import socket

    from devtools.launcher import web as arguments

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen(
        [sys.executable, "-m", *arguments(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as web:
        try:
            _wait_for(f"127.0.0.1:{port}")
            yield f"127.0.0.1:{port}"
        finally:
            web.terminate()
            try:
                web.wait(15)
            except subprocess.TimeoutExpired:
                web.kill()


def _wait_for(address: str) -> None:
    for _ in range(1_200):
        try:
            connection = http.client.HTTPConnection(address, timeout=5)
            connection.request("GET", "/", headers={"Host": HOST, "X-Forwarded-Proto": "https"})
            connection.getresponse()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the web server does not answer")
