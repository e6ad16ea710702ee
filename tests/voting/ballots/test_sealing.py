"""Voter tokens, codes, commitments and seals, as plain functions."""

import hashlib
import hmac

import pytest

from voting.ballots import sealing as ballots_sealing
from voting.polls import choices as polls_choices
from voting.polls.keys import RoundKey

KEY = RoundKey(bytes(range(32)))
TRAITS = ballots_sealing.Traits("resident", 7, "35-49", "web")


def _seal(choices: str = '{"1":["A"]}', **where: object) -> bytes:
    ballot = ballots_sealing.UnsealedBallot(ballots_sealing.references(b"c" * 13, "round"), choices)
    place = {"round_id": 1, "voter_tag": b"t" * 32, "traits": TRAITS, **where}
    return ballots_sealing.seal(KEY, ballot, **place)  # type: ignore[arg-type]


def test_a_code_is_written_in_five_groups_and_read_back_as_people_type_it():
    code = bytes.fromhex("0123456789abcdef0123456789")

    shown = ballots_sealing.show_code(code)

    assert [len(group) for group in shown.split("-")] == [5, 5, 5, 5, 1]
    assert ballots_sealing.read_code(shown) == code
    assert (
        ballots_sealing.read_code(f"  {shown.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')} ")
        == code
    )


@pytest.mark.parametrize("text", ["", "ABCDE", "U" * 21, "0" * 22, "0" * 20 + "1"])
def test_what_no_code_looks_like_is_refused(text):
    with pytest.raises(ValueError, match="not a receipt code"):
        ballots_sealing.read_code(text)


def test_references_are_the_published_hmacs():
    code = b"0123456789abc"

    refs = ballots_sealing.references(code, "gangnam")

    assert refs.log_ref == hmac.new(code, b"log|gangnam", hashlib.sha256).digest()
    assert refs.ballot_ref == hmac.new(code, b"ballot|gangnam", hashlib.sha256).digest()[:16]
    assert refs.nonce == hmac.new(code, b"nonce|gangnam", hashlib.sha256).digest()


def test_a_commitment_is_the_published_hash():
    nonce, rules = b"n" * 32, b"\xab" * 32

    made = ballots_sealing.commitment("gangnam", rules, nonce, '{"1":["A"]}')

    text = b"ballot-v1|gangnam|" + b"ab" * 32 + b"|" + nonce + b'{"1":["A"]}'
    assert made == hashlib.sha256(text).digest()


def test_choices_are_written_one_way():
    assert (
        polls_choices.canonical({2: ["B"], 1: [("공원", 3), ("A", 1)]})
        == '{"1":[["공원",3],["A",1]],"2":["B"]}'
    )
    assert polls_choices.parse('{"1":[["A",3]],"2":["B"]}') == {1: [("A", 3)], 2: ["B"]}


def test_a_seal_opens_in_its_row():
    sealed = _seal()

    opened = ballots_sealing.unseal(KEY, sealed, round_id=1, voter_tag=b"t" * 32, traits=TRAITS)

    assert opened.choices == '{"1":["A"]}'
    assert opened.references == ballots_sealing.references(b"c" * 13, "round")


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"round_id": 2},
        {"voter_tag": b"u" * 32},
        {"traits": ballots_sealing.Traits("outside", 7, "35-49", "web")},
        {"traits": ballots_sealing.Traits("resident", 8, "35-49", "web")},
    ],
)
def test_t16_a_seal_does_not_open_in_another_row(elsewhere):
    with pytest.raises(ballots_sealing.CannotUnseal):
        ballots_sealing.unseal(
            KEY, _seal(), **{"round_id": 1, "voter_tag": b"t" * 32, "traits": TRAITS, **elsewhere}
        )


def test_a_changed_seal_and_another_key_do_not_open():
    sealed = bytearray(_seal())
    sealed[-1] ^= 1
    where = {"round_id": 1, "voter_tag": b"t" * 32, "traits": TRAITS}

    with pytest.raises(ballots_sealing.CannotUnseal):
        ballots_sealing.unseal(KEY, bytes(sealed), **where)  # type: ignore[arg-type]
    with pytest.raises(ballots_sealing.CannotUnseal):
        ballots_sealing.unseal(RoundKey(b"x" * 32), _seal(), **where)  # type: ignore[arg-type]


def test_the_length_of_a_seal_does_not_tell_how_many_projects_were_chosen():
    blank = _seal("{}")
    ten = _seal(polls_choices.canonical({1: [f"GN-2025-{number:04d}" for number in range(10)]}))

    assert len(blank) == len(ten)


def test_two_seals_of_one_ballot_differ():
    assert _seal() != _seal()


def test_a_tag_differs_by_person_and_by_round():
    other = RoundKey(b"x" * 32)

    assert ballots_sealing.tag(KEY, "p") == ballots_sealing.tag(KEY, "p")
    assert (
        len({ballots_sealing.tag(KEY, "p"), ballots_sealing.tag(KEY, "q"), ballots_sealing.tag(other, "p")})
        == 3
    )
