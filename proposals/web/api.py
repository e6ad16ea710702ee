"""A round's public proposals for machines: `/api/v1/rounds/<authority>/<slug>/proposals/`; no authors."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from proposals import lifecycle
from proposals.filters import ProposalFilter
from proposals.models import TEXT_FIELDS, WORDS, Proposal, StatusChange
from rounds.public_api import (
    NOT_FOUND,
    REFUSED,
    ROUND,
    UNCHANGED,
    PageSerializer,
    PublicView,
    TextsField,
    asked_for,
    page_of,
    published_round,
)

# Amounts in the database are of 64 bits.
MOST_MINOR = 2**63 - 1
CODE = OpenApiParameter(
    "code", str, OpenApiParameter.PATH, description="The proposal's number.", pattern="^[-a-zA-Z0-9_]+$"
)


_CODE_OF_REASON = "The code of the reason, where it says no: one of the authority's, the same forever."


class QuerySerializer(PageSerializer):
    """Query parameters for proposals; every word narrows."""

    state = serializers.ChoiceField(lifecycle.ever_public(), required=False)
    track = serializers.RegexField(
        r"^[a-z][a-z0-9_]{0,29}$", required=False, help_text="The code of a kind of proposal."
    )
    category = serializers.SlugField(required=False, help_text="A category's slug.")
    area = serializers.RegexField(
        r"^[0-9A-Za-z-]{1,20}$",
        required=False,
        help_text="An area's official code; with it what was written about the areas whose place it took."
        " `whole`: proposals for the authority's area as a whole.",
    )
    # Something to look for, and nothing that the database cannot hold.
    q = serializers.RegexField(
        r"^[^\x00]*[^\x00\s][^\x00]*$",
        required=False,
        max_length=100,
        help_text="A proposal's number, or words of title or text, in any language.",
    )
    cost_from = serializers.IntegerField(
        required=False, min_value=0, max_value=MOST_MINOR, help_text="The least cost, included."
    )
    cost_to = serializers.IntegerField(
        required=False, min_value=0, max_value=MOST_MINOR, help_text="The greatest cost, included."
    )


_EXPLANATION = "In the words of an official; or what a process found, in the language of the request."
_FINDING = "What a process found, such as the count: its kind, a code and values. Empty otherwise."


class StatusChangeSerializer(serializers.ModelSerializer[StatusChange]):
    """A status change of a proposal: its time, the body and, if it says no, the reason."""

    ground = serializers.CharField(source="reason", allow_blank=True, help_text=_CODE_OF_REASON)
    explanation = serializers.SerializerMethodField(help_text=_EXPLANATION)
    finding = serializers.JSONField(read_only=True, help_text=_FINDING)

    class Meta:
        model = StatusChange
        fields = ("at", "from_state", "to_state", "body", "ground", "explanation", "finding")

    def get_explanation(self, change: StatusChange) -> str:
        return change.public_explanation or change.finding_in_words


@extend_schema_field(TextsField)
class _WordsField(serializers.ReadOnlyField):
    """The original words and their translations, by language; the original wins."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(source="*", **kwargs)

    def to_representation(self, value: Proposal) -> dict[str, str]:
        assert self.field_name is not None
        translations = value.translations.items()
        found = {language: words for language, texts in translations if (words := texts.get(self.field_name))}
        original = getattr(value, self.field_name)
        return found | ({value.language: original} if original else {})


class ProposalSerializer(serializers.ModelSerializer[Proposal]):
    """A public proposal. Costs in minor units of the round's currency."""

    code = serializers.CharField()
    category = serializers.CharField(source="category.slug", allow_null=True)
    area = serializers.CharField(source="area.code", allow_null=True)
    requested_cost = serializers.IntegerField(source="requested_cost_minor", allow_null=True)
    reviewed_cost = serializers.IntegerField(source="reviewed_cost_minor", allow_null=True)
    supporters = serializers.IntegerField(source="n_supporters")
    ground = serializers.CharField(source="reason", allow_blank=True, help_text=_CODE_OF_REASON)
    explanation = serializers.SerializerMethodField(help_text=_EXPLANATION)
    finding = serializers.JSONField(read_only=True, help_text=_FINDING)
    merged_into = serializers.CharField(source="merged_into.code", allow_null=True)

    class Meta:
        model = Proposal
        fields = (
            "code",
            "state",
            "title",
            "language",
            "category",
            "area",
            "track",
            "requested_cost",
            "reviewed_cost",
            "supporters",
            "submitted_at",
            "published_at",
            "ground",
            "explanation",
            "finding",
            "referred_to",
            "merged_into",
        )

    def get_explanation(self, proposal: Proposal) -> str:
        return proposal.explanation or proposal.finding_in_words

    def build_field(self, field_name: str, *args: Any, **kwargs: Any) -> tuple[Any, dict[str, Any]]:
        """Give what its author wrote freely in every language there is."""
        if field_name in WORDS:
            return _WordsField, {}
        return super().build_field(field_name, *args, **kwargs)


class ProposalDetailSerializer(ProposalSerializer):
    """A public proposal with its text and every step of its life."""

    steps = StatusChangeSerializer(source="status_changes", many=True)

    class Meta(ProposalSerializer.Meta):
        fields = (  # type: ignore[assignment]  # a longer tuple
            *ProposalSerializer.Meta.fields,
            *(
                name
                for name in TEXT_FIELDS
                if name.removesuffix("_minor") not in ProposalSerializer.Meta.fields
            ),
            "steps",
        )


class ProposalListSerializer(serializers.Serializer[Any]):
    """A page of a round's public proposals."""

    count = serializers.IntegerField()
    results = ProposalSerializer(many=True)


class ProposalList(PublicView):
    @extend_schema(
        operation_id="proposals",
        summary="A round's public proposals",
        parameters=[*ROUND, QuerySerializer],
        responses={200: ProposalListSerializer, 304: UNCHANGED, 400: REFUSED, 404: NOT_FOUND},
    )
    def get(self, request: Request, authority: str, slug: str) -> Response:
        """In order of their numbers. Four queries, however many there are; a place takes a few more."""
        asked = asked_for(QuerySerializer, request)
        narrowed = ProposalFilter(asked, round=published_round(authority, slug)).qs
        rows = narrowed.select_related("category", "area", "merged_into").order_by("code")
        count, page = page_of(rows, asked)
        return Response(ProposalListSerializer({"count": count, "results": page}).data)


class ProposalDetail(PublicView):
    @extend_schema(
        operation_id="proposal",
        summary="One public proposal",
        parameters=[*ROUND, CODE],
        responses={200: ProposalDetailSerializer, 304: UNCHANGED, 404: NOT_FOUND},
    )
    def get(self, request: Request, authority: str, slug: str, code: str) -> Response:
        """With its text in every language there is, and its history."""
        proposal = (
            Proposal.objects.public()
            .filter(round=published_round(authority, slug), code=code)
            .select_related("category", "area", "merged_into")
            .prefetch_related("status_changes")
            .first()
        )
        if proposal is None:
            raise Http404
        return Response(ProposalDetailSerializer(proposal).data)
