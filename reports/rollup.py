"""Rollup: what an authority can see of those below it: counts and amounts, never a draft, a name or a person.

A province sees each round of its authorities. The centre, whose area is the country, sees one line of totals
for each place of the tier below it. Of people it shows only numbers, those under ten combined
(`merge_small`), so that nobody can be found by subtraction.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Q, Sum

from authorities.models import Authority
from places.models import Area
from proposals.lifecycle import State
from proposals.models import Proposal
from rounds.models import Round
from voting.ballots.models import BallotBox
from voting.ballots.selectors import merge_small


@dataclass(frozen=True, slots=True)
class RollupRow:
    """One round of a lower-level authority, or (`round` None) the totals of a place in one currency.

    Amounts in minor units. `ballots` is None if so few were cast that they are combined with others.
    """

    place: Mapping[str, str]
    currency: str
    submitted: int
    adopted: int
    budget_minor: int
    adopted_minor: int
    ballots: int | None
    round: Round | None = None
    authorities: int = 1
    rounds: int = 1


@dataclass(frozen=True, slots=True)
class Rollup:
    """An authority's rollup of those below it. `merged_ballots` are those of the lines that show none."""

    lines: Sequence[RollupRow] = field(default_factory=list)
    merged_ballots: int = 0
    is_of_totals: bool = False


@dataclass(slots=True)
class _Sums:
    authorities: set[int] = field(default_factory=set)
    rounds: int = 0
    submitted: int = 0
    adopted: int = 0
    budget_minor: int = 0
    adopted_minor: int = 0
    ballots: int = 0


def rollup(authority: Authority) -> Rollup:
    """Return the figures of the published rounds of all authorities below one. Five queries at most."""
    below = list(
        Authority.objects.filter(area__path__startswith=authority.area.path)
        .exclude(area__path=authority.area.path)
        .select_related("area")
    )
    rounds = list(
        Round.objects.published()
        .filter(authority__in=below)
        .select_related("authority__area")
        .order_by("authority__area__path", "-fiscal_year", "slug")
    )
    if authority.area.is_country:
        return _totals(authority, rounds)
    inner = [row.area.path for row in below]
    # Authorities below a lower-level authority are for that one to see.
    own = [round for round in rounds if not _lies_below_any(round.authority.area.path, inner)]
    return _rounds(own)


def _lies_below_any(path: str, others: Sequence[str]) -> bool:
    return any(path != other and path.startswith(other) for other in others)


def _rounds(rounds: Sequence[Round]) -> Rollup:
    proposals, ballots = _figures(rounds)
    shown, merged = _shown_count({str(round.pk): ballots.get(round.pk, 0) for round in rounds})
    lines = [
        RollupRow(
            place=round.authority.name,
            currency=round.currency,
            submitted=proposals[round.pk]["submitted"],
            adopted=proposals[round.pk]["adopted"],
            budget_minor=round.budget_minor,
            adopted_minor=proposals[round.pk]["adopted_minor"],
            ballots=shown.get(str(round.pk)),
            round=round,
        )
        for round in rounds
    ]
    return Rollup(lines, merged)


def _totals(authority: Authority, rounds: Sequence[Round]) -> Rollup:
    proposals, ballots = _figures(rounds)
    depth = authority.area.path.count(".")
    sums: defaultdict[tuple[str, str], _Sums] = defaultdict(_Sums)
    for round in rounds:
        # "VN.48.20194." is inside the place "VN.48.".
        place = ".".join(round.authority.area.path.split(".")[: depth + 1]) + "."
        one = sums[place, round.currency]
        one.authorities.add(round.authority_id)
        one.rounds += 1
        one.submitted += proposals[round.pk]["submitted"]
        one.adopted += proposals[round.pk]["adopted"]
        one.adopted_minor += proposals[round.pk]["adopted_minor"]
        one.budget_minor += round.budget_minor
        one.ballots += ballots.get(round.pk, 0)
    names = {area.path: area.name for area in Area.objects.filter(path__in={path for path, _ in sums})}
    shown, merged = _shown_count(
        {f"{path}|{currency}": one.ballots for (path, currency), one in sums.items()}
    )
    lines = [
        RollupRow(
            place=names.get(path, {"en": path}),
            currency=currency,
            submitted=one.submitted,
            adopted=one.adopted,
            budget_minor=one.budget_minor,
            adopted_minor=one.adopted_minor,
            ballots=shown.get(f"{path}|{currency}"),
            authorities=len(one.authorities),
            rounds=one.rounds,
        )
        for (path, currency), one in sorted(sums.items())
    ]
    return Rollup(lines, merged, is_of_totals=True)


def _figures(rounds: Sequence[Round]) -> tuple[dict[int, dict[str, int]], dict[int, int]]:
    rows = (
        Proposal.objects.filter(round__in=rounds, code__isnull=False)
        .values_list("round_id")
        .annotate(
            submitted=Count("pk"),
            adopted=Count("pk", filter=Q(state=State.ADOPTED)),
            adopted_minor=Sum("reviewed_cost_minor", filter=Q(state=State.ADOPTED), default=0),
        )
    )
    names = ("submitted", "adopted", "adopted_minor")
    found = {round_id: dict(zip(names, figures, strict=True)) for round_id, *figures in rows}
    none = dict.fromkeys(names, 0)
    ballots = dict(
        BallotBox.objects.filter(round_id__in=[round.pk for round in rounds])
        .values_list("round_id")
        .annotate(Count("voter_tag"))
    )
    return {round.pk: found.get(round.pk, none) for round in rounds}, ballots


def _shown_count(ballots: Mapping[str, int]) -> tuple[dict[str, int], int]:
    """Return which lines tell their number of ballots, and how many the others have together."""
    cells = merge_small({label: n for label, n in ballots.items() if n})
    shown = {cell.label: cell.count for cell in cells if cell.label is not None}
    # Zero is no secret: nobody voted there.
    shown |= {label: 0 for label, n in ballots.items() if not n}
    return shown, sum(cell.count for cell in cells if cell.label is None)
