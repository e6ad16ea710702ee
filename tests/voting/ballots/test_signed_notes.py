"""Checkpoints as signed notes."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from voting.ballots import signed_notes
from voting.ballots.signed_notes import Checkpoint

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = signed_notes.public_bytes(KEY)
CHECKPOINT = Checkpoint("here/here-2026/log", 3, b"r" * 32)


def test_a_note_is_written_as_the_format_says_and_always_the_same():
    note = signed_notes.sign(CHECKPOINT, KEY).decode()

    text, marks = note.split("\n\n")
    assert text == f"here/here-2026/log\n3\n{base64.b64encode(b'r' * 32).decode()}"
    dash, name, encoded = marks.rstrip("\n").split(" ")
    mark = base64.b64decode(encoded)
    assert (dash, name, len(mark)) == ("\u2014", "here/here-2026/log", 68)
    assert mark[:4] == hashlib.sha256(b"here/here-2026/log\n\x01" + PUBLIC).digest()[:4]
    KEY.public_key().verify(mark[4:], f"{text}\n".encode())
    assert signed_notes.sign(CHECKPOINT, KEY).decode() == note


def test_a_note_opens_with_its_key_and_with_no_other():
    note = signed_notes.sign(CHECKPOINT, KEY)
    other = signed_notes.public_bytes(Ed25519PrivateKey.generate())

    assert signed_notes.open_note(note, PUBLIC) == CHECKPOINT
    for wrong in (note.replace(b"\n3\n", b"\n4\n"), b"", b"\n\n", note[:-20], b"\xff" + note):
        with pytest.raises(ValueError, match="not"):
            signed_notes.open_note(wrong, PUBLIC)
    with pytest.raises(ValueError, match="not signed with this key"):
        signed_notes.open_note(note, other)


def test_the_verifier_key_names_the_log_and_holds_the_key():
    name, mark, encoded = signed_notes.verifier_key("here/log", PUBLIC).split("+", 2)

    assert (name, base64.b64decode(encoded)) == ("here/log", b"\x01" + PUBLIC)
    assert mark == hashlib.sha256(b"here/log\n\x01" + PUBLIC).digest()[:4].hex()
