"""The public log as anybody reads it: the page, its files, the API, and the check of a receipt code."""

import base64
import hashlib
import re

import pytest
from django.urls import reverse

from identity.roles import Role
from identity.services import erase
from tests.factories import make_account, make_official, make_person, make_resident
from tests.voting.ballots.test_sequencing import _add
from tests.voting.votes import (
    cast_by,
    codes,
    end_voting,
    fresh,
    make_inclusion_only_vote,
    make_vote,
    triggers_asleep,
    voter_of,
)
from voting.ballots import logbook, merkle, sealing, signed_notes
from voting.ballots import services as ballots_services
from voting.ballots.models import CastEvent, Checkpoint, FinalBallot
from voting.counting import services as counting_services
from voting.paper import services as paper_services
from voting.polls.models import Approval

pytestmark = pytest.mark.django_db


def _url(name: str, round, *more: object) -> str:
    return reverse(f"voting:{name}", args=[round.authority.slug, round.slug, *more])


def _api(name: str, round, *more: object) -> str:
    return reverse(f"api:{name}", args=[round.authority.slug, round.slug, *more])


@pytest.fixture
def long(settings):
    """A log of 600 entries with checkpoints at 300 and 600."""
    settings.LOG_BATCH_ENTRIES = 1
    round = make_vote()
    for start in (0, 300):
        _add(round, 300, start)
        ballots_services.sequence(round)
    return fresh(round)


def test_the_page_says_how_far_the_log_has_come_and_lists_every_checkpoint(client, long):
    page = client.get(_url("log", long), headers={"accept-language": "en"}).content.decode()

    assert "<dd>600</dd>" in page
    for size in (0, 300, 600):
        assert f'href="{_url("old_checkpoint", long, size)}"' in page
    assert logbook.key_of(logbook.latest(long), long) in page
    assert "the online ballot is withdrawn. An entry identifies it by its hash" in page


def test_before_the_freeze_there_is_no_log(client):
    round = make_vote(freeze=False)

    assert client.get(_url("checkpoint", round)).status_code == 404
    assert client.get(_api("log", round)).status_code == 404
    assert client.get(_url("log", round)).status_code == 200


def test_checkpoints_old_and_new_are_files_that_the_published_key_opens(client, long):
    about = client.get(_api("log", long)).json()
    key = bytes.fromhex(about["public_key"])

    notes = [client.get(_url("old_checkpoint", long, size)).content for size in (0, 300, 600)]

    assert [signed_notes.open_note(note, key).size for note in notes] == [0, 300, 600]
    latest = client.get(_url("checkpoint", long))
    assert latest.content == notes[-1] == about["note"].encode()
    assert "immutable" not in latest["Cache-Control"]
    assert client.get(_url("old_checkpoint", long, 299)).status_code == 404
    assert client.get(_url("old_checkpoint", long, 1 << 70)).status_code == 404


def test_tiles_lie_where_the_layout_says_and_give_the_root(client, long):
    def tile(place: str) -> bytes:
        answer = client.get(f"{_url('log', long)}tile/{place}")
        assert answer.status_code == 200, place
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        return answer.content

    leaves = tile("0/000") + tile("0/001") + tile("0/002.p/88")
    above = tile("1/000.p/2")
    packed = tile("entries/000") + tile("entries/001") + tile("entries/002.p/88")

    hashes = [leaves[n : n + 32] for n in range(0, len(leaves), 32)]
    assert len(hashes) == 600
    halves = [above[:32], above[32:]]
    assert halves == [merkle.fold(hashes[:256]), merkle.fold(hashes[256:512])]
    entries, rest = [], packed
    while rest:
        length = int.from_bytes(rest[:2], "big")
        entries.append(rest[2 : 2 + length])
        rest = rest[2 + length :]
    assert [hashlib.sha256(b"\0" + entry).digest() for entry in entries] == hashes


@pytest.mark.parametrize(
    "place",
    [
        "0/002",
        "0/002.p/89",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/257",
        "0/0",
        "0/1000",
        "0/x000/000x",
        "1/000",
        "2/000.p/1",
        "99/000",
        "0/x999/x999/x999/x999/999",
        "0/../000",
        "entries/003",
        "entries/x",
        "0/000.p/08",
    ],
)
def test_a_tile_the_log_does_not_have_is_not_found(client, long, place):
    assert client.get(f"{_url('log', long)}tile/{place}").status_code == 404


