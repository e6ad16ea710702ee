"""The vote that a report explains, as tables in the reader's language: what was funded and how, what was not
and why, who got what, and the same ballots by other rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext, pgettext

from reports.render.tables import Column, Table, Unit, Value, name_of, or_empty
from reports.schema import Vote
from voting.counting import results
from voting.counting.results import OptionResult, Part, Result


@dataclass(frozen=True, slots=True)
class VoteInWords:
    """The vote of a report for the reader. Without papers, nothing was certified here when it was made."""

    sentences: Sequence[str]
    smallest_cell: int
    papers: Sequence[Result]

    @property
    def none_words(self) -> str:
        """Say that there is no vote to explain."""
        return gettext(
            "No certified result of a vote on this platform existed when these figures "
            "were produced, so there is none to explain."
        )


def in_words(vote: Vote | None, currency: str) -> VoteInWords:
    """Return a report's vote in the language now active."""
    if vote is None:
        return VoteInWords([], 0, [])
    return VoteInWords(
        results.sentences_of(vote.setting.stored(), currency),
        vote.smallest_cell,
        [results.localize_result(paper.stored(), currency) for paper in vote.papers],
    )


def how_funded(vote: Vote, currency: str) -> dict[str, str]:
    """Return by code how each project of the ballot papers was funded, or that it was not."""
    return {
        row.option.code: row.why if row.is_funded else gettext("The count did not fund it.")
        for paper in in_words(vote, currency).papers
        for row in (*paper.funded, *paper.not_funded)
    }


def all_tables(vote: Vote | None, currency: str) -> list[Table]:
    """Return every table of the vote, ballot by ballot; one sentence if there is no vote."""
    said = in_words(vote, currency)
    if not said.papers:
        heading = Column(gettext("Figure"), Unit.WORDS)
        return [Table("vote", gettext("How the votes were counted"), [heading], [[said.none_words]])]
    return [
        table
        for paper in said.papers
        for table in _of_paper(said, paper, name_of(paper.title) if len(said.papers) > 1 else "")
    ]


def _of_paper(vote: VoteInWords, paper: Result, name: str) -> list[Table]:
    made = [
        _count(vote, paper),
        _funded(paper),
        _not_funded(paper),
        _places("categories", gettext("Distribution by category"), gettext("Category"), paper, is_area=False),
        _places("areas", gettext("Distribution by area"), gettext("Area"), paper, is_area=True),
        *_groups(vote, paper),
        _rules(paper),
        _differences(paper),
    ]
    if not name:
        return made
    return [
        Table(
            f"{table.slug}_{paper.number}",
            gettext("%(table)s: %(paper)s") % {"table": table.caption, "paper": name},
            table.columns,
            table.rows,
            table.total,
            table.note,
        )
        for table in made
    ]


def _count(vote: VoteInWords, paper: Result) -> Table:
    """Return what was counted and how, a figure in each row."""
    rows: list[list[Value]] = [
        [gettext("Rule"), " ".join(vote.sentences)],
        [gettext("Deciding ballots"), paper.ballots],
        [gettext("Of these, blank"), paper.blank],
        [gettext("Voters with at least one funded project among their choices"), _of(paper.served)],
        [gettext("Projects funded"), len(paper.funded)],
        [gettext("Projects not funded"), paper.n_not_funded],
        [gettext("Ties broken"), paper.ties],
        [gettext("SHA-256 of the counted input"), paper.input_sha256],
        [gettext("Command to run the second program"), paper.recount],
    ]
    return Table(
        "vote",
        gettext("How the votes were counted"),
        [Column(gettext("Figure"), Unit.WORDS, wide=1), Column(gettext("Value"), Unit.WORDS, wide=2)],
        rows,
    )


def _score(paper: Result) -> list[Column]:
    columns = [Column(gettext("Votes"), Unit.NUMBER)]
    return [*columns, Column(gettext("Points"), Unit.NUMBER)] if paper.has_points else columns


def _scores(paper: Result, row: OptionResult) -> list[Value]:
    return [row.votes, row.score] if paper.has_points else [row.votes]


def _funded(paper: Result) -> Table:
    has_price = any(row.price_minor is not None for row in paper.funded)
    return Table(
        "funded",
        gettext("Funded by the vote"),
        [
            Column(gettext("Step"), Unit.NUMBER),
            Column(gettext("Number"), Unit.WORDS),
            Column(gettext("Project"), Unit.WORDS, wide=2),
            *_score(paper),
            Column(gettext("Cost"), Unit.MONEY),
            *(
                [
                    Column(gettext("Effective votes"), Unit.NUMBER, in_print=False),
                    Column(gettext("Price per supporter"), Unit.MONEY, in_print=False),
                ]
                if has_price
                else []
            ),
            Column(gettext("How it was funded"), Unit.WORDS, wide=3),
        ],
        [
            [
                or_empty(row.step),
                row.option.code,
                name_of(row.option.title),
                *_scores(paper, row),
                row.option.cost_minor,
                *(
                    [
                        Decimal(row.effective_votes) if row.effective_votes else "",
                        or_empty(row.price_minor),
                    ]
                    if has_price
                    else []
                ),
                row.why,
            ]
            for row in paper.funded
        ],
        [
            gettext("All"),
            *[""] * (2 + len(_score(paper))),
            sum(row.option.cost_minor for row in paper.funded),
            *[""] * (3 if has_price else 1),
        ],
    )


