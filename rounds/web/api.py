"""Rounds for machines: `/api/v1/rounds/`. Reading only; amounts in minor units of the round's currency."""

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from rounds.models import Phase, Round
from rounds.public_api import (
    MOST_ON_A_PAGE,
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


class PhaseSerializer(serializers.ModelSerializer[Phase]):
    """Open from `opens_at` (included) to `closes_at` (excluded)."""

    class Meta:
        model = Phase
        fields = ("kind", "opens_at", "closes_at")


class RoundSerializer(serializers.ModelSerializer[Round]):
    """One run of the process, with one budget."""

    authority = serializers.CharField(source="authority.slug")
    title = TextsField()
    summary = TextsField()
    notice = TextsField()
    budget = serializers.IntegerField(source="budget_minor")
    target = serializers.FloatField(
        source="target_percent",
        allow_null=True,
        help_text="Reflection rate by number that the authority aims at, in percent.",
    )
    phases = PhaseSerializer(many=True)

    class Meta:
        model = Round
        fields = (
            "slug",
            "authority",
            "title",
            "summary",
            "notice",
            "fiscal_year",
            "currency",
            "budget",
            "budget_is_approximate",
            "time_zone",
            "target",
            "is_imported",
            "published_at",
            "phases",
        )


class RoundListSerializer(serializers.Serializer[Any]):
    """A page of the published rounds."""

    count = serializers.IntegerField()
    results = RoundSerializer(many=True)


class RoundList(PublicView):
    @extend_schema(
        operation_id="rounds",
        summary="Published rounds",
        parameters=[PageSerializer],
        responses={200: RoundListSerializer, 304: UNCHANGED, 400: REFUSED},
    )
    def get(self, request: Request) -> Response:
        """The newest fiscal year first."""
        rounds = Round.objects.published().select_related("authority").prefetch_related("phases")
        count, rows = page_of(rounds, asked_for(PageSerializer, request))
        return Response(RoundListSerializer({"count": count, "results": rows}).data)


class RoundDetail(PublicView):
    @extend_schema(
        operation_id="round",
        summary="One round",
        parameters=[*ROUND],
        responses={200: RoundSerializer, 304: UNCHANGED, 404: NOT_FOUND},
    )
    def get(self, request: Request, authority: str, slug: str) -> Response:
        """A published round with its calendar."""
        return Response(RoundSerializer(published_round(authority, slug)).data)


class RoundBySlug(PublicView):
    """An address without the authority, as all were while slugs were unique over the whole site."""

    @extend_schema(exclude=True)
    def get(self, request: Request, slug: str, rest: str) -> HttpResponse:
        """Redirect to the only published round of that name. One query.

        If several authorities have one, a 404 lists their addresses, up to a hundred.
        """
        rounds = Round.objects.published().filter(slug=slug).select_related("authority")
        addresses = [
            reverse("api:round", args=[round.authority.slug, round.slug]) + rest
            for round in rounds.order_by("authority__slug")[:MOST_ON_A_PAGE]
        ]
        if not addresses:
            raise Http404
        if len(addresses) > 1:
            raise NotFound(
                {"detail": "Several authorities have a round of this name.", "addresses": addresses}
            )
        query = request.META["QUERY_STRING"]
        return HttpResponseRedirect(
            f"{addresses[0]}?{query}" if query else addresses[0], preserve_request=True
        )
