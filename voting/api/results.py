"""Certified results of a round for machines: `/api/v1/rounds/<slug>/results/`."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from rounds.published import NOT_FOUND, ROUND, UNCHANGED, PublicView, TextsField, published_round
from voting.models import Poll, Project
from voting.selectors import decisive_tallies


class ResultSerializer(serializers.Serializer[Any]):
    """One line of a ballot paper and what the count gave it. Cost in minor units."""

    code = serializers.CharField()
    title = TextsField()
    cost = serializers.IntegerField()
    votes = serializers.IntegerField()
    points = serializers.IntegerField(help_text="Equals the votes on ballots that give no points.")
    is_funded = serializers.BooleanField()


class PaperResultSerializer(serializers.Serializer[Any]):
    """The count of one ballot paper that decides, by the rule that was published before the vote."""

    number = serializers.IntegerField()
    title = TextsField()
    rule = serializers.CharField()
    budget = serializers.IntegerField()
    cost = serializers.IntegerField(help_text="What the funded projects cost together.")
    ballots = serializers.IntegerField()
    counted_at = serializers.DateTimeField()
    input_sha256 = serializers.CharField(help_text="Of everything that was counted.")
    projects = ResultSerializer(many=True)


class ResultsSerializer(serializers.Serializer[Any]):
    """The results of a round's vote."""

    round = serializers.CharField()
    papers = PaperResultSerializer(many=True)


class Results(PublicView):
    @extend_schema(
        operation_id="results",
        summary="The certified results of a round's vote",
        parameters=[ROUND],
        responses={200: ResultsSerializer, 304: UNCHANGED, 404: NOT_FOUND},
    )
    def get(self, request: Request, slug: str) -> Response:
        """Nothing before two officials have certified the count. Five queries."""
        round = published_round(slug)
        final = [Poll.State.CERTIFIED, Poll.State.PUBLISHED, Poll.State.KEY_DESTROYED]
        if not Poll.objects.filter(round=round, state__in=final).exists():
            raise Http404
        lines: dict[int, list[Project]] = {}
        for project in Project.objects.filter(paper__round=round).order_by("paper", "number"):
            lines.setdefault(project.paper_id, []).append(project)
        papers = []
        for tally in decisive_tallies(round):
            outcome = tally.outcome
            funded = set(outcome["funded"])
            papers.append(
                {
                    "number": tally.paper.number,
                    "title": tally.paper.title,
                    "rule": outcome["rule"],
                    "budget": tally.paper.budget_minor,
                    "cost": outcome["cost"],
                    "ballots": tally.n_ballots,
                    "counted_at": tally.counted_at,
                    "input_sha256": bytes(tally.input_hash).hex(),
                    "projects": [
                        {
                            "code": line.code,
                            "title": line.title,
                            "cost": line.cost_minor,
                            "votes": outcome["votes"].get(line.code, 0),
                            "points": outcome["scores"].get(line.code, 0),
                            "is_funded": line.code in funded,
                        }
                        for line in lines.get(tally.paper_id, [])
                    ],
                }
            )
        return Response(ResultsSerializer({"round": round.slug, "papers": papers}).data)
