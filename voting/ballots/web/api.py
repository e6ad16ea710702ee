"""The open log for machines: `/api/v1/rounds/<authority>/<slug>/log/`, and counted ballots by reference."""

import re
from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from rounds.models import Round
from rounds.public_api import (
    NOT_FOUND,
    REFUSED,
    ROUND,
    UNCHANGED,
    PageSerializer,
    PublicView,
    asked_for,
    page_of,
    published_round,
)
from voting.ballots import logbook, signed_notes
from voting.ballots.models import CastEvent, Checkpoint

_LOG_REF = OpenApiParameter(
    "log_ref",
    str,
    OpenApiParameter.PATH,
    description="The reference a receipt code yields for the log, in hexadecimal.",
    pattern="^[0-9a-f]{64}$",
)
_BALLOT_REF = OpenApiParameter(
    "ballot_ref",
    str,
    OpenApiParameter.PATH,
    description="The reference a receipt code yields for the counted ballot, in hexadecimal.",
    pattern="^[0-9a-f]{32}$",
)


class CheckpointSerializer(serializers.Serializer[Any]):
    """A signed state of the log. Hashes in hexadecimal."""

    size = serializers.IntegerField(help_text="How many entries it had.")
    root_hash = serializers.CharField(help_text="RFC 9162 Merkle tree hash over them.")
    note = serializers.CharField(help_text="The signed note, byte for byte.")
    made_at = serializers.DateTimeField()


class LogSerializer(CheckpointSerializer):
    """The log's name and key, and its last checkpoint."""

    origin = serializers.CharField(help_text="The log's name, the first line of every checkpoint.")
    public_key = serializers.CharField(help_text="Ed25519, in hexadecimal.")
    verifier_key = serializers.CharField(help_text="The same as tools for signed notes take it.")


class CheckpointPageSerializer(serializers.Serializer[Any]):
    """A part of the list of checkpoints, from the first one."""

    count = serializers.IntegerField()
    results = CheckpointSerializer(many=True)


class EntrySerializer(serializers.Serializer[Any]):
    """An entry. Its leaf is SHA-256 of a zero byte, log_ref, commitment and kind, one after the other."""

    index = serializers.IntegerField()
    log_ref = serializers.CharField()
    commitment = serializers.CharField()
    kind = serializers.ChoiceField(CastEvent.Kind.choices)


class EntryPageSerializer(serializers.Serializer[Any]):
    """A part of the log, from its beginning."""

    count = serializers.IntegerField()
    results = EntrySerializer(many=True)


class WithdrawalSerializer(serializers.Serializer[Any]):
    """The entry of a withdrawal, and the path from it to the root of the same checkpoint."""

    entry = EntrySerializer()
    path = serializers.ListField(child=serializers.CharField(), help_text="From the leaf upwards.")


class ProofSerializer(serializers.Serializer[Any]):
    """An entry, and the path from it to the root of the last checkpoint."""

    entry = EntrySerializer()
    path = serializers.ListField(child=serializers.CharField(), help_text="From the leaf upwards.")
    checkpoint = LogSerializer()
    withdrawal = WithdrawalSerializer(
        allow_null=True,
        help_text="If the ballot was withdrawn before the close: the entry that says so. Its log_ref is the "
        "leaf of the withdrawn entry, and the commitment is the same.",
    )


class InclusionSerializer(serializers.Serializer[Any]):
    """The place of an entry in the log, if it has one, with its proof."""

    is_waiting = serializers.BooleanField(
        help_text="It is recorded and gets its place with the next checkpoint."
    )
    proof = ProofSerializer(allow_null=True)


class ConsistencySerializer(serializers.Serializer[Any]):
    """The proof that the log of the new size continues the one of the old size."""

    old = serializers.IntegerField()
    new = serializers.IntegerField()
    path = serializers.ListField(child=serializers.CharField())


class SizesSerializer(serializers.Serializer[Any]):
    """The two sizes of the log asked about."""

    old = serializers.IntegerField(min_value=0, max_value=2**53)
    new = serializers.IntegerField(min_value=0, max_value=2**53)


class CountedBallotSerializer(serializers.Serializer[Any]):
    """A ballot as it was counted."""

    choices = serializers.CharField(
        help_text="JSON as the commitment was made of: entries by ballot paper's number."
    )


class Log(PublicView):
    @extend_schema(
        operation_id="log",
        summary="The last checkpoint of a round's open log, and the key that signs it",
        parameters=[*ROUND],
        responses={200: LogSerializer, 304: UNCHANGED, 404: NOT_FOUND},
    )
    def get(self, request: Request, authority: str, slug: str) -> Response:
        """Nothing before the rules of the vote are frozen. Three queries."""
        round = published_round(authority, slug)
        return Response(LogSerializer(_log(round, _latest(round))).data)


