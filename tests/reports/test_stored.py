"""Stored and published reports stay the same, byte for byte, for the same records."""

import copy
import hashlib
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from core.canonical import canonical
from reports import documents
from reports.models import Snapshot

pytestmark = pytest.mark.django_db

# Times of the count and of the report, and the digest of ballots whose references are drawn at random, differ
# from one load of the round to the next. With these in their place everything else is a function of the data.
AT = "2026-01-02T03:04:05.000006+00:00"
INPUT = "0" * 64
SIZE = 181_184
DIGEST = "7df6840cecc91a83b9af7c77318b413ef62d3445d1123521cbe95cdb47ef7b53"
ANSWER = "8bab1161e0ab1174eed12421e54e302e80628c462d22a3a3ba306cb0c7d418f1"


def settled(document: dict[str, Any]) -> dict[str, Any]:
    fixed = copy.deepcopy(document) | {"as_of": AT}
    for paper in fixed["vote"]["papers"]:
        paper |= {"counted_at": AT, "input_sha256": INPUT}
    return fixed


def test_the_canonical_bytes_of_the_synthetic_round_are_those_of_format_2(loaded: SimpleNamespace):
    document = settled(loaded.round.snapshots.get().document)

    assert len(canonical(document)) == SIZE
    assert documents.digest(document) == DIGEST


def test_the_answer_of_the_api_is_the_same_bytes(loaded: SimpleNamespace):
    snapshot = loaded.round.snapshots.get()
    taken = {"document": settled(snapshot.document), "sha256": "f" * 64, "taken_at": AT, "number": 2}
    later = Snapshot.objects.create(round=loaded.round, corrects=snapshot, correction="A vector.", **taken)

    answer = Client().get("/api/v1/rounds/gangnam/gangnam-2025h2/report/").content

    assert later.number == 2
    assert hashlib.sha256(answer).hexdigest() == ANSWER
