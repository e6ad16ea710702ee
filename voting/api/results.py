"""Certified results of a round for machines: `/api/v1/rounds/<slug>/results/`."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from rounds.published import NOT_FOUND, ROUND, UNCHANGED, PublicView, TextsField, published_round
from voting import frozen, second_count
from voting.models import Poll, Project
from voting.selectors import decisive_tallies


class StatementSerializer(serializers.Serializer[Any]):
    """A sentence as a code, with the values it names: money in minor units, effective votes as text."""

    code = serializers.CharField()
    params = serializers.DictField()


class RivalSerializer(serializers.Serializer[Any]):
    """A funded project, and how many voters chose both."""

    code = serializers.CharField()
    shared = serializers.IntegerField()


class ResultSerializer(serializers.Serializer[Any]):
    """One line of a ballot paper and what the count gave it. Cost in minor units."""

    code = serializers.CharField()
    title = TextsField()
    cost = serializers.IntegerField()
    votes = serializers.IntegerField()
    points = serializers.IntegerField(help_text="Equals the votes on ballots that give no points.")
    is_funded = serializers.BooleanField()
    why = StatementSerializer(help_text="How it was funded, or why not.")
    change = StatementSerializer(
        help_text="The smallest change, all else staying as it was, that would have funded it.",
        required=False,
    )
    lost_to = RivalSerializer(many=True, help_text="Projects that got the money instead: three at most.")


class ResultPlaceSerializer(serializers.Serializer[Any]):
    """What the projects of one category or area got. Money in minor units."""

    key = serializers.CharField(allow_blank=True)
    projects = serializers.IntegerField()
    funded = serializers.IntegerField()
    cost_asked = serializers.IntegerField()
    cost_funded = serializers.IntegerField()
    chosen_by = serializers.IntegerField(help_text="Voters who chose at least one of these projects.")


class VoterGroupSerializer(serializers.Serializer[Any]):
    """What one group of voters got; `key` is null for small groups put together."""

    key = serializers.CharField(allow_null=True, allow_blank=True)
    voters = serializers.IntegerField()
    served = serializers.IntegerField(help_text="Voters with at least one funded project they chose.")
    money = serializers.IntegerField(
        help_text="Cost of funded projects, each split evenly over all who chose it; minor units."
    )


class VoterGroupsSerializer(serializers.Serializer[Any]):
    """Groups of voters; a division that would show a single group is left out."""

    area = VoterGroupSerializer(many=True, required=False)
    age_group = VoterGroupSerializer(many=True, required=False)
    participation = VoterGroupSerializer(many=True, required=False)


class BesideSerializer(serializers.Serializer[Any]):
    """The same ballots counted by another rule, for analysis only. Projects by code, cost in minor units."""

    rule = serializers.CharField()
    completion = serializers.BooleanField(
        help_text="Whether what was left over was spent on most votes first."
    )
    funded = serializers.ListField(child=serializers.CharField())
    cost = serializers.IntegerField()
    served = serializers.IntegerField(help_text="Voters with at least one funded project they chose.")
    only_here = serializers.ListField(child=serializers.CharField())
    only_decisive = serializers.ListField(child=serializers.CharField())
    better_off = serializers.IntegerField(
        help_text="Voters with more funded projects than by the rule that decides."
    )
    worse_off = serializers.IntegerField()


class PaperResultSerializer(serializers.Serializer[Any]):
    """The count of one ballot paper that decides, by the rule that was published before the vote."""

    number = serializers.IntegerField()
    title = TextsField()
    rule = serializers.CharField()
    parameters = serializers.DictField(help_text="How the rule is set, with the order among equals.")
    recount = serializers.CharField(help_text="How the second program is run on the published file.")
    budget = serializers.IntegerField()
    cost = serializers.IntegerField(help_text="What the funded projects cost together.")
    ballots = serializers.IntegerField()
    voters = serializers.IntegerField(help_text="Ballots that choose at least one project.")
    served = serializers.IntegerField(help_text="Voters with at least one funded project they chose.")
    counted_at = serializers.DateTimeField()
    input_sha256 = serializers.CharField(help_text="Of everything that was counted.")
    projects = ResultSerializer(many=True)
    by_category = ResultPlaceSerializer(many=True)
    by_area = ResultPlaceSerializer(many=True)
    by_group = VoterGroupsSerializer(help_text="Groups of fewer than ten voters are put together.")
    beside = BesideSerializer(many=True)


class ResultsSerializer(serializers.Serializer[Any]):
    """The results of a round's vote."""

    round = serializers.CharField()
    papers = PaperResultSerializer(many=True)


def _told(figures: dict[str, Any], code: str) -> dict[str, Any]:
    if code in figures["funded"]:
        return {"is_funded": True, "why": figures["funded"][code], "lost_to": []}
    told = figures["not_funded"][code]
    return {
        "is_funded": False,
        "why": told,
        "change": told["change"],
        "lost_to": [{"code": rival, "shared": shared} for rival, shared in told["lost_to"]],
    }


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
        poll = Poll.objects.filter(round=round, state__in=final).first()
        if poll is None:
            raise Http404
        rules = frozen.read(poll.rules)
        lines: dict[int, list[Project]] = {}
        for project in Project.objects.filter(paper__round=round).order_by("paper", "number"):
            lines.setdefault(project.paper_id, []).append(project)
        papers = []
        for tally in decisive_tallies(round):
            outcome = tally.outcome
            figures = outcome["figures"]
            papers.append(
                {
                    "number": tally.paper.number,
                    "title": tally.paper.title,
                    "rule": outcome["rule"],
                    "parameters": outcome["parameters"],
                    "recount": second_count.command(rules),
                    "budget": tally.paper.budget_minor,
                    "cost": outcome["cost"],
                    "ballots": tally.n_ballots,
                    "voters": outcome["voters"],
                    "served": figures["served"],
                    "counted_at": tally.counted_at,
                    "input_sha256": bytes(tally.input_hash).hex(),
                    "projects": [
                        {
                            "code": line.code,
                            "title": line.title,
                            "cost": line.cost_minor,
                            "votes": outcome["votes"].get(line.code, 0),
                            "points": outcome["scores"].get(line.code, 0),
                            **_told(figures, line.code),
                        }
                        for line in lines.get(tally.paper_id, [])
                    ],
                    **{name: figures[name] for name in ("by_category", "by_area", "by_group", "beside")},
                }
            )
        return Response(ResultsSerializer({"round": round.slug, "papers": papers}).data)
