"""Both counters, on the way a vote goes: frozen rules, ballots, the text that is published, the recount."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.money import exponent
from voting import tally
from voting.counting import pb_files as publication
from voting.polls import counts as counting
from voting.polls import frozen, second_count
from voting.polls.choices import Entry
from voting.polls.exceptions import CountersDisagree
from voting.polls.frozen import Line, Paper, Rules
from voting.rules import RULES, deciding
from voting.tally import recount

N_ELECTIONS = 1000


def _paper(chance: random.Random, kind: tally.Kind, unit: int) -> Paper:
    """One to six projects, with costs from few values: ties and exact fits are common."""
    top = chance.choice([2, 5, 40])
    lines = [
        Line(number, f"P-{number}", {"en": "A bench"}, {}, unit * chance.randint(1, top), "parks", "")
        for number in range(1, chance.randint(1, 6) + 1)
    ]
    return Paper(
        number=1,
        title={"en": "Everybody's paper"},
        area_path="",
        kind=kind,
        budget_minor=unit * chance.randint(1, sum(line.cost_minor for line in lines) // unit + 1),
        min_choices=1,
        max_choices=None,
        ballot_budget_minor=None,
        points=12 if kind is tally.Kind.CUMULATIVE else None,
        points_per_project=None,
        max_per_category={},
        allows_blank=True,
        lines={line.code: line for line in lines},
    )


def _entries(chance: random.Random, paper: Paper) -> list[list[Entry]]:
    """Up to nine ballots, a blank one among them now and then."""
    ballots: list[list[Entry]] = []
    for _ in range(chance.randint(1, 9)):
        chosen = chance.sample(sorted(paper.lines), chance.randint(0, len(paper.lines)))
        if paper.kind is tally.Kind.CUMULATIVE:
            points = [chance.randint(1, 2) for _ in chosen]
            ballots.append(paper.tidy(list(zip(chosen, points, strict=True))))
        else:
            ballots.append(paper.tidy(chosen))
    return ballots


def _rules(chance: random.Random, rule: str, paper: Paper, currency: str) -> Rules:
    """The rule with a setting of each kind that it knows, drawn."""
    settings: dict[str, object] = {}
    if rule == "greedy":
        settings = chance.choice([{}, {"stops_at_first_misfit": True}, {"topup_percent": 80}])
    if RULES[rule].family == "equal-shares":
        worths = ["cost", "cardinality", *(["points"] if paper.kind.has_points else [])]
        settings = {
            "utility": chance.choice(worths),
            "completion": chance.random() < 0.3,
            "comparison": chance.random() < 0.3,
        }
    if rule == "equal-shares-add1":
        settings["step_minor"] = 10 ** exponent(currency)
    return Rules(
        round="small",
        authority="town",
        currency=currency,
        time_zone="Asia/Seoul",
        budget_minor=paper.budget_minor,
        opens_at="2026-05-01T00:00:00+00:00",
        closes_at="2026-06-01T00:00:00+00:00",
        rule=rule,
        tie_order=chance.choice(["cheaper", "dearer"]),
        seed=f"seed {chance.random()}",
        outside="counted",
        receipt_mode="open",
        papers=(paper,),
        categories={},
        areas={},
        threshold=chance.choice([1, 1, 2]),
        **settings,  # type: ignore[arg-type]
    )


def _elections(rule: str) -> list[tuple[Paper, Rules, Sequence[list[Entry]]]]:
    chance = random.Random(f"T20 {rule}")
    drawn = []
    for _ in range(N_ELECTIONS):
        kinds = [tally.Kind.APPROVAL, tally.Kind.KNAPSACK, tally.Kind.CUMULATIVE, tally.Kind.ORDINAL]
        currency = chance.choice(["KRW", "THB"])
        paper = _paper(chance, chance.choice(kinds), 10 ** exponent(currency))
        drawn.append((paper, _rules(chance, rule, paper, currency), _entries(chance, paper)))
    return drawn


def _again(paper: Paper, rules: Rules, entries: Sequence[list[Entry]]) -> second_count.Again:
    """The second counter's result for the published text; in this process, for a thousand runs."""
    cast = [("", row) for row in entries if row]
    closes_at = datetime(2026, 6, 1, tzinfo=UTC)
    file = b"".join(publication.pb(paper, rules, cast, n_votes=len(cast), closes_at=closes_at, unit="all"))
    rule, asked = second_count.request(rules)
    election = recount.Election(io.StringIO(file.decode(), newline=""))
    return second_count.Again(election.score, election.votes, recount.count(election, rule, **asked))


@pytest.mark.parametrize("rule", [rule.code for rule in deciding()])
def test_t20_both_counters_agree_on_a_thousand_random_elections(rule):
    several = 0
    for paper, rules, entries in _elections(rule):
        election = counting.election_of(paper, rules, entries)
        outcome = counting.count(election, rules)
        again = _again(paper, rules, entries)

        case = (paper, rules, entries)
        assert again.funded == list(outcome.funded), case
        assert (again.votes, again.scores) == (dict(outcome.votes), dict(outcome.scores)), case
        several += 0 < len(outcome.funded) < len(paper.lines)
    # Elections in which something is to be decided.
    assert several > N_ELECTIONS // 3


def test_t20_a_counter_that_errs_in_one_of_them_stops_the_count():
    paper, rules, entries = next(
        case for case in _elections("greedy") if counting.count(counting.election_of(*case), case[1]).funded
    )
    outcome = counting.count(counting.election_of(paper, rules, entries), rules)
    again = _again(paper, rules, entries)

    counting.require_agreement(outcome, again, "as it is")
    for wrong in (
        replace(again, funded=again.funded[:-1]),
        replace(again, votes={code: n + 1 for code, n in again.votes.items()}),
        replace(again, scores={code: n + 1 for code, n in again.scores.items()}),
    ):
        with pytest.raises(CountersDisagree):
            counting.require_agreement(outcome, wrong, "with one error")


def test_the_elections_are_such_as_could_be_cast():
    for paper, _rules_of_it, entries in _elections("greedy")[:200]:
        for row in entries:
            assert not row or not [
                problem for problem in paper.problems(row) if problem.code not in ("over_budget", "too_dear")
            ]
        assert frozen.codes_of(paper.lines) == sorted(paper.lines)
