"""Facts behind the figures: the records of a round, each queried once however many figures need it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Count, Q, QuerySet, Sum

from proposals import lifecycle
from proposals.lifecycle import Reached, State
from proposals.models import Proposal
from reports.arithmetic import Gap, Rounding, gap
from reports.schema import Share
from rounds.models import Round

# Counts for any group of proposals.
COUNTS = {
    "submitted": Count("pk"),
    "adopted": Count("pk", filter=Q(state=State.ADOPTED)),
    "adopted_cost": Sum("reviewed_cost_minor", filter=Q(state=State.ADOPTED), default=0),
}


@dataclass(frozen=True)
class Facts:
    """The records of a round at `now`. Amounts in minor units."""

    round: Round
    now: datetime

    @property
    def submitted(self) -> QuerySet[Proposal]:
        """Every submitted proposal, whatever its outcome: everything with a code; drafts have none."""
        return self.round.proposals.filter(code__isnull=False)

    @cached_property
    def funnel(self) -> dict[str, int]:
        """Proposals by state: every end, and open states that occur. One query."""
        counts = dict(self.submitted.order_by().values_list("state").annotate(Count("pk")))
        return {state: counts.get(state, 0) for state in lifecycle.ends()} | {
            state: counts[state] for state in lifecycle.still_open() if counts.get(state)
        }

    @property
    def n_submitted(self) -> int:
        """Every proposal that was handed in."""
        return sum(self.funnel.values())

    @property
    def n_adopted(self) -> int:
        """Those that the council took into the budget."""
        return self.funnel[State.ADOPTED]

    @property
    def n_on_ballot(self) -> int:
        """Those that were put to the vote, decided or not."""
        return sum(self.funnel.get(state, 0) for state in lifecycle.reaching(Reached.ON_BALLOT))

    @cached_property
    def money(self) -> dict[str, int]:
        """The cost asked for by all (`requested`) and that of what was adopted (`adopted`). One query."""
        return self.submitted.aggregate(
            requested=Sum("requested_cost_minor", default=0),
            adopted=COUNTS["adopted_cost"],
        )

    @cached_property
    def gap(self) -> Gap | None:
        """The gap between the share of adopted proposals and the target; None without a target."""
        target = self.round.target_percent
        return None if target is None else gap(self.n_adopted, self.n_submitted, target)

    def share(self, name: str, numerator: int, denominator: int) -> Share:
        """Return a share, its digits brought to what is set for the round."""
        round = self.round
        return Share.of(name, numerator, denominator, round.rate_decimals, Rounding(round.rate_rounding))