def test_the_api_proves_that_an_entry_is_in_the_log_and_that_the_log_has_only_grown(client, long):
    entry = next(logbook.entries(long.pk, 123, 124))

    answer = client.get(_api("inclusion", long, entry.log_ref.hex())).json()
    growth = client.get(_api("consistency", long), {"old": 300, "new": 600}).json()

    proof = answer["proof"]
    root = bytes.fromhex(proof["checkpoint"]["root_hash"])
    assert (answer["is_waiting"], proof["entry"]["index"]) == (False, 123)
    path = [bytes.fromhex(step) for step in proof["path"]]
    assert merkle.is_included(entry.leaf, 123, 600, path, root)
    old = bytes(Checkpoint.objects.get(round=long, size=300).root)
    assert merkle.is_consistent(300, old, 600, root, [bytes.fromhex(step) for step in growth["path"]])


def test_the_api_lists_entries_and_checkpoints(client, long):
    entries = client.get(_api("entries", long), {"page": 6, "page_size": 100}).json()
    checkpoints = client.get(_api("checkpoints", long)).json()

    assert entries["count"] == 600
    assert [entry["index"] for entry in entries["results"]] == list(range(500, 600))
    assert set(entries["results"][0]) == {"index", "log_ref", "commitment", "kind"}
    assert client.get(_api("entries", long), {"page": 99_999, "page_size": 100}).json()["results"] == []
    assert [row["size"] for row in checkpoints["results"]] == [0, 300, 600]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"old": 5, "new": 601}, 404),
        ({"old": 6, "new": 5}, 404),
        ({"old": -1, "new": 5}, 400),
        ({"new": 5}, 400),
    ],
)
def test_a_proof_between_sizes_the_log_never_had_is_refused(client, long, query, status):
    assert client.get(_api("consistency", long), query).status_code == status


def test_an_entry_nobody_cast_is_not_found_and_one_that_waits_is_said_to_wait(client, settings):
    settings.LOG_BATCH_ENTRIES = 50
    round = make_vote()
    ballots_services.sequence(round)
    _add(round, 1)
    waiting = bytes(CastEvent.objects.get().log_ref).hex()

    assert client.get(_api("inclusion", round, waiting)).json() == {"is_waiting": True, "proof": None}
    for wrong in ("0" * 64, "0" * 63, "x" * 64, "0" * 66):
        assert client.get(_api("inclusion", round, wrong)).status_code == 404


def test_a_proof_takes_the_same_queries_in_a_long_log(client, long, django_assert_max_num_queries):
    entry = next(logbook.entries(long.pk, 123, 124))

    with django_assert_max_num_queries(11):
        client.get(_api("inclusion", long, entry.log_ref.hex()))


# Check my ballot, without script.


def _voted(**fields):
    round = make_vote(costs=(600, 300, 300), **fields)
    first, second, third = codes(round)
    code, replaced = sealing.new_code(), sealing.new_code()
    voter = voter_of(round)
    cast_by(voter, first, code=replaced)
    cast_by(voter, first, third, code=code)
    cast_by(voter_of(round), second)
    return round, code, replaced


def _publish(round) -> None:
    officials = [make_official(round.authority, role) for role in (Role.BUDGET_OFFICER, Role.AUTHORITY_ADMIN)]
    for step in (Approval.Stage.CERTIFY, Approval.Stage.PUBLISH):
        for official in officials:
            counting_services.approve(round, step, actor=official)


def _check(client, round, code: bytes | str, language: str = "en"):
    text = code if isinstance(code, str) else sealing.show_code(code)
    return client.post(_url("check", round), {"receipt_code": text}, headers={"accept-language": language})


def _shown(answer) -> list[str]:
    """Return the sentences shown on the page."""
    return re.findall(r'data-said="([a-z-]+)">', answer.content.decode())


