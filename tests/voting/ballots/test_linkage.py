"""Linking voters to ballots: an attacker with all stolen data finds no link, and does find planted ones."""

from __future__ import annotations

import hashlib
import hmac
import os
import random
from dataclasses import replace
from math import comb, factorial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse

from identity.roles import Role
from identity.services import erase
from identity.verification.models import Person
from notices.tasks import announce_due, deliver_due
from pbplatform.settings.test import EMBEDDED
from rounds.models import Round
from tests.factories import make_official, make_resident
from tests.stolen import broker_and_cache, first_places, kept_wal, pg_dump, read_wal
from tests.voting import linkage
from tests.voting.linkage import Known, Loot, Table, Truth, links
from tests.voting.votes import codes, end_voting, fresh, make_vote
from voting.ballots import sealing as ballots_sealing
from voting.ballots import tasks
from voting.ballots.services import Envelope
from voting.counting import services as counting_services
from voting.counting.ballot_files import ballot_file
from voting.paper import services as paper_services
from voting.polls import choices as polls_choices
from voting.polls import keys
from voting.polls.models import Approval
from voting.polls.selectors import rules_of
from voting.publication import services as publication_services

N_VOTERS = 150
# A batch of the log after every few casts.
BATCH = 60


def _versions() -> dict[str, list[str]]:
    """Return the row versions of every table, by position, as a copy of the files shows them."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT xmin::text FROM "{table}" ORDER BY ctid')
            found[table] = [version for (version,) in cursor.fetchall()]
    return found


def _cast(client: Client, round: Round, chosen: list[str]) -> ballots_sealing.References:
    """Post a ballot as a browser with script does; the code itself never leaves the browser."""
    envelope = Envelope.of(
        ballots_sealing.new_code(),
        round.slug,
        bytes(round.poll.rules_hash),
        polls_choices.canonical({1: chosen}),
    )
    answer = client.post(
        reverse("voting:review", args=[round.authority.slug, round.slug]),
        {
            "choice-1": chosen,
            "log_ref": envelope.references.log_ref.hex(),
            "ballot_ref": envelope.references.ballot_ref.hex(),
            "nonce": envelope.references.nonce.hex(),
            "commitment": envelope.commitment.hex(),
        },
    )
    assert answer.status_code == 200, answer.content.decode()
    return envelope.references


@pytest.mark.slow(15)
@pytest.mark.skipif(not EMBEDDED.with_postgres, reason="reads the server's own files")
@pytest.mark.django_db(transaction=True)
def test_t13_after_the_key_is_destroyed_nothing_leads_from_a_voter_to_a_ballot(
    settings, tmp_path, caplog, capfd
):
    """Vote through the site's pages as 150 voters, 30 of them twice, and six whose ballots are withdrawn.

    The round is closed, counted and published, and its key destroyed. The attacker of `linkage` then gets all
    the data named there, and finds no link.
    """
    settings.KEY_DIRECTORY = tmp_path / "keys"
    settings.PUBLICATION_ROOT = tmp_path / "published"
    settings.LOG_BATCH_ENTRIES = BATCH
    caplog.set_level("INFO")
    chance = random.Random(13)
    round = make_vote([100] * 8, ballot_style={"max_choices": 8}, budget_minor=400)
    offered = codes(round)
    voters = [make_resident(round.authority) for _ in range(N_VOTERS)]
    turns = [*voters, *chance.sample(voters, 30)]
    chance.shuffle(turns)
    references = {}
    # Three voters who vote on paper after all, and three who erase their accounts; the last of them votes in
    # the middle.
    withdrawing = [make_resident(round.authority) for _ in range(6)]
    gone = {account.pk: (account.persons.get(), account.email) for account in withdrawing}
    withdrawn = []
    clerk = make_official(round.authority, Role.CLERK)
    desk = paper_services.open_polling_place(round, "Town hall", actor=clerk)
    for place, account in enumerate(withdrawing):
        turns.insert(15 * place + 7, account)
    # A session is signed but not secret: anyone with the row can read the account in it.
    sessions: dict[int, list[str]] = {account.pk: [] for account in (*voters, *withdrawing)}

    with kept_wal() as start:
        for number, account in enumerate(turns, start=1):
            client = Client()
            client.force_login(account)
            sessions[account.pk].append(str(client.session.session_key))
            if number % 3 == 0:
                client.get(reverse("my_data"))
            chosen = sorted(chance.sample(offered, chance.randint(1, 5)))
            cast = _cast(client, round, chosen)
            if account.pk not in gone:
                references[account.pk] = cast
            elif (len(withdrawn) % 2) == 0:
                withdrawn.append(cast)
                paper_services.check_in(desk, gone[account.pk][0], actor=clerk, overrides=True)
            else:
                withdrawn.append(cast)
                erase(account, withdraw_public=False)
            if number % BATCH == 0:
                tasks.sequence_due()
                announce_due()
                deliver_due()
        key = round.poll.key
        persons = {person.account_id: person for person in Person.objects.filter(account__in=voters)}
        tags = {pk: ballots_sealing.tag(key, str(person.pk)).hex() for pk, person in persons.items()}
        gone_tags = [ballots_sealing.tag(key, str(person.pk)).hex() for person, _email in gone.values()]
        backup = linkage.read_dump(pg_dump(), _versions())
        end_voting(round)
        paper_services.settle_polling_place(desk, actor=clerk)
        counting_services.count(fresh(round))
        officials = [
            make_official(round.authority, role) for role in (Role.BUDGET_OFFICER, Role.AUTHORITY_ADMIN)
        ]
        for step in Approval.Stage.CERTIFY, Approval.Stage.PUBLISH, Approval.Stage.DESTROY_KEY:
            for official in officials:
                counting_services.approve(round, step, actor=official)
            announce_due()
            deliver_due()
        round = fresh(round)
        publication_services.make_bundle(round)
        final = linkage.read_dump(pg_dump(), _versions())
        stream = read_wal(start)

    written = capfd.readouterr()
    known = [
        Known(str(account.pk), (str(persons[account.pk].pk), account.email, *sessions[account.pk]))
        for account in voters
    ] + [Known(str(pk), (str(person.pk), email, *sessions[pk])) for pk, (person, email) in gone.items()]
    values = {ref.ballot_ref.hex(): ref.ballot_ref for ref in references.values()}
    values |= {ref.log_ref.hex(): ref.log_ref for ref in references.values()}
    values |= {ref.log_ref.hex(): ref.log_ref for ref in withdrawn}
    values |= {tag: bytes.fromhex(tag) for tag in (*tags.values(), *gone_tags)}
    values |= {str(person.pk): person.pk.bytes for person in persons.values()}
    values |= {str(person.pk): person.pk.bytes for person, _email in gone.values()}
    values |= {account.email: account.email.encode() for account in voters}
    # Written at every sign-in; of the other rows, only those that the server happens to write out in full.
    values |= {key: key.encode() for keys in sessions.values() for key in keys}
    places = first_places(stream, values.values())
    ballot_style = rules_of(round.poll).ballot_styles[0]
    file = b"".join(ballot_file(round, rules_of(round.poll), ballot_style, "everybody")).decode()
    loot = Loot(
        dumps={"backup": backup, "final": final},
        texts={
            "logs": caplog.text + written.out + written.err,
            "mails": "\n".join(f"{message.to} {message.subject}\n{message.body}" for message in mail.outbox),
            "redis": broker_and_cache(),
        },
        wal={name: places[value] for name, value in values.items() if value in places},
        voters=known,
        keys={
            **{path.name: path.read_bytes() for path in Path(settings.KEY_DIRECTORY).iterdir()},
            "SECRET_KEY": settings.SECRET_KEY.encode(),
            "the rules' hash": bytes(round.poll.rules_hash),
            "the key's check": bytes(round.poll.key_check),
            "the key's name": round.poll.key_name.bytes,
            "the round's name": round.slug.encode(),
            "nothing": b"",
        },
        published=[
            (line.split(";")[0], line.split(";")[1]) for line in file.partition("VOTES\n")[2].split()[1:]
        ],
        head=f"{ballots_sealing.FORMAT}|{round.slug}|{bytes(round.poll.rules_hash).hex()}|".encode(),
        bound=lambda row: ballots_sealing._bound(
            round.pk,
            bytes.fromhex(row["voter_tag"].replace("\\", "").removeprefix("x")),
            ballots_sealing.Traits(row["residency"], int(row["area_id"]), row["age_group"], row["channel"]),
        ),
    )
    truth = Truth(
        voter={str(pk): ref.ballot_ref.hex() for pk, ref in references.items()},
        tag={tags[pk]: ref.ballot_ref.hex() for pk, ref in references.items()},
        entry={ref.log_ref.hex(): ref.ballot_ref.hex() for ref in references.values()},
    )

    assert links(loot, truth) == []

    # Nothing was missed because it was not searched.
    orders = linkage.all_orders(loot)
    assert {ref for ref, _choices in loot.published} == set(truth.voter.values())
    assert {
        "backup.ballots_castevent.id",
        "final.ballots_castevent.leaf_index",
        "backup.ballots_castevent.xmin",
        "write-ahead log",
    } <= set(orders["entry"])
    assert {"backup.ballots_ballotbox by place", "write-ahead log"} <= set(orders["tag"])
    assert {"final.identity_account.last_login", "backup.django_session.expire_date"} <= set(orders["voter"])
    assert {"write-ahead log", "logs, by number"} <= set(orders["voter"])
    assert {"final.ballots_finalballot by place", "write-ahead log", "published file"} <= set(
        orders["ballot"]
    )
    kinds = final["ballots_castevent"].column("kind")
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"cast": 156, "replace": 30, "withdraw": 6}
    # For withdrawn ballots the box holds only check-ins; for erased accounts it holds nothing.
    boxed = "".join(backup["ballots_ballotbox"].column("voter_tag"))
    assert [tag in boxed for tag in gone_tags] == [True, False] * 3
    # Counted in one transaction: all ballots have the same row version.
    assert len(set(final["ballots_finalballot"].column("xmin"))) == 1
    assert final["ballots_ballotbox"].rows == []
    assert set(final["ballots_finalballot"].columns) == {
        *("round_id", "ballot_ref", "choices", "residency", "is_paper", "xmin")
    }
    # The attempts are sound: the order of the log does follow the order of casting.
    casting = [tag for tag in orders["tag"]["backup.ballots_ballotbox by place"] if tag in set(tags.values())]
    assert len(casting) == N_VOTERS
    assert f"round-{round.poll.key_name}.key" not in loot.keys
    with pytest.raises(keys.keys.KeyUnavailable):
        _ = round.poll.key


# The attacker itself, on constructed loot: it finds each kind of link that it looks for.


def _made_up(n: int = 200) -> tuple[Loot, Truth]:
    """Construct the loot of a sound round: everything is random, and every value is where it should be."""
    chance = random.Random(7)
    refs = [chance.randbytes(16).hex() for _ in range(n)]
    entries = [chance.randbytes(32).hex() for _ in range(n)]
    tags = [chance.randbytes(32).hex() for _ in range(n)]
    choices = [",".join(sorted(chance.sample([f"P-{i}" for i in range(9)], 3))) for _ in range(n)]
    voters = [Known(str(1000 + i), (f"voter{i}@example.org", chance.randbytes(16).hex())) for i in range(n)]
    final = {
        "identity_account": Table(["id", "email"], [[v.name, v.values[0]] for v in voters]),
        "ballots_castevent": Table(
            ["id", "log_ref", "commitment"],
            [
                [str(i), rf"\\x{entry}", rf"\\x{chance.randbytes(32).hex()}"]
                for i, entry in enumerate(entries)
            ],
        ),
        "ballots_finalballot": Table(
            ["ballot_ref", "choices"],
            sorted([rf"\\x{ref}", text] for ref, text in zip(refs, choices, strict=True)),
        ),
    }
    sealed = [chance.randbytes(540) for _ in range(n)]
    backup = {
        "ballots_ballotbox": Table(
            ["voter_tag", "sealed"],
            [[rf"\\x{tag}", rf"\\x{box.hex()}"] for tag, box in zip(tags, sealed, strict=True)],
        )
    }
    loot = Loot(
        dumps={"backup": backup, "final": final},
        texts={"logs": "\n".join(f'{{"account_id": {voter.name}}}' for voter in voters)},
        wal={},
        voters=voters,
        keys={"left.key": chance.randbytes(32), "nothing": b""},
        published=sorted(zip(refs, choices, strict=True)),
        head=b"ballot-v1|round|00|",
        bound=lambda row: row["voter_tag"].encode(),
    )
    names = [voter.name for voter in voters]
    return loot, Truth(*(dict(zip(things, refs, strict=True)) for things in (names, tags, entries)))


def _ballots_in(loot: Loot, order: list[str]) -> Loot:
    return linkage.with_order(loot, "ballot", "planted", order)


def _part_in_order(truth: Truth, share: float) -> list[str]:
    """Return the share of ballots, and no others, that are in the order of their voters."""
    chance = random.Random(3)
    refs = list(truth.voter.values())
    kept = sorted(chance.sample(range(len(refs)), int(share * len(refs))))
    rest = [ref for number, ref in enumerate(refs) if number not in kept]
    chance.shuffle(rest)
    places = set(chance.sample(range(len(refs)), len(kept)))
    ordered = iter(kept)
    return [refs[next(ordered)] if place in places else rest.pop() for place in range(len(refs))]


def test_the_attacker_finds_nothing_where_there_is_nothing():
    loot, truth = _made_up()

    assert links(loot, truth) == []


@pytest.mark.parametrize("share", [1, 0.6, 0.4])
def test_the_attacker_sees_ballots_that_lie_in_the_order_of_casting_even_in_part(share):
    loot, truth = _made_up()

    found = links(_ballots_in(loot, _part_in_order(truth, share)), truth)

    assert any("(planted) follow voters (final.identity_account.id)" in link for link in found)
    assert any("(planted) follow entrys (final.ballots_castevent.id)" in link for link in found)


def test_the_attacker_sees_an_order_turned_round():
    loot, truth = _made_up()

    found = links(_ballots_in(loot, list(reversed(truth.tag.values()))), truth)

    assert any("follow tags (backup.ballots_ballotbox by place)" in link for link in found)


def test_the_attacker_sees_a_reference_or_choices_in_a_second_place():
    loot, truth = _made_up()
    ref, choices = loot.published[5]
    audit = Table(["details"], [[f'{{"ballot": "{ref}"}}']])
    dumps = {**loot.dumps, "final": {**loot.dumps["final"], "audit_event": audit}}

    assert links(replace(loot, dumps=dumps), truth) == ["name: a ballot also stands in final.audit_event"]
    assert links(replace(loot, texts={"logs": f"choices {choices}"}), truth)[0].endswith("also stand in logs")


@pytest.mark.parametrize("how", ["plain", "with a key that is left", "with the derived key for tags"])
def test_the_attacker_sees_references_made_from_what_is_known_about_voters(how):
    loot, truth = _made_up()
    voter = loot.voters[0]
    key = loot.keys["left.key"]
    made = {
        "plain": hashlib.sha256(voter.values[0].encode()).digest(),
        "with a key that is left": hmac.digest(key, voter.name.encode(), "sha256"),
        "with the derived key for tags": hmac.digest(
            hmac.digest(key, b"tag", "sha256"), voter.values[1].encode(), "sha256"
        ),
    }[how]
    ballots = Table(["ballot_ref", "choices"], [[rf"\\x{made[:16].hex()}", "P-1"]])
    dumps = {**loot.dumps, "final": {**loot.dumps["final"], "ballots_finalballot": ballots}}

    assert any(
        link.startswith("hash: ballots_finalballot") for link in links(replace(loot, dumps=dumps), truth)
    )


def test_the_attacker_sees_commitments_under_nonces_that_can_be_guessed():
    loot, truth = _made_up()
    ref, choices = loot.published[0]
    text = '{"1":[' + ",".join(f'"{code}"' for code in choices.split(",")) + "]}"
    fixed = hashlib.sha256(loot.head + bytes.fromhex(ref) + text.encode()).hexdigest()
    rows = [
        [*row[:2], rf"\\x{fixed}"] if row[0] == "0" else row
        for row in loot.dumps["final"]["ballots_castevent"].rows
    ]
    events = Table(["id", "log_ref", "commitment"], rows)
    dumps = {**loot.dumps, "final": {**loot.dumps["final"], "ballots_castevent": events}}

    assert links(replace(loot, dumps=dumps), truth) == [f"commitment: an entry is that of ballot {ref}"]


def test_the_attacker_opens_seals_with_a_key_that_is_left_and_reads_lengths():
    loot, truth = _made_up()
    row = loot.dumps["backup"]["ballots_ballotbox"].rows[0]
    nonce = os.urandom(12)
    opened = nonce + AESGCM(loot.keys["left.key"]).encrypt(nonce, bytes(512), row[0].encode())
    rows = [[row[0], rf"\\x{opened.hex()}"], *loot.dumps["backup"]["ballots_ballotbox"].rows[1:]]
    boxes = {"ballots_ballotbox": Table(["voter_tag", "sealed"], rows)}
    longer = {
        "ballots_ballotbox": Table(["voter_tag", "sealed"], [*rows[1:], [row[0], r"\\x" + "00" * 1052]])
    }

    assert links(replace(loot, dumps={**loot.dumps, "backup": boxes}), truth) == [
        "seal: left.key opens a ballot of backup"
    ]
    assert links(replace(loot, dumps={**loot.dumps, "backup": longer}), truth) == [
        "seal: lengths in backup differ"
    ]


def test_the_bound_on_chance_is_the_one_of_the_formula():
    least = linkage.least_beyond_chance(100, comparisons=1000)

    assert 1000 * comb(100, least) / factorial(least) < linkage.ALPHA
    assert 1000 * comb(100, least - 1) / factorial(least - 1) >= linkage.ALPHA
    assert linkage.longest_run([3, 1, 4, 0, 5, 9, 2, 6]) == 4
