"""The shape of a vote's result as open data."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from rounds.public_api import TextsField


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {"type": "object", "additionalProperties": {"type": "string"}},
    }
)
class NamesField(serializers.DictField):
    """Names by key, each a text by language code."""

    child = TextsField()


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
    category = serializers.CharField()
    area = serializers.CharField(allow_blank=True, help_text="Blank for the whole area of the authority.")
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
    """Outcome for the projects of one category or area. Money in minor units."""

    key = serializers.CharField(allow_blank=True)
    projects = serializers.IntegerField()
    funded = serializers.IntegerField()
    cost_asked = serializers.IntegerField()
    cost_funded = serializers.IntegerField()
    chosen_by = serializers.IntegerField(help_text="Voters who chose at least one of these projects.")


class VoterGroupSerializer(serializers.Serializer[Any]):
    """Outcome for one group of voters; `key` is null for small groups combined."""

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


class AlternativeSerializer(serializers.Serializer[Any]):
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


class BallotStyleResultSerializer(serializers.Serializer[Any]):
    """The count of one ballot paper that decides, by the rule that was published before the vote."""

    number = serializers.IntegerField()
    title = TextsField()
    scope = serializers.CharField(help_text="Whose ballots decide: inside or everybody.")
    rule = serializers.CharField()
    parameters = serializers.DictField(help_text="How the rule is set, with the order among equals.")
    recount = serializers.CharField(help_text="How the second program is run on the published file.")
    budget = serializers.IntegerField()
    cost = serializers.IntegerField(help_text="What the funded projects cost together.")
    left = serializers.IntegerField(help_text="What is left of the budget.")
    topup = serializers.IntegerField(help_text="What the last funded project needs from elsewhere.")
    ballots = serializers.IntegerField()
    blank = serializers.IntegerField(help_text="Ballots that choose nothing; part of all.")
    voters = serializers.IntegerField(help_text="Ballots that choose at least one project.")
    served = serializers.IntegerField(help_text="Voters with at least one funded project they chose.")
    ties = serializers.IntegerField(help_text="How often the order among equals was asked for.")
    counted_at = serializers.DateTimeField()
    input_sha256 = serializers.CharField(help_text="Of everything that was counted.")
    funded = serializers.ListField(child=serializers.CharField(), help_text="Codes, in the order of funding.")
    not_funded = serializers.ListField(child=serializers.CharField(), help_text="Codes, most votes first.")
    projects = ResultSerializer(many=True)
    by_category = ResultPlaceSerializer(many=True)
    by_area = ResultPlaceSerializer(many=True)
    by_group = VoterGroupsSerializer(help_text="Groups of fewer than ten voters are put together.")
    beside = AlternativeSerializer(many=True)
    categories = NamesField(help_text="Names by key.")
    areas = NamesField(help_text="Names by key.")
