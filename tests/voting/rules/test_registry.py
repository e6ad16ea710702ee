"""Promises for each rule of the registry and for each setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from voting import rules, tally
from voting.polls.models import RuleSet
from voting.rules import NAMES, RULES, Settings
from voting.tally import recount

SMALL = tally.Election.build(
    [tally.Project("a", 600), tally.Project("b", 300), tally.Project("c", 400)],
    [["a", "b"], ["a"], ["b"], ["c"]],
    budget=1000,
)


def _settings(code: str) -> Settings:
    return Settings(rule=code, tie_order="cheaper", seed="seed")


@pytest.mark.parametrize("code", RULES)
def test_a_rule_counts_under_its_code_and_has_a_sentence_for_each_step(code: str):
    rule = RULES[code]

    outcome = rule.count(SMALL, _settings(code))

    assert outcome.rule == code
    assert outcome.funded
    if rule.decides:
        explained = tally.explain(SMALL, outcome)
        assert {why.reason.code for why in explained.funded} <= set(rules.steps())
        assert outcome.wording.code in rule.steps


def test_each_file_of_the_second_counter_belongs_to_a_rule():
    alternatives = {*Path(recount.__file__).parent.glob("recount_*.py")}

    assert {rule.second_counter for rule in RULES.values()} - {None} == alternatives
    names = {rule.second_count(_settings(rule.code), "KRW")[0] for rule in rules.deciding()}
    assert {name.replace("-", "_") for name in names} <= set(recount.rules())


def test_codes_fit_their_column_and_the_choices_are_the_rules():
    field = RuleSet._meta.get_field("rule")

    assert max(map(len, RULES)) <= field.max_length
    assert [code for code, _label in field.flatchoices] == list(RULES)


def test_settings_are_columns_with_the_same_defaults():
    untouched = RuleSet(seed="seed")
    plain = _settings("greedy")

    assert untouched.settings == plain
    assert {name: getattr(untouched, name) for name in NAMES} == plain.document()
    for setting in rules.all_settings():
        assert getattr(plain, setting.name) == setting.default, setting.name


def test_rules_of_one_family_do_not_stand_beside_each_other():
    alternatives = {rule.code: rule.alternatives for rule in RULES.values() if rule.alternatives is not None}

    assert alternatives == {"greedy": {}, "equal-shares": {"completion": True}}
    assert RULES["equal-shares-add1"].family == RULES["equal-shares"].family