def test_a_code_leads_to_waiting_then_to_the_log_then_to_the_counted_ballot(client):
    round, code, replaced = _voted()
    first, second, third = codes(round)
    assert _shown(_check(client, round, code)) == ["waiting"]
    counting_services.count(end_voting(round))
    assert _shown(_check(client, round, code)) == ["included", "signed", "not-published"]
    _publish(round)

    answer = _check(client, round, sealing.show_code(code).replace("-", " ").lower())

    assert _shown(answer) == ["included", "signed", "counted"]
    page = answer.content.decode().split('<ul id="counted">')[1].split("</ul>")[0]
    assert (f"({first})" in page, f"({second})" in page, f"({third})" in page) == (True, False, True)
    assert _shown(_check(client, round, replaced)) == ["included", "signed", "not-counted"]
    assert _shown(_check(client, round, sealing.new_code())) == ["unknown"]


def test_where_receipts_show_inclusion_only_no_counted_ballot_is_shown(client):
    round = make_inclusion_only_vote()
    code = sealing.new_code()
    cast_by(voter_of(round), codes(round)[0], code=code)
    counting_services.count(end_voting(round))
    _publish(round)

    answer = _check(client, round, code)

    assert _shown(answer) == ["included", "signed", "inclusion-only"]
    reference = sealing.references(code, round.slug).ballot_ref
    assert client.get(_api("counted", round, reference.hex())).status_code == 404
    assert reference.hex() not in client.get(_url("ballots", round, 1, "everybody")).content.decode()


def test_the_counted_ballot_is_shown_after_publication_alone(client):
    round, code, _ = _voted()
    first, _second, third = codes(round)
    address = _api("counted", round, sealing.references(code, round.slug).ballot_ref.hex())
    counting_services.count(end_voting(round))
    assert client.get(address).status_code == 404

    _publish(round)

    assert client.get(address).json() == {"choices": f'{{"1":["{first}","{third}"]}}'}
    assert client.get(_api("counted", round, "0" * 32)).status_code == 404


def test_a_ballot_changed_after_the_count_is_noticed(client):
    round, code, _ = _voted()
    counting_services.count(end_voting(round))
    _publish(round)
    reference = sealing.references(code, round.slug).ballot_ref
    with triggers_asleep():
        FinalBallot.objects.filter(ballot_ref=reference).update(choices={"1": [codes(round)[1]]})

    assert _shown(_check(client, round, code)) == ["included", "signed", "counted-otherwise"]


def _withdrawn_by(how: str):
    """A round of three ballots, one of them withdrawn, and its receipt code."""
    round, code = make_vote(), sealing.new_code()
    clerk, account = make_official(round.authority, Role.CLERK), make_resident(round.authority)
    for _ in range(2):
        cast_by(voter_of(round), codes(round)[0])
    cast_by(voter_of(round, account), codes(round)[0], code=code)
    if how == "paper":
        desk = paper_services.open_polling_place(round, "Town hall", actor=clerk)
        paper_services.check_in(desk, account.persons.get(), actor=clerk, overrides=True)
    else:
        erase(account, withdraw_public=False)
    end_voting(round)
    for desk in round.polling_places.all():
        paper_services.settle_polling_place(desk, actor=clerk)
    counting_services.count(fresh(round))
    return fresh(round), code


_WITHDRAWN = {
    "en": [
        "This ballot was withdrawn before the poll closed, so it is not counted.",
        "This happens when a voter votes on paper afterwards or has their account erased",
        "the log does not say which",
    ],
    "ko": [
        "이 투표는 마감 전에 취소되어 집계되지 않습니다.",
        "온라인으로 투표한 뒤 종이로 투표하거나 계정을 삭제하면 이렇게 됩니다",
        "둘 중 어느 쪽인지는 기록에 나와 있지 않습니다",
    ],
}


@pytest.mark.parametrize("language", _WITHDRAWN)
def test_the_code_of_a_withdrawn_ballot_is_told_so_and_the_same_whatever_withdrew_it(client, language):
    def outcome(how: str) -> tuple[list[str], str]:
        round, code = _withdrawn_by(how)
        before = _shown(_check(client, round, code))
        _publish(round)
        answer = _check(client, round, code, language)
        shown = answer.content.decode().split('id="outcome"')[1].split("</section>")[0]
        assert before == _shown(answer)
        return before, shown

    (said, page), by_leaving = outcome("paper"), outcome("leaving")

    assert (said, page) == by_leaving
    assert said == ["included", "signed", "withdrawn"]
    for words in _WITHDRAWN[language]:
        assert words in page


