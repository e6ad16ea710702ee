"""Certified results of a round for machines: `/api/v1/rounds/<authority>/<slug>/results/`."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from rounds.public_api import NOT_FOUND, ROUND, UNCHANGED, PublicView, published_round
from voting.counting.selectors import certified_results
from voting.publication.serializers import BallotStyleResultSerializer


class ResultsSerializer(serializers.Serializer[Any]):
    """The results of a round's vote."""

    round = serializers.CharField()
    papers = BallotStyleResultSerializer(many=True)


class Results(PublicView):
    @extend_schema(
        operation_id="results",
        summary="The certified results of a round's vote",
        parameters=[*ROUND],
        responses={200: ResultsSerializer, 304: UNCHANGED, 404: NOT_FOUND},
    )
    def get(self, request: Request, authority: str, slug: str) -> Response:
        """Nothing before two officials have certified the count. Four queries."""
        round = published_round(authority, slug)
        results = certified_results(round)
        if results is None:
            raise Http404
        return Response(ResultsSerializer({"round": round.slug, **results}).data)
