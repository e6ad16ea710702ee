"""Choosing the rule of a round's count, freezing it, and a complete close by each rule."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from audit.actions import Action
from audit.models import Event
from identity.roles import Role
from tests.factories import make_official
from tests.voting.letters import voted
from tests.voting.votes import codes, end_voting, fresh, make_vote, poll_of, voter_of
from voting import rules
from voting.ballots import sealing
from voting.ballots import services as ballots_services
from voting.counting import services as counting_services
from voting.counting.models import Tally
from voting.polls import ruleset, second_count
from voting.polls import services as polls_services
from voting.polls.exceptions import AlreadyFrozen, CountersDisagree, PointsNeeded, RuleNotCountable
from voting.polls.models import RuleSet

pytestmark = pytest.mark.django_db

# `letters` lists the votes.
# By votes: A (900 of 1200), then B with the last 300; nothing is left for C.
# By votes per cost: B (3 for 300), A (4 for 900) and C (2 for 400) are worth 0.0100, 0.0044 and 0.0050; after
# B and C 500 are left, too little for A.
# Equal shares: four voters cannot buy A (800 of 900). B costs each of three 100, C each of two all 200; A's
# supporters then have 500. Left over: 500, which pays for none of the others.
# Raised by 10: up to 220 as before. With 230 each, A's four can pay for it, 225 each, and C's two for C: 1300
# of 1200. So the outcome is that of 220.
# Least burden: B at 100, C at 200, then A, whose supporters carry 300 already: (900 + 300) / 4 = 300; the 500
# left do not pay for it, and the count ends.
RULES: dict[str, tuple[dict[str, Any], str]] = {
    "most votes first": ({"rule": "greedy"}, "AB"),
    "with a threshold": ({"rule": "greedy", "threshold": 4}, "A"),
    "stopping at the first misfit": ({"rule": "greedy", "stops_at_first_misfit": True}, "AB"),
    "with a top-up": ({"rule": "greedy", "topup_percent": 80}, "AB"),
    "votes per cost": ({"rule": "votes-per-cost"}, "BC"),
    "equal shares": ({"rule": "equal-shares"}, "BC"),
    "equal shares, every project alike": ({"rule": "equal-shares", "utility": "cardinality"}, "BC"),
    "equal shares with completion": ({"rule": "equal-shares", "completion": True}, "BC"),
    # Four voters have A and B, or A, of two projects they chose; two have C: 3 better with votes, 2 worse.
    "equal shares with comparison": ({"rule": "equal-shares", "comparison": True}, "AB"),
    "raised shares": ({"rule": "equal-shares-add1", "step_minor": 10}, "BC"),
    "Phragmén": ({"rule": "phragmen"}, "BC"),
}


@pytest.mark.parametrize("name", RULES)
def test_a_round_is_closed_and_counted_by_its_rule(name: str):
    rule, expected = RULES[name]
    round, by_letter = voted(rule)

    counting_services.count(round)

    tally = Tally.objects.get(ballot_style__round=round, is_decisive=True)
    assert set(tally.outcome["funded"]) == {by_letter[letter] for letter in expected}
    assert tally.outcome["rule"] == rule["rule"]
    # Every other project has its reason.
    assert set(tally.outcome["figures"]["not_funded"]) == set(by_letter.values()) - set(
        tally.outcome["funded"]
    )


@pytest.mark.parametrize("name", RULES)
def test_a_second_counter_that_is_wrong_stops_the_count(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    rule, _ = RULES[name]
    round, _ = voted(rule)
    # Most votes first wins the comparison, so a mistake there is visible.
    of_greedy = rule["rule"] == "votes-per-cost" or rule.get("comparison")
    of_rule = "greedy" if of_greedy else rule["rule"].replace("-", "_")
    begin = f"def {of_rule}("
    (part,) = (path for path in second_count.files() if begin in path.read_text())
    wrong = tmp_path / part.name
    forgetful = f"def {of_rule}(*args, **asked):\n    return honest_{of_rule}(*args, **asked)[:-1]\n\n\n"
    head, _, rest = part.read_text().partition(begin)
    rest = f"{forgetful}def honest_{of_rule}({rest}"
    wrong.write_text(head + rest)
    files = [wrong if path == part else path for path in second_count.files()]
    monkeypatch.setattr(second_count, "files", lambda: files)

    with pytest.raises(CountersDisagree):
        counting_services.count(round)

    assert (poll_of(round).state, Tally.objects.count()) == ("reconciled", 0)


def test_scores_that_differ_stop_the_count_although_the_same_projects_win(monkeypatch: pytest.MonkeyPatch):
    round, _ = voted({"rule": "greedy"})
    honest = second_count.Running.finish

    def one_more(running: second_count.Running):
        found = honest(running)
        found.scores[max(found.scores)] += 1
        return found

    monkeypatch.setattr(second_count.Running, "finish", one_more)

    with pytest.raises(CountersDisagree):
        counting_services.count(round)


@pytest.mark.parametrize("kind", ["cumulative", "ordinal"])
def test_points_are_worth_what_voters_gave_in_both_counts(kind: str):
    ballot_style = {"kind": kind, "max_choices": 2, "points": 3 if kind == "cumulative" else None}
    round = make_vote(costs=(500, 500, 500), budget_minor=1000, freeze=False, ballot_style=ballot_style)
    polls_services.choose_rule(round, actor=None, rule="equal-shares", utility="points", completion=True)
    ballots_services.freeze_rules(round, actor=None)
    round = fresh(round)
    a, b, c = codes(round)
    # Places count 2 and 1; the points given are 2 and 1 too: A has 6, B 3, C 3 from two voters.
    for first, second in ((a, b), (a, b), (a, c), (c, b)):
        entries = [(first, 2), (second, 1)] if kind == "cumulative" else [first, second]
        ballots_services.cast(voter_of(round), {1: entries}, code=sealing.new_code())

    counting_services.count(end_voting(round))

    outcome = Tally.objects.get(ballot_style__round=round, is_decisive=True).outcome
    # Four hold 250 each. A is worth 6 points for 500 and three buy it; then nobody can pay for another, and
    # the draw decides between B and C, both 3.
    assert outcome["scores"] == {a: 6, b: 3, c: 3}
    assert outcome["funded"] == [a, min((b, c), key=outcome["tie_order"].index)]


def test_a_count_in_won_raises_shares_by_a_step_that_is_published():
    round = make_vote(costs=(600, 300), budget_minor=4_000_000_000, freeze=False)
    polls_services.choose_rule(round, actor=None, rule="equal-shares-add1")

    rules = ruleset.read(ballots_services.freeze_rules(round, actor=None).rules)

    assert rules.step_minor == 1000
    assert second_count.command(rules) == (
        "equal-shares-add1 tie=cheaper seed=seed threshold=1 utility=cost step=1000"
    )


def test_the_frozen_rules_carry_every_setting_of_the_rule():
    round = make_vote(freeze=False)
    polls_services.choose_rule(
        round,
        actor=None,
        rule="equal-shares-add1",
        utility="cardinality",
        step_minor=50,
        completion=True,
        comparison=True,
        threshold=2,
    )

    poll = ballots_services.freeze_rules(round, actor=None)

    values = json.loads(poll.rules)
    assert {name: values[name] for name in ("rule", "utility", "step_minor", "completion", "comparison")} == {
        "rule": "equal-shares-add1",
        "utility": "cardinality",
        "step_minor": 50,
        "completion": True,
        "comparison": True,
    }
    assert (values["threshold"], values["tie_order"], values["seed"]) == (2, "cheaper", "seed")


def test_rules_frozen_before_settings_existed_are_read_as_they_were_counted():
    values = json.loads(make_vote().poll.rules)
    for name in (
        "threshold",
        "stops_at_first_misfit",
        "topup_percent",
        "utility",
        "completion",
        "comparison",
    ):
        del values[name]
    del values["step_minor"]

    rules = ruleset.read(ruleset.write(values))

    assert (rules.rule, rules.threshold, rules.utility, rules.step_minor) == ("greedy", 1, "cost", None)


def test_the_greatest_total_is_for_analysis_only_and_is_not_frozen():
    round = make_vote(freeze=False)

    with pytest.raises(RuleNotCountable, match="analysis only"):
        polls_services.choose_rule(round, actor=None, rule="max-welfare")
    RuleSet.objects.filter(round=round).update(rule="max-welfare")
    with pytest.raises(RuleNotCountable):
        ballots_services.freeze_rules(round, actor=None)

    assert fresh(round).poll.state == "drafted"


def test_points_cannot_be_the_worth_where_nobody_gives_any():
    round = make_vote(freeze=False)

    with pytest.raises(PointsNeeded):
        polls_services.choose_rule(round, actor=None, rule="equal-shares", utility="points")

    assert RuleSet.objects.get(round=round).rule == "greedy"
    polls_services.choose_rule(round, actor=None, rule="equal-shares", utility="cardinality")
    assert RuleSet.objects.get(round=round).rule == "equal-shares"


def test_another_rule_forgets_the_settings_of_the_last_and_is_recorded():
    round = make_vote(freeze=False)
    polls_services.choose_rule(round, actor=None, rule="equal-shares-add1", completion=True, step_minor=10)

    polls_services.choose_rule(round, actor=None, rule="phragmen")

    rule_set = RuleSet.objects.get(round=round)
    assert (rule_set.rule, rule_set.completion, rule_set.step_minor) == ("phragmen", False, None)
    event = Event.objects.filter(action=Action.RULE_CHOSEN).latest("pk")
    assert event.details["rule"] == "phragmen"


def test_a_frozen_rule_is_not_changed():
    round = make_vote()

    with pytest.raises(AlreadyFrozen):
        polls_services.choose_rule(round, actor=None, rule="phragmen")

    assert RuleSet.objects.get(round=round).rule == "greedy"


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"rule": "lottery"}, "rule_is_known"),
        ({"threshold": 0}, "a_project_needs_a_vote"),
        ({"rule": "phragmen", "stops_at_first_misfit": True}, "stops_at_first_misfit_only_where_known"),
        ({"rule": "greedy", "topup_percent": 101}, "topup_percent_only_where_known"),
        (
            {"rule": "greedy", "topup_percent": 80, "stops_at_first_misfit": True},
            "topup_percent_only_where_known",
        ),
        ({"rule": "greedy", "completion": True}, "completion_only_where_known"),
        ({"rule": "greedy", "comparison": True}, "comparison_only_where_known"),
        ({"rule": "phragmen", "utility": "points"}, "utility_only_where_known"),
        ({"rule": "equal-shares", "utility": "taste"}, "utility_only_where_known"),
        ({"rule": "equal-shares", "step_minor": 5}, "step_minor_only_where_known"),
        ({"rule": "equal-shares-add1", "step_minor": 0}, "step_minor_only_where_known"),
    ],
)
def test_the_database_refuses_settings_that_a_rule_does_not_know(fields: dict[str, Any], constraint: str):
    round = make_vote(freeze=False)

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        RuleSet.objects.filter(round=round).update(**fields)
    assert RuleSet.objects.filter(round=round).update(rule="greedy", threshold=2, topup_percent=80) == 1


def _desk(client, round):
    client.force_login(make_official(round.authority, Role.BUDGET_OFFICER))
    return reverse("voting:desk_rule", args=[round.authority.slug, round.slug])


_TYPED = {
    "rule": "equal-shares-add1",
    "tie_order": "dearer",
    "threshold": "2",
    "misfits": "skip",
    "topup_percent": "",
    "utility": "cardinality",
    "completion": "on",
    "step": "1,000",
}


def test_the_desk_offers_each_rule_in_a_sentence_and_chooses_one(client):
    round = make_vote(freeze=False)
    url = _desk(client, round)

    page = client.get(url)
    answer = client.post(url, _TYPED)

    for rule in ("greedy", "votes-per-cost", "equal-shares", "equal-shares-add1", "phragmen"):
        assert str(rules.RULES[rule].sentence) in page.content.decode()
    assert str(rules.RULES["max-welfare"].sentence) not in page.content.decode()
    assert answer.status_code == 302
    rule_set = RuleSet.objects.get(round=round)
    assert (rule_set.rule, rule_set.tie_order, rule_set.threshold) == ("equal-shares-add1", "dearer", 2)
    assert (rule_set.utility, rule_set.completion, rule_set.step_minor) == ("cardinality", True, 1000)
    # Values typed for shares are not kept for another rule.
    client.post(url, _TYPED | {"rule": "greedy", "misfits": "top_up", "topup_percent": "80"})
    rule_set.refresh_from_db()
    assert (rule_set.rule, rule_set.topup_percent, rule_set.completion) == ("greedy", 80, False)
    assert "80 percent" in client.get(url).content.decode()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"rule": "max-welfare"}, "analysis only"),
        ({"threshold": "0"}, "A project needs at least one vote."),
        ({"step": "little"}, "Enter the amount in numbers"),
        ({"step": "0"}, "Enter an amount greater than zero."),
        (
            {"rule": "greedy", "misfits": "top_up", "topup_percent": "120"},
            "Enter a percentage from 1 to 100.",
        ),
        ({"utility": "points"}, "only if people give points or rank projects"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_where_it_is_chosen(client, typed: dict[str, str], words: str):
    round = make_vote(freeze=False)

    answer = client.post(_desk(client, round), _TYPED | typed)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert RuleSet.objects.get(round=round).rule == "greedy"


def test_once_frozen_the_desk_shows_the_rule_and_takes_no_other(client):
    round = make_vote()
    url = _desk(client, round)

    page = client.get(url)
    answer = client.post(url, _TYPED)

    assert '<form method="post" novalidate' not in page.content.decode()
    assert answer.status_code == 422
    assert "can no longer be changed" in answer.content.decode()
    assert RuleSet.objects.get(round=round).rule == "greedy"


@pytest.mark.parametrize(
    "program", ["import time; time.sleep(60)", "import sys, time; sys.stdin.read(); time.sleep(60)"]
)
def test_a_second_counter_that_hangs_stops_the_count_and_says_so(
    program: str, settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """The counter hangs before it has read the ballots, or afterwards."""
    settings.SECOND_COUNT_SECONDS = 0.3
    hanging = tmp_path / "recount.py"
    hanging.write_text(f"{program}; time.sleep(60)")
    monkeypatch.setattr(second_count, "PROGRAM", hanging)
    # More than a pipe holds, so that the writer blocks.
    rules = ruleset.read(make_vote().poll.rules)
    file = [bytes(1 << 20)]

    with pytest.raises(CountersDisagree, match="gave no answer within"):
        second_count.Running(rules, file, n_ballots=6).finish()


def test_a_million_ballots_have_twice_the_time_and_less_than_the_worker_has():
    assert (second_count.seconds_for(0), second_count.seconds_for(1_000_000)) == (240, 480)
    assert second_count.seconds_for(1_000_000) < django_settings.CELERY_TASK_SOFT_TIME_LIMIT


def test_frozen_rules_are_written_and_hashed_as_ever():
    """A fixed vector: anyone who keeps the hash of a vote must find it again."""
    round = make_vote(freeze=False)
    polls_services.choose_rule(
        round, actor=None, rule="equal-shares-add1", utility="cardinality", comparison=True, threshold=2
    )
    values = json.loads(ballots_services.freeze_rules(round, actor=None).rules)
    fixed = {
        "round": "spring",
        "authority": "town",
        "opens_at": "2026-05-01T00:00:00+00:00",
        "closes_at": "2026-06-01T00:00:00+00:00",
        "categories": {"parks": {"en": "Parks", "ko": "공원"}},
        "areas": {},
        "papers": [],
    }
    assert set(fixed) < set(values)

    text = ruleset.write(values | fixed)

    assert text == (
        '{"areas":{},"authority":"town","budget_minor":1000,"categories":{"parks":{"en":"Parks","ko":"공원"}},'
        '"closes_at":"2026-06-01T00:00:00+00:00","comparison":true,"completion":false,"currency":"KRW",'
        '"entitlements":[{"assurance":1,"from_age":0,"participation":"affiliate"},'
        '{"assurance":1,"from_age":0,"participation":"resident"}],"format":"rules-v1",'
        '"opens_at":"2026-05-01T00:00:00+00:00","outside":"advisory","papers":[],"receipt_mode":"open",'
        '"round":"spring","rule":"equal-shares-add1","seed":"seed","step_minor":1,'
        '"stops_at_first_misfit":false,"threshold":2,"tie_order":"cheaper","time_zone":"Asia/Seoul",'
        '"topup_percent":null,"utility":"cardinality","without_account":false}'
    )
    assert ruleset.digest(text).hex() == "189dced20070974de7f66f05ccc52399cf67ac4af8126b89acc605980249b53f"
