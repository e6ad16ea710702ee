"""An attacker who has stolen everything and wants to know who cast which ballot.

The attacker holds: dumps of the database from before the close and from after the key was destroyed, with the
row versions and positions that a copy of the files shows; the write-ahead log in between; logs, mails and
Redis; every remaining key on the machine. The attempts, one after the other:

* order: voters, voter tokens of the box, log entries and ballots each appear in many orders (their positions
  in a table, any column, row versions, the write-ahead log, lines of logs, mails, the published file). If an
  order of ballots follows an order of anything else, the longest run in which both agree is longer than by
  chance;
* names: a reference, a voter token or a ballot's choices occur in a second row, a log line, a mail or Redis;
* hashes: a reference, commitment or voter token is a hash of a known value of an account or a person, under a
  remaining key, a public value, or none;
* commitments: an entry's commitment is that of a published ballot under a nonce that can be guessed;
* seals: a sealed ballot of the older dump unseals with a remaining key, or its length reveals its contents.

Two random orders of n things agree in k of them, in that order, with a probability of at most C(n, k) / k!.
The threshold is the least k for which this, times all pairs of orders compared, is under `ALPHA`: a bound,
not an approximation. So a finding is a link; and no finding means that none of these ways leads further than
guessing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from math import lgamma, log

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.stolen import in_base64

ALPHA = 1e-15
# Shorter orders cannot show a link at that level.
_FEWEST = 40

_OF_AN_ACCOUNT = re.compile(r"(account|user|actor|author|subject|viewer|_by)_id$")
_ACCOUNT_IN_A_LOG = re.compile(r"account_id\W{1,4}(\d+)")
_WORD = re.compile(r"[\w.@+-]+")

# Orders of things of one kind, by the place where they were found.
Orders = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a dump, with rows in the order of the file, as COPY prints them."""

    columns: list[str]
    rows: list[list[str]]

    def column(self, name: str) -> list[str]:
        place = self.columns.index(name)
        return [row[place] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Known:
    """The attacker's knowledge about one voter: the account number, and every value unique to the voter."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Loot:
    """All data the attacker holds. References, voter tokens and commitments are in hexadecimal."""

    # By the name of the dump and of the table.
    dumps: Mapping[str, Mapping[str, Table]]
    # All other text, by its name.
    texts: Mapping[str, str]
    # The position at which each value first occurs in the write-ahead log.
    wal: Mapping[str, int]
    voters: Sequence[Known]
    # File name and content of remaining keys, and values anybody can read.
    keys: Mapping[str, bytes]
    # The published ballots: reference and choices, in the order of their file.
    published: Sequence[tuple[str, str]]
    # The beginning of each commitment.
    head: bytes
    # The data that binds a sealed ballot to its row: round, then voter token, residency, area, age group,
    # channel.
    bound: Callable[[Mapping[str, str]], bytes]
    # Orders found elsewhere: "voter", "tag", "entry" or "ballot", and the place.
    orders: Mapping[str, Orders] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Truth:
    """The attacker's goals, and the truth to judge by: for each thing, its ballot."""

    voter: Mapping[str, str]
    tag: Mapping[str, str]
    entry: Mapping[str, str]


def read_dump(text: str, versions: Mapping[str, Sequence[str]]) -> dict[str, Table]:
    """Read the rows out of a dump; `versions` are the row versions of tables, by position."""
    tables = {}
    for found in re.finditer(r"^COPY public\.(\S+) \(([^)]*)\) FROM stdin;\n(.*?)^\\\.$", text, re.M | re.S):
        name, columns, content = found[1], found[2].replace('"', "").split(", "), found[3]
        rows = [line.split("\t") for line in content.splitlines()]
        if len(versions.get(name, ())) == len(rows):
            columns = [*columns, "xmin"]
            rows = [[*row, version] for row, version in zip(rows, versions[name], strict=True)]
        tables[name] = Table(columns, rows)
    return tables


def links(loot: Loot, truth: Truth) -> list[str]:
    """Try everything; return a sentence for each way that reveals more than guessing."""
    orders = all_orders(loot)
    return [
        *by_order(orders, truth),
        *by_name(loot),
        *by_hash(loot),
        *by_commitment(loot),
        *by_seal(loot),
    ]


# Orders.


def all_orders(loot: Loot) -> dict[str, Orders]:
    """Return every order in which voters, voter tokens, entries and ballots are found."""
    names = {value: voter.name for voter in loot.voters for value in voter.values}
    accounts = {voter.name for voter in loot.voters}
    found: dict[str, Orders] = {
        "voter": {},
        "tag": {},
        "entry": {},
        "ballot": {"published file": [ref for ref, _choices in loot.published]},
    }
    for dump, tables in loot.dumps.items():
        for name, table in tables.items():
            numbers = [
                place
                for place, column in enumerate(table.columns)
                if _OF_AN_ACCOUNT.search(column) or (name, column) == ("identity_account", "id")
            ]

            def voter(row: Sequence[str], numbers: Sequence[int] = numbers) -> str | None:
                of = [row[place] for place in numbers if row[place] in accounts]
                return next(iter([*of, *(names[value] for value in row if value in names)]), None)

            found["voter"] |= _orders_in(f"{dump}.{name}", table, voter)
        for kind, name, column in (
            ("tag", "ballots_ballotbox", "voter_tag"),
            ("entry", "ballots_castevent", "log_ref"),
            ("ballot", "ballots_finalballot", "ballot_ref"),
        ):
            if name in tables:
                place = tables[name].columns.index(column)

                def thing(row: Sequence[str], place: int = place) -> str | None:
                    return _hex(row[place])

                found[kind] |= _orders_in(f"{dump}.{name}", tables[name], thing)
    for name, text in loot.texts.items():
        mentioned = [names[word] for word in _WORD.findall(text) if word in names]
        found["voter"] |= _both_ends(name, mentioned)
        numbered = [number for number in _ACCOUNT_IN_A_LOG.findall(text) if number in accounts]
        found["voter"] |= _both_ends(f"{name}, by number", numbered)
    for kind in ("tag", "entry", "ballot"):
        things = {thing for order in found[kind].values() for thing in order}
        placed = sorted((thing for thing in things if thing in loot.wal), key=loot.wal.__getitem__)
        found[kind] |= _both_ends("write-ahead log", placed)
    seen = {
        voter.name: [loot.wal[value] for value in voter.values if value in loot.wal] for voter in loot.voters
    }
    for end, where in ((min, "write-ahead log"), (max, "write-ahead log, last")):
        placed = sorted((name for name in seen if seen[name]), key=lambda name: end(seen[name]))
        found["voter"] |= _both_ends(where, placed)
    for kind, more in loot.orders.items():
        found[kind] |= more
    return found


def _orders_in(
    where: str, table: Table, subject: Callable[[Sequence[str]], str | None]
) -> Iterator[tuple[str, list[str]]]:
    rows = [(found, row) for row in table.rows if (found := subject(row)) is not None]
    yield from _both_ends(f"{where} by place", [found for found, _row in rows])
    for number, column in enumerate(table.columns):
        values = [row[number] for _found, row in rows]
        if len(set(values)) < 2:
            continue
        is_number = all(re.fullmatch(r"-?\d{1,18}", value) for value in values)
        read: Callable[[str], int | str] = int if is_number else str
        keyed = sorted((read(value), place) for place, value in enumerate(values))
        yield from _both_ends(f"{where}.{column}", [rows[place][0] for _value, place in keyed])


def _both_ends(where: str, mentioned: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield the things in the order of their first mention, and of their last if that differs."""
    first = list(dict.fromkeys(mentioned))
    last = list(reversed(dict.fromkeys(reversed(mentioned))))
    if len(first) >= _FEWEST:
        yield where, first
        if last != first:
            yield f"{where}, last", last


def by_order(orders: Mapping[str, Orders], truth: Truth) -> list[str]:
    """Compare every order of ballots with every order of anything linked to one."""
    jobs = list(product(("voter", "tag", "entry"), orders["ballot"].items()))
    pairs = [
        (kind, where, order, place, ballots)
        for kind, (place, ballots) in jobs
        for where, order in orders[kind].items()
    ]
    found = []
    for kind, where, order, place, ballots in pairs:
        ranks = {ref: rank for rank, ref in enumerate(ballots)}
        led_to: Mapping[str, str] = getattr(truth, kind)
        run = [ranks[led_to[thing]] for thing in order if led_to.get(thing) in ranks]
        if len(run) < _FEWEST:
            continue
        least = least_beyond_chance(len(run), comparisons=2 * len(pairs))
        longest = max(longest_run(run), longest_run([-rank for rank in run]))
        if longest >= least:
            found.append(
                f"order: {longest} of {len(run)} ballots ({place}) follow {kind}s ({where}); "
                f"chance gives fewer than {least}"
            )
    return found


def longest_run(numbers: Sequence[int]) -> int:
    """Return the length of the longest increasing subsequence."""
    ends: list[int] = []
    for number in numbers:
        place = bisect_left(ends, number)
        ends[place : place + 1] = [number]
    return len(ends)


def least_beyond_chance(n: int, *, comparisons: int) -> int:
    """Return the least k for which `comparisons` times C(n, k) / k! is under `ALPHA`."""
    for k in range(1, n + 1):
        choose = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
        if log(comparisons) + choose - lgamma(k + 1) < log(ALPHA):
            return k
    return n + 1


# Names.

# If values are stored in an encoded form, all of them are: a few reveal it.
_IN_EVERY_FORM = 20

# The tables in which a reference, an entry or a voter token must be, and no others.
_OWN_TABLES = {
    "ballot": {"ballots_finalballot"},
    "entry": {"ballots_castevent"},
    "tag": {"ballots_ballotbox"},
}
# The tables with public lists of projects: published ballots, and winners.
_PUBLISHED = {"ballots_finalballot", "counting_tally"}


def by_name(loot: Loot) -> list[str]:
    """Look for references, voter tokens and choices in places where they should not be."""
    found = []
    orders = all_orders(loot)
    texts = dict(loot.texts)
    for dump, tables in loot.dumps.items():
        for name, table in tables.items():
            texts[f"{dump}.{name}"] = "\n".join("\t".join(row) for row in table.rows)
    for kind, own in _OWN_TABLES.items():
        elsewhere = {place: text for place, text in texts.items() if place.partition(".")[2] not in own}
        things = sorted({thing for order in orders[kind].values() for thing in order})
        for number, thing in enumerate(things):
            forms = {thing}
            if number < _IN_EVERY_FORM:
                forms |= {thing.upper(), repr(bytes.fromhex(thing))[2:-1], *in_base64(bytes.fromhex(thing))}
            for place, text in elsewhere.items():
                if any(form in text for form in forms):
                    found.append(f"name: a {kind} also stands in {place}")
    for ref, choices in loot.published:
        codes = choices.split(",")
        if len(codes) < 2:
            continue
        forms = {choices, json.dumps(codes), json.dumps(codes, separators=(",", ":")), "%2C".join(codes)}
        forms.add("&".join(f"choice-1={code}" for code in codes))
        for place, text in texts.items():
            if place.partition(".")[2] not in _PUBLISHED and any(form in text for form in forms):
                found.append(f"name: the choices of ballot {ref} also stand in {place}")
    return found


# Hashes.

_HASHES = ("md5", "sha1", "sha256", "sha512", "blake2b")


def by_hash(loot: Loot) -> list[str]:
    """Hash all known values of each voter in every likely way, and look for the result."""
    sought: dict[str, str] = {}
    for tables in loot.dumps.values():
        for name, columns in {
            "ballots_finalballot": ("ballot_ref",),
            "ballots_castevent": ("log_ref", "commitment"),
            "ballots_ballotbox": ("voter_tag",),
        }.items():
            for column in columns if name in tables else ():
                sought |= {_hex(value)[:32]: f"{name}.{column}" for value in tables[name].column(column)}
    found = []
    ways = _ways_to_hash(loot.keys)
    for voter in loot.voters:
        for value, (how, digest) in product((voter.name, *voter.values), ways):
            for spelled in (value.encode(), value.replace("-", "").encode()):
                if (place := sought.get(digest(spelled)[:32])) is not None:
                    found.append(f"hash: {place} is {how} of something known about {voter.name}")
    return found


def _ways_to_hash(keys: Mapping[str, bytes]) -> list[tuple[str, Callable[[bytes], str]]]:
    def plain(name: str) -> Callable[[bytes], str]:
        return lambda content: hashlib.new(name, content).hexdigest()

    def keyed(key: bytes) -> Callable[[bytes], str]:
        return lambda content: hmac.digest(key, content, "sha256").hex()

    ways = [(name, plain(name)) for name in _HASHES]
    for name, key in keys.items():
        ways.append((f"HMAC with {name}", keyed(key)))
        for purpose in ("tag", "seal", "load", "ballot", "log"):
            derived = hmac.digest(key, purpose.encode(), "sha256")
            ways.append((f"HMAC with {name}, {purpose}", keyed(derived)))
    return ways


def by_commitment(loot: Loot) -> list[str]:
    """Try to derive each entry's commitment from each published ballot, with nonces that can be guessed."""
    tables = [tables["ballots_castevent"] for tables in loot.dumps.values() if "ballots_castevent" in tables]
    entries = {
        _hex(commitment): _hex(log_ref)
        for table in tables
        for commitment, log_ref in zip(table.column("commitment"), table.column("log_ref"), strict=True)
    }
    public = [b"", bytes(32), *loot.keys.values()]
    found = []
    for ref, choices in loot.published:
        codes = json.dumps({"1": choices.split(",")}, separators=(",", ":")).encode()
        own = bytes.fromhex(ref)
        guesses = [*public, own, hashlib.sha256(own).digest(), *map(bytes.fromhex, entries.values())]
        for nonce in guesses:
            if hashlib.sha256(loot.head + nonce + codes).hexdigest() in entries:
                found.append(f"commitment: an entry is that of ballot {ref}")
    return found


def by_seal(loot: Loot) -> list[str]:
    """Try every remaining key on the sealed ballots, and look at their lengths."""
    found = []
    for dump, tables in loot.dumps.items():
        if "ballots_ballotbox" not in tables:
            continue
        table = tables["ballots_ballotbox"]
        rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        sealed = [bytes.fromhex(_hex(row["sealed"])) for row in rows if row["sealed"] != "\\N"]
        if len({len(content) for content in sealed}) > 1:
            found.append(f"seal: lengths in {dump} differ")
        for name, key in loot.keys.items():
            for purpose in ("seal", None):
                used = hmac.digest(key, purpose.encode(), "sha256") if purpose else key[:32].ljust(32, b"\0")
                cipher = AESGCM(used)
                for row, content in zip(rows, sealed, strict=False):
                    try:
                        cipher.decrypt(content[:12], content[12:], loot.bound(row))
                    except InvalidTag:
                        continue
                    found.append(f"seal: {name} opens a ballot of {dump}")
    return found


def _hex(value: str) -> str:
    """Return a column of bytes as COPY prints it, in hexadecimal only."""
    return value.replace("\\", "").removeprefix("x")


def with_order(loot: Loot, kind: str, where: str, order: list[str]) -> Loot:
    """Return the same loot with one more order, for the attempts that must succeed."""
    return replace(loot, orders={**loot.orders, kind: {**loot.orders.get(kind, {}), where: order}})
