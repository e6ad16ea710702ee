"""The outcome of every submitted proposal, and the reason of every rejection."""

from collections.abc import Mapping, Sequence

from django.db.models import Count
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from authorities.reasons import StandardReason
from authorities.selectors import reason_in_words, reason_texts
from proposals import lifecycle
from proposals.lifecycle import State
from reports.figures.counts import SUBMITTED
from reports.figures.facts import Facts
from reports.figures.figure import Breakdown, Section
from reports.figures.rates import share_of
from reports.figures.votes import VOTE
from reports.render.tables import Chart, Table, Unit, headings
from reports.schema import Funnel, Reason, Report
from voting.rules import RULES


def _funnel_table(report: Report, counts: dict[str, int]) -> Sequence[Table]:
    """Return what became of every submitted proposal; the rows add up to all of them."""
    total = SUBMITTED.of(report)
    return [
        Table(
            "funnel",
            gettext("Outcomes of the proposals"),
            headings(
                (gettext("Outcome"), Unit.WORDS),
                (gettext("Proposals"), Unit.NUMBER),
                (gettext("Share"), Unit.PERCENT),
            ),
            [
                [str(lifecycle.STATES[state].label), counts[state], share_of(report, counts[state], total)]
                # Stored JSON does not keep the order of keys.
                for state in (*lifecycle.ends(), *lifecycle.still_open())
                if state in counts
            ],
            [gettext("All submitted proposals"), total, ""],
            chart=Chart.PARTS,
        )
    ]


def _count_reasons(facts: Facts) -> list[Reason]:
    """Count the reasons of every no, by how it ended; the commonest first. One query."""
    rows = (
        facts.submitted.filter(state__in=[state for state in lifecycle.ends() if state != State.ADOPTED])
        .order_by()
        .values("state", "reason")
        .annotate(count=Count("pk"))
    )
    counted = [Reason(state=row["state"], ground=row["reason"], count=row["count"]) for row in rows]
    return sorted(counted, key=lambda reason: (-reason.count, reason.ground))


def _reasons_table(report: Report, reasons: list[Reason]) -> Sequence[Table]:
    """Return the reason of every no, in the words that the authority has for it today. One query."""
    texts = reason_texts(report.authority)
    return [
        Table(
            "reasons",
            gettext("Why proposals were not adopted"),
            headings(
                (gettext("Reason"), Unit.WORDS),
                (gettext("Outcome"), Unit.WORDS),
                (gettext("Proposals"), Unit.NUMBER),
            ),
            [
                [_reason_words(report, texts, row.ground), str(lifecycle.STATES[row.state].label), row.count]
                for row in reasons
            ],
            [
                gettext("All proposals that were not adopted"),
                "",
                sum(row.count for row in reasons),
            ],
        )
    ]


def _reason_words(report: Report, texts: Mapping[str, Mapping[str, str]], ground: str) -> str:
    """Name a reason. That others had more votes is said only of a count in the order of votes."""
    vote = VOTE.of(report) if VOTE.is_in(report) else None
    if (
        ground == StandardReason.BELOW_BUDGET_CUTOFF
        and vote is not None
        and not RULES[vote.setting.rule].goes_by_votes
    ):
        return gettext("The count did not fund it.")
    return reason_in_words(texts, ground)


FUNNEL: Breakdown[dict[str, int]] = Breakdown(
    key="funnel",
    shape=Funnel,
    query=lambda facts: facts.funnel,
    docs="Submitted proposals by what became of them; each is in exactly one row. What has not ended is "
    "named only where there is any.",
    section=Section(_("Outcomes of the proposals")),
    write=_funnel_table,
)

REASONS: Breakdown[list[Reason]] = Breakdown(
    key="reasons",
    shape=list[Reason],
    query=_count_reasons,
    docs="Proposals that were not adopted, by the reason of the no and by how they ended; the commonest "
    "first.",
    section=Section(_("Every rejection has a reason")),
    write=_reasons_table,
)
