"""Both counters, through the code path of a vote: frozen rules, ballots, published text, recount."""

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
from voting.polls import ruleset, second_count
from voting.polls.choices import Entry
from voting.polls.exceptions import CountersDisagree
from voting.polls.ruleset import FrozenBallotStyle, FrozenRules, Option
from voting.rules import RULES, deciding
from voting.tally import recount

N_ELECTIONS = 1000


def _paper(chance: random.Random, kind: tally.Kind, unit: int) -> FrozenBallotStyle:
    """Draw one to six projects, with costs from few values: ties and exact fits are common."""
    top = chance.choice([2, 5, 40])
    options = [
        Option(number, f"P-{number}", {"en": "A bench"}, {}, unit * chance.randint(1, top), "parks", "")
        for number in range(1, chance.randint(1, 6) + 1)
    ]
    return FrozenBallotStyle(
        number=1,
        title={"en": "Everybody's paper"},
        area_path="",
        kind=kind,
        budget_minor=unit * chance.randint(1, sum(line.cost_minor for line in options) // unit + 1),
        min_choices=1,
        max_choices=None,
        ballot_budget_minor=None,
        points=12 if kind is tally.Kind.CUMULATIVE else None,
        points_per_project=None,
        max_per_category={},
        allows_blank=True,
        options={line.code: line for line in options},
    )


def _entries(chance: random.Random, ballot_style: FrozenBallotStyle) -> list[list[Entry]]:
    """Draw up to nine ballots, sometimes a blank one among them."""
    ballots: list[list[Entry]] = []
    for _ in range(chance.randint(1, 9)):
        chosen = chance.sample(sorted(ballot_style.options), chance.randint(0, len(ballot_style.options)))
        if ballot_style.kind is tally.Kind.CUMULATIVE:
            points = [chance.randint(1, 2) for _ in chosen]
            ballots.append(ballot_style.tidy(list(zip(chosen, points, strict=True))))
        else:
            ballots.append(ballot_style.tidy(chosen))
    return ballots


def _rules(chance: random.Random, rule: str, ballot_style: FrozenBallotStyle, currency: str) -> FrozenRules:
    """Draw the rule with a setting of each kind that it knows."""
    settings: dict[str, object] = {}
    if rule == "greedy":
        settings = chance.choice([{}, {"stops_at_first_misfit": True}, {"topup_percent": 80}])
    if RULES[rule].family == "equal-shares":
        worths = ["cost", "cardinality", *(["points"] if ballot_style.kind.has_points else [])]
        settings = {
            "utility": chance.choice(worths),
            "completion": chance.random() < 0.3,
            "comparison": chance.random() < 0.3,
        }
    if rule == "equal-shares-add1":
        settings["step_minor"] = 10 ** exponent(currency)
    return FrozenRules(
        round="small",
        authority="town",
        currency=currency,
        time_zone="Asia/Seoul",
        budget_minor=ballot_style.budget_minor,
        opens_at="2026-05-01T00:00:00+00:00",
        closes_at="2026-06-01T00:00:00+00:00",
        rule=rule,
        tie_order=chance.choice(["cheaper", "dearer"]),
        seed=f"seed {chance.random()}",
        outside="counted",
        receipt_mode="open",
        ballot_styles=(ballot_style,),
        categories={},
        areas={},
        threshold=chance.choice([1, 1, 2]),
        **settings,  # type: ignore[arg-type]
    )


def _elections(rule: str) -> list[tuple[FrozenBallotStyle, FrozenRules, Sequence[list[Entry]]]]:
    chance = random.Random(f"T20 {rule}")
    drawn = []
    for _ in range(N_ELECTIONS):
        kinds = [tally.Kind.APPROVAL, tally.Kind.KNAPSACK, tally.Kind.CUMULATIVE, tally.Kind.ORDINAL]
        currency = chance.choice(["KRW", "THB"])
        ballot_style = _paper(chance, chance.choice(kinds), 10 ** exponent(currency))
        drawn.append(
            (ballot_style, _rules(chance, rule, ballot_style, currency), _entries(chance, ballot_style))
        )
    return drawn


def _again(
    ballot_style: FrozenBallotStyle, rules: FrozenRules, entries: Sequence[list[Entry]]
) -> second_count.Again:
    """Return the second counter's result for the published text; in this process, for a thousand runs."""
    cast = [("", row) for row in entries if row]
    closes_at = datetime(2026, 6, 1, tzinfo=UTC)
    file = b"".join(
        publication.pb(ballot_style, rules, cast, n_votes=len(cast), closes_at=closes_at, unit="all")
    )
    rule, asked = second_count.request(rules)
    election = recount.Election(io.StringIO(file.decode(), newline=""))
    return second_count.Again(election.score, election.votes, recount.count(election, rule, **asked))


@pytest.mark.parametrize("rule", [rule.code for rule in deciding()])
def test_t20_both_counters_agree_on_a_thousand_random_elections(rule):
    several = 0
    for ballot_style, rules, entries in _elections(rule):
        election = counting.election_of(ballot_style, rules, entries)
        outcome = counting.count(election, rules)
        again = _again(ballot_style, rules, entries)

        case = (ballot_style, rules, entries)
        assert again.funded == list(outcome.funded), case
        assert (again.votes, again.scores) == (dict(outcome.votes), dict(outcome.scores)), case
        several += 0 < len(outcome.funded) < len(ballot_style.options)
    # Elections in which something must be decided.
    assert several > N_ELECTIONS // 3


def test_t20_a_counter_that_errs_in_one_of_them_stops_the_count():
    ballot_style, rules, entries = next(
        case for case in _elections("greedy") if counting.count(counting.election_of(*case), case[1]).funded
    )
    outcome = counting.count(counting.election_of(ballot_style, rules, entries), rules)
    again = _again(ballot_style, rules, entries)

    counting.require_agreement(outcome, again, "as it is")
    for wrong in (
        replace(again, funded=again.funded[:-1]),
        replace(again, votes={code: n + 1 for code, n in again.votes.items()}),
        replace(again, scores={code: n + 1 for code, n in again.scores.items()}),
    ):
        with pytest.raises(CountersDisagree):
            counting.require_agreement(outcome, wrong, "with one error")


def test_the_elections_are_such_as_could_be_cast():
    for ballot_style, _rules_of_it, entries in _elections("greedy")[:200]:
        for row in entries:
            assert not row or not [
                problem
                for problem in ballot_style.problems(row)
                if problem.code not in ("over_budget", "too_dear")
            ]
        assert ruleset.codes_of(ballot_style.options) == sorted(ballot_style.options)