def _not_funded(paper: Result) -> Table:
    return Table(
        "not_funded",
        gettext("Not funded by the vote"),
        [
            Column(gettext("Number"), Unit.WORDS),
            Column(gettext("Project"), Unit.WORDS, wide=2),
            *_score(paper),
            Column(gettext("Cost"), Unit.MONEY),
            Column(gettext("Why it was not funded"), Unit.WORDS, wide=2),
            Column(gettext("What it would have needed"), Unit.WORDS, wide=2),
            Column(gettext("More votes or points needed"), Unit.NUMBER, in_print=False),
            Column(gettext("Cost at which it would have been funded"), Unit.MONEY, in_print=False),
            Column(gettext("Where the money went (voters who chose both)"), Unit.WORDS, wide=3),
        ],
        [
            [
                row.option.code,
                name_of(row.option.title),
                *_scores(paper, row),
                row.option.cost_minor,
                row.why,
                row.change,
                or_empty(row.more_votes),
                or_empty(row.cost_at_most),
                _rivals(row),
            ]
            for row in paper.not_funded
        ],
    )


def _rivals(row: OptionResult) -> str:
    """Name the projects that got the money, each with how many voters chose both."""
    named = [f"{name_of(rival.title)} ({shared})" for rival, shared in row.lost_to]
    # Translators: between titles of projects, which may contain commas.
    return pgettext("between titles of a list", "; ").join(named)


def _places(slug: str, caption: str, heading: str, paper: Result, *, is_area: bool) -> Table:
    places = paper.areas if is_area else paper.categories
    voters = gettext("Voters who live there") if is_area else gettext("Voters who chose a project there")
    return Table(
        f"vote_{slug}",
        caption,
        [
            Column(heading, Unit.WORDS, wide=2),
            Column(gettext("Projects on the ballot"), Unit.NUMBER, wide=1),
            Column(gettext("Funded"), Unit.NUMBER, wide=1),
            Column(gettext("Money"), Unit.MONEY, wide=1),
            Column(gettext("Share of the money, in percent"), Unit.NUMBER, wide=1),
            Column(voters, Unit.NUMBER, wide=1),
            Column(gettext("Share of the voters, in percent"), Unit.NUMBER, wide=1),
        ],
        [
            [
                place.name,
                place.projects,
                place.funded,
                place.money.number,
                or_empty(place.money.percent),
                place.voters.number if place.voters else "",
                or_empty(place.voters.percent if place.voters else None),
            ]
            for place in places
        ],
    )


def _groups(vote: VoteInWords, paper: Result) -> list[Table]:
    return [
        Table(
            f"vote_groups_{number}",
            heading,
            [
                Column(gettext("Group"), Unit.WORDS, wide=2),
                Column(gettext("Voters"), Unit.NUMBER, wide=1),
                Column(gettext("With at least one funded project among their choices"), Unit.NUMBER, wide=1),
                Column(gettext("Share of the group, in percent"), Unit.NUMBER, wide=1),
                Column(gettext("Money allocated to their choices"), Unit.MONEY, wide=1),
            ],
            [
                [
                    group.name,
                    group.voters.number,
                    group.served.number,
                    or_empty(group.served.percent),
                    group.money.number,
                ]
                for group in groups
            ],
            note=gettext(
                "The cost of a funded project is split evenly among everybody who chose it. "
                "Groups of fewer than %(smallest)s voters are combined."
            )
            % {"smallest": vote.smallest_cell},
        )
        for number, (heading, groups) in enumerate(paper.groups, start=1)
    ]


def _rules(paper: Result) -> Table:
    return Table(
        "rules",
        gettext("Results under other rules"),
        [
            Column(gettext("Rule"), Unit.WORDS, wide=2),
            Column(gettext("Purpose"), Unit.WORDS, wide=1),
            Column(gettext("Funded"), Unit.NUMBER, wide=1),
            Column(gettext("Cost"), Unit.MONEY, wide=1),
            Column(
                gettext("Voters with at least one funded project among their choices"), Unit.NUMBER, wide=1
            ),
            Column(gettext("Voters with more of their choices funded"), Unit.NUMBER, wide=1),
            Column(gettext("Voters with fewer"), Unit.NUMBER, wide=1),
        ],
        [
            [
                each.name,
                gettext("decides") if each.is_decisive else gettext("analysis"),
                each.n_funded,
                each.cost,
                each.served.number,
                "" if each.is_decisive else each.better_off,
                "" if each.is_decisive else each.worse_off,
            ]
            for each in paper.alternatives
        ],
        note=gettext("For analysis only. The rule that decides was published before the vote."),
    )


def _differences(paper: Result) -> Table:
    """Return the projects that another rule would have funded, or would not have."""
    rows: list[list[Value]] = []
    for each in paper.alternatives:
        for lines, words in (
            (each.only_here, gettext("Funded by this rule only, not by the deciding rule")),
            (each.only_decisive, gettext("Funded by the deciding rule only, not by this rule")),
        ):
            rows += [[each.name, words, line.code, name_of(line.title), line.cost_minor] for line in lines]
    return Table(
        "rules_differences",
        gettext("Where other rules give another result"),
        [
            Column(gettext("Rule"), Unit.WORDS, wide=1),
            Column(gettext("Difference"), Unit.WORDS, wide=2),
            Column(gettext("Number"), Unit.WORDS),
            Column(gettext("Project"), Unit.WORDS, wide=2),
            Column(gettext("Cost"), Unit.MONEY),
        ],
        rows,
    )


def _of(part: Part) -> Value:
    if part.percent is None:
        return part.number
    return gettext("%(n)s of %(whole)s (%(percent)s%%)") % {
        "n": part.number,
        "whole": part.whole,
        "percent": part.percent,
    }
