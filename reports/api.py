"""A round's published report for machines: `/api/v1/rounds/<slug>/report/`."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from proposals import lifecycle
from proposals.grounds import Ground
from proposals.models import Milestone
from reports import selectors
from reports.figures import Rounding
from rounds.published import NOT_FOUND, ROUND, UNCHANGED, PublicView, TextsField, published_round
from voting.published import VoteSerializer


class ShareSerializer(serializers.Serializer[Any]):
    """A part of a whole. `display` are the digits as published; empty for a share of nothing."""

    name = serializers.CharField()
    numerator = serializers.IntegerField()
    denominator = serializers.IntegerField()
    unit = serializers.ChoiceField(["percent"])
    rounding = serializers.ChoiceField([mode.value for mode in Rounding])
    decimals = serializers.IntegerField()
    display = serializers.CharField(allow_blank=True)


class FunnelSerializer(serializers.Serializer[Any]):
    """Submitted proposals by what became of them. What has not ended is named only where there is any."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        ends = lifecycle.ends()
        return {
            code: serializers.IntegerField(required=code in ends) for code in [*ends, *lifecycle.still_open()]
        }


class ReasonSerializer(serializers.Serializer[Any]):
    """How many proposals a reason ended, and how."""

    state = serializers.ChoiceField(lifecycle.choices())
    ground = serializers.ChoiceField(Ground.choices)
    count = serializers.IntegerField()


class CountsSerializer(serializers.Serializer[Any]):
    """What was submitted, what was adopted of it, and what that costs."""

    submitted = serializers.IntegerField()
    adopted = serializers.IntegerField()
    adopted_cost = serializers.IntegerField()


class AreaSerializer(CountsSerializer):
    """Of one area; every area has a row, also where nothing was submitted."""

    code = serializers.CharField(allow_blank=True)
    name = TextsField()


class CategorySerializer(CountsSerializer):
    """Of one category."""

    slug = serializers.CharField()
    name = TextsField()


class GroupSerializer(CountsSerializer):
    """Of a group of proposers, or of several that were too small to publish apart."""

    keys = serializers.ListField(child=serializers.CharField())


class BallotGroupSerializer(serializers.Serializer[Any]):
    """Ballots of a group of voters; no key stands for several that were too small to publish apart."""

    keys = serializers.ListField(child=serializers.CharField())
    count = serializers.IntegerField()


class ParticipantsSerializer(serializers.Serializer[Any]):
    """Who cast a ballot."""

    ballots = serializers.IntegerField()
    by_channel = BallotGroupSerializer(many=True)
    by_participation = BallotGroupSerializer(many=True)
    by_age_group = BallotGroupSerializer(many=True)
    smallest_cell = serializers.IntegerField()


class AdoptedSerializer(serializers.Serializer[Any]):
    """An adopted project."""

    code = serializers.CharField()
    language = serializers.CharField()
    title = TextsField()
    category = serializers.CharField(allow_blank=True)
    area = serializers.CharField(allow_blank=True)
    cost = serializers.IntegerField()
    votes = serializers.IntegerField(allow_null=True)
    rank = serializers.IntegerField(allow_null=True)
    progress = serializers.ChoiceField([("", "—"), *Milestone.Progress.choices], allow_blank=True)


class ReportSerializer(serializers.Serializer[Any]):
    """A round's figures exactly as they were published. Amounts in minor units of `currency`."""

    number = serializers.IntegerField(help_text="The report's number within the round; the highest stands.")
    published_at = serializers.DateTimeField()
    sha256 = serializers.CharField(help_text="Of the report's JSON file.")
    corrects = serializers.IntegerField(allow_null=True, help_text="The number of the report it corrects.")
    correction = serializers.CharField(allow_blank=True)
    format = serializers.IntegerField()
    round = serializers.CharField()
    authority = serializers.CharField()
    authority_name = TextsField()
    title = TextsField()
    notice = TextsField()
    is_imported = serializers.BooleanField()
    fiscal_year = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    time_zone = serializers.CharField()
    currency = serializers.CharField()
    budget = serializers.IntegerField()
    budget_is_approximate = serializers.BooleanField()
    submitted = serializers.IntegerField()
    adopted = serializers.IntegerField()
    reflection_rate = ShareSerializer()
    reflection_rate_by_money = ShareSerializer()
    adoption_rate = ShareSerializer()
    budget_use = ShareSerializer()
    target = serializers.FloatField(allow_null=True, help_text="In percent.")
    target_owner = serializers.CharField()
    needed_for_target = serializers.IntegerField(allow_null=True)
    gap_proposals = serializers.IntegerField(allow_null=True)
    gap_points = serializers.CharField(
        allow_null=True, help_text="Percentage points, rounded half up to two decimals."
    )
    requested_cost = serializers.IntegerField()
    adopted_cost = serializers.IntegerField()
    budget_left = serializers.IntegerField()
    funnel = FunnelSerializer()
    reasons = ReasonSerializer(many=True)
    by_area = AreaSerializer(many=True)
    by_category = CategorySerializer(many=True)
    by_track = GroupSerializer(many=True)
    by_participation = GroupSerializer(many=True)
    by_age_group = GroupSerializer(many=True)
    by_foreign_resident = GroupSerializer(many=True)
    participants = ParticipantsSerializer(allow_null=True)
    smallest_cell = serializers.IntegerField()
    adopted_projects = AdoptedSerializer(many=True)
    vote = VoteSerializer(
        allow_null=True,
        required=False,
        help_text="The certified vote explained; null where there was none, missing in reports of format 1.",
    )


class Report(PublicView):
    @extend_schema(
        operation_id="report",
        summary="The report of a round that stands",
        parameters=[ROUND],
        responses={200: ReportSerializer, 304: UNCHANGED, 404: NOT_FOUND},
    )
    def get(self, request: Request, slug: str) -> Response:
        """How many proposals were adopted and why the others were not; nothing is computed anew."""
        snapshot = selectors.latest(published_round(slug))
        if snapshot is None:
            raise Http404
        report = {
            "number": snapshot.number,
            "published_at": snapshot.taken_at.isoformat(),
            "sha256": snapshot.sha256,
            # Each report but the first corrects the one before.
            "corrects": snapshot.number - 1 if snapshot.corrects_id else None,
            "correction": snapshot.correction,
            **snapshot.document,
        }
        # In the order of the description; stored JSON has none.
        return Response({name: report[name] for name in ReportSerializer().fields if name in report})