def test_the_api_proves_the_withdrawal_beside_the_entry(client):
    round, code = _withdrawn_by("paper")
    log_ref = sealing.references(code, round.slug).log_ref
    counted = CastEvent.objects.castings().exclude(log_ref=log_ref).first()

    proof = client.get(_api("inclusion", round, log_ref.hex())).json()["proof"]
    other = client.get(_api("inclusion", round, bytes(counted.log_ref).hex())).json()["proof"]

    entry, gone = proof["entry"], proof["withdrawal"]["entry"]
    leaf = hashlib.sha256(b"\0" + log_ref + bytes.fromhex(entry["commitment"]) + b"cast").digest()
    assert gone == {
        "index": gone["index"], "log_ref": leaf.hex(), "commitment": entry["commitment"], "kind": "withdraw"
    }  # fmt: skip
    path = [bytes.fromhex(step) for step in proof["withdrawal"]["path"]]
    hashed = hashlib.sha256(b"\0" + leaf + bytes.fromhex(entry["commitment"]) + b"withdraw").digest()
    assert merkle.is_included(hashed, gone["index"], 4, path, bytes.fromhex(proof["checkpoint"]["root_hash"]))
    assert other["withdrawal"] is None
    # A withdrawal has no receipt.
    assert client.get(_api("inclusion", round, leaf.hex())).status_code == 404


def test_a_withdrawal_without_a_place_in_the_log_is_not_told_of_yet(client, settings):
    settings.LOG_BATCH_ENTRIES = 1
    round, code, account = make_vote(), sealing.new_code(), make_account()
    make_person(round.authority, account)
    cast_by(voter_of(round, account), codes(round)[0], code=code)
    ballots_services.sequence(round)
    ballots_services.withdraw_ballots(account)
    assert _shown(_check(client, round, code)) == ["included", "signed", "not-published"]

    ballots_services.sequence(round)

    assert _shown(_check(client, round, code)) == ["included", "signed", "withdrawn"]


def test_a_withdrawn_ballot_that_was_counted_all_the_same_is_noticed(client):
    round, code = _withdrawn_by("paper")
    _publish(round)
    reference = sealing.references(code, round.slug).ballot_ref
    with triggers_asleep():
        FinalBallot.objects.create(
            round=round, ballot_ref=reference, choices={"1": codes(round)[:1]}, residency="resident"
        )

    assert _shown(_check(client, round, code)) == ["included", "signed", "withdrawn", "withdrawn-but-counted"]


def test_a_withdrawal_that_does_not_lead_to_the_checkpoint_is_noticed(client):
    round, code = _withdrawn_by("paper")
    with triggers_asleep():
        CastEvent.objects.withdrawals().update(commitment=b"x" * 32)

    assert _shown(_check(client, round, code)) == ["not-included", "signed"]


def test_a_bent_log_is_noticed(client):
    round, code, _ = _voted()
    counting_services.count(end_voting(round))
    with triggers_asleep():
        CastEvent.objects.filter(log_ref=sealing.references(code, round.slug).log_ref).update(
            commitment=b"x" * 32
        )
        Checkpoint.objects.filter(size=3).update(note=b"nothing")

    assert _shown(_check(client, round, code)) == ["not-included", "not-signed", "not-published"]


@pytest.mark.parametrize("typed", ["", "ARF8N", "ARF8N-N6QAT-NYSK0-BHWS3-Q", "U" * 21])
def test_what_is_no_code_is_refused_where_it_was_typed(client, typed):
    round, _, _ = _voted()

    answer = _check(client, round, typed)

    assert answer.status_code == 422
    assert 'id="id_receipt_code_error"' in answer.content.decode()
    assert _shown(answer) == []


def test_the_code_posted_is_neither_in_an_address_nor_kept_by_a_cache(client):
    round, code, _ = _voted()

    answer = _check(client, round, code)

    assert "no-store" in answer["Cache-Control"]
    assert sealing.show_code(code) not in answer.request["PATH_INFO"] + answer.request.get("QUERY_STRING", "")
    assert "sessionid" not in client.cookies


def test_the_note_on_the_page_is_base64_of_the_root(client, long):
    note = client.get(_url("checkpoint", long)).content.decode().split("\n")

    assert (note[0], note[1]) == (f"{long.authority.slug}/{long.slug}/log", "600")
    assert base64.b64decode(note[2]) == bytes(logbook.latest(long).root)