class Checkpoints(PublicView):
    @extend_schema(
        operation_id="checkpoints",
        summary="Every checkpoint of a round's log",
        parameters=[*ROUND, PageSerializer],
        responses={200: CheckpointPageSerializer, 304: UNCHANGED, 400: REFUSED, 404: NOT_FOUND},
    )
    def get(self, request: Request, authority: str, slug: str) -> Response:
        """A page of them, the first checkpoint first. Five queries."""
        asked = asked_for(PageSerializer, request)
        round = published_round(authority, slug)
        _latest(round)
        count, page = page_of(round.checkpoints.order_by("size"), asked)
        results = [_checkpoint(checkpoint) for checkpoint in page]
        return Response(CheckpointPageSerializer({"count": count, "results": results}).data)


class Entries(PublicView):
    @extend_schema(
        operation_id="entries",
        summary="The entries of a round's log",
        parameters=[*ROUND, PageSerializer],
        responses={200: EntryPageSerializer, 304: UNCHANGED, 400: REFUSED, 404: NOT_FOUND},
    )
    def get(self, request: Request, authority: str, slug: str) -> Response:
        """A page of those under the last checkpoint, in their order. Four queries."""
        asked = asked_for(PageSerializer, request)
        round = published_round(authority, slug)
        size = _latest(round).size
        first = min((asked["page"] - 1) * asked["page_size"], size)
        rows = logbook.entries(round.pk, first, min(first + asked["page_size"], size))
        return Response(EntryPageSerializer({"count": size, "results": map(_entry, rows)}).data)


class Inclusion(PublicView):
    @extend_schema(
        operation_id="inclusion",
        summary="The proof that an entry is in a round's log",
        parameters=[*ROUND, _LOG_REF],
        responses={200: InclusionSerializer, 304: UNCHANGED, 404: NOT_FOUND},
    )
    def get(self, request: Request, authority: str, slug: str, log_ref: str) -> Response:
        """Of a ballot cast or replaced, against the last checkpoint. At most twenty queries."""
        round = published_round(authority, slug)
        reference = _reference(log_ref, 32)
        found = logbook.inclusion(round, reference)
        if found is None and not logbook.is_waiting(round, reference):
            raise Http404
        proof = found and {
            "entry": _entry(found.entry),
            "path": [step.hex() for step in found.path],
            "checkpoint": _log(round, found.checkpoint),
            "withdrawal": found.withdrawal
            and {
                "entry": _entry(found.withdrawal.entry),
                "path": [step.hex() for step in found.withdrawal.path],
            },
        }
        return Response(InclusionSerializer({"is_waiting": found is None, "proof": proof}).data)


class Consistency(PublicView):
    @extend_schema(
        operation_id="consistency",
        summary="The proof that a round's log has only grown between two sizes",
        parameters=[*ROUND, SizesSerializer],
        responses={200: ConsistencySerializer, 304: UNCHANGED, 400: REFUSED, 404: NOT_FOUND},
    )
    def get(self, request: Request, authority: str, slug: str) -> Response:
        """Between any two sizes up to the last checkpoint's. At most eleven queries."""
        asked = asked_for(SizesSerializer, request)
        round = published_round(authority, slug)
        if asked["old"] > asked["new"] or asked["new"] > _latest(round).size:
            raise Http404
        path = logbook.consistency(round, asked["old"], asked["new"])
        return Response(ConsistencySerializer({**asked, "path": [step.hex() for step in path]}).data)


class CountedBallot(PublicView):
    @extend_schema(
        operation_id="counted_ballot",
        summary="A counted ballot by the reference of its receipt",
        parameters=[*ROUND, _BALLOT_REF],
        responses={200: CountedBallotSerializer, 304: UNCHANGED, 404: NOT_FOUND},
    )
    def get(self, request: Request, authority: str, slug: str, ballot_ref: str) -> Response:
        """Once the ballots are published, and where receipts show how a ballot was counted. Four queries."""
        round = published_round(authority, slug)
        choices = logbook.counted(round, _reference(ballot_ref, 16))
        if choices is None:
            raise Http404
        return Response(CountedBallotSerializer({"choices": choices}).data)


def _reference(text: str, length: int) -> bytes:
    if not re.fullmatch(r"([0-9a-f]{2})+", text) or len(text) != 2 * length:
        raise Http404
    return bytes.fromhex(text)


def _latest(round: Round) -> Checkpoint:
    last = logbook.latest(round)
    if last is None:
        raise Http404
    return last


def _checkpoint(checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "size": checkpoint.size,
        "root_hash": bytes(checkpoint.root).hex(),
        "note": bytes(checkpoint.note).decode(),
        "made_at": checkpoint.made_at,
    }


def _log(round: Round, last: Checkpoint) -> dict[str, Any]:
    return _checkpoint(last) | {
        "origin": signed_notes.origin_of(round.authority.slug, round.slug),
        "public_key": bytes(last.public_key).hex(),
        "verifier_key": logbook.key_of(last, round),
    }


def _entry(entry: logbook.Entry) -> dict[str, Any]:
    return {
        "index": entry.index,
        "log_ref": entry.log_ref.hex(),
        "commitment": entry.commitment.hex(),
        "kind": entry.kind,
    }
