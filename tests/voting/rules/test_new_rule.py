"""A rule from outside the source works through a whole vote, from the officials' form to the report."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from identity.roles import Role
from reports.services import take_snapshot
from rounds.models import Round
from tests.factories import make_official
from tests.voting.letters import voted
from tests.voting.rules.cheapest import CheapestFirst
from tests.voting.votes import fresh, make_vote
from voting import rules
from voting.ballots import services as ballots_services
from voting.counting import services as counting_services
from voting.counting.models import Tally
from voting.polls import second_count, trials
from voting.polls import services as polls_services
from voting.polls.exceptions import CountersDisagree
from voting.polls.models import Approval, RuleSet, constraints_of_rules
from voting.publication import services as publication_services

pytestmark = pytest.mark.django_db

CODE = "cheapest-first"
_ENGLISH = {"accept-language": "en"}


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> CheapestFirst:
    """The rule in the registry, as its line there would add it."""
    rule = CheapestFirst()
    monkeypatch.setitem(rules.RULES, CODE, rule)
    return rule


@pytest.fixture
def migrated(listed: CheapestFirst, db: None) -> CheapestFirst:
    """The same with the table's constraints made from the registry, until the test's transaction ends."""
    with connection.schema_editor() as editor:
        for constraint in constraints_of_rules():
            editor.remove_constraint(RuleSet, constraint)
            editor.add_constraint(RuleSet, constraint)
    return listed


def _officers(round: Round, client: Client, route: str) -> str:
    client.force_login(make_official(round.authority, Role.BUDGET_OFFICER))
    return reverse(f"voting:{route}", args=[round.authority.slug, round.slug])


def test_without_its_migration_the_database_knows_no_such_rule(listed: CheapestFirst):
    round = make_vote(freeze=False)

    with pytest.raises(IntegrityError, match="rule_is_known"), transaction.atomic():
        polls_services.choose_rule(round, actor=None, rule=CODE)

    assert RuleSet.objects.get(round=round).rule == "greedy"


def test_constraints_made_from_the_registry_let_it_in_with_none_of_the_settings_of_others(
    migrated: CheapestFirst,
):
    row = RuleSet.objects.filter(round=make_vote(freeze=False))

    assert row.update(rule=CODE) == 1
    for fields in ({"completion": True}, {"topup_percent": 80}, {"step_minor": 5}):
        with pytest.raises(IntegrityError, match="only_where_known"), transaction.atomic():
            row.update(**fields)
    with pytest.raises(IntegrityError, match="rule_is_known"), transaction.atomic():
        row.update(rule="lottery")


def test_the_desk_offers_it_in_its_sentence_and_it_is_chosen_tried_and_frozen(
    migrated: CheapestFirst, client: Client
):
    round = make_vote(freeze=False)
    url = _officers(round, client, "desk_rule")
    typed = {"rule": CODE, "tie_order": "cheaper", "threshold": "1", "misfits": "stop", "utility": "cost"}

    page = client.get(url, headers=_ENGLISH).content.decode()
    chosen = client.post(url, typed)
    tried = client.post(
        reverse("voting:desk_trial", args=[round.authority.slug, round.slug]),
        {"paper": "1", "ballots": "20", "seed": "spring"},
        headers=_ENGLISH,
    ).content.decode()
    poll = ballots_services.freeze_rules(round, actor=None)

    assert str(migrated.sentence) in page
    assert chosen.status_code == 302
    assert f"{migrated.label} <strong>(the rule of this round)</strong>" in tried
    values = json.loads(poll.rules)
    assert (values["rule"], values["stops_at_first_misfit"], values["step_minor"]) == (CODE, False, None)
    frozen_page = client.get(
        reverse("voting:rules", args=[round.authority.slug, round.slug]), headers=_ENGLISH
    )
    assert str(migrated.sentence) in frozen_page.content.decode()


def test_it_is_tried_first_beside_the_usual_ones_where_it_is_the_rounds_own(migrated: CheapestFirst):
    round = make_vote(costs=(600, 500, 400), freeze=False)
    polls_services.choose_rule(round, actor=None, rule=CODE)
    ballots = [["a"], ["a"], ["a", "b"], ["c"]]
    projects = [trials.tally.Project(id, cost) for id, cost in (("a", 600), ("b", 500), ("c", 400))]
    election = trials.tally.Election.build(projects, ballots, budget=1000)

    trial = trials.try_rules(election, polls_services.rules_as_they_stand(round))

    # The cheapest are c and b, with 900; then a does not fit. By votes: a and, of two equals, the cheaper c.
    assert [(result.rule, result.is_own) for result in trial.results] == [
        (CODE, True),
        ("greedy", False),
        ("votes-per-cost", False),
        ("equal-shares-add1", False),
    ]
    assert trial.results[0].funded == {"b", "c"}
    assert trial.results[1].funded == {"a", "c"}


def test_both_counters_count_by_it_and_results_publication_and_report_name_it(
    migrated: CheapestFirst, client: Client, settings, tmp_path: Path
):
    settings.PUBLICATION_ROOT = tmp_path
    round, by_letter = voted({"rule": CODE})

    counting_services.count(round)

    # B costs 300 and C 400; D is cheaper than A, and nobody voted for it; A costs 900, and 500 are left.
    outcome = Tally.objects.get(ballot_style__round=round, is_decisive=True).outcome
    assert (outcome["rule"], outcome["funded"]) == (CODE, [by_letter["B"], by_letter["C"]])
    assert outcome["figures"]["funded"][by_letter["B"]]["code"] == "by_cost"
    assert [other["rule"] for other in outcome["figures"]["beside"]] == ["greedy", "equal-shares"]
    for step in (Approval.Stage.CERTIFY, Approval.Stage.PUBLISH):
        for role in (Role.BUDGET_OFFICER, Role.AUTHORITY_ADMIN):
            counting_services.approve(round, step, actor=make_official(round.authority, role))

    page = client.get(
        reverse("voting:results", args=[round.authority.slug, round.slug]), headers=_ENGLISH
    ).content.decode()
    folder = publication_services.make_bundle(fresh(round)) / "files"
    verified = subprocess.run(
        [sys.executable, "verify.py"], cwd=folder, capture_output=True, text=True, check=False
    )
    report = take_snapshot(fresh(round), actor=None)

    assert str(migrated.sentence) in page
    assert "The cheapest first" in page
    assert "none of the others left cost less than ₩300." in page.replace("\u00a0", " ")
    assert "cheapest-first tie=cheaper seed=seed threshold=1" in page
    assert (folder / "recount_cheapest_first.py").read_bytes() == migrated.second_counter.read_bytes()
    assert "rule;unknown\n" in (folder / "ballots" / "1-inside.pb").read_text()
    assert (verified.returncode, verified.stdout.splitlines()[-1]) == (0, "Everything fits.")
    assert report.document["vote"]["setting"]["rule"] == CODE


def test_its_second_counter_is_the_one_that_stops_the_count(
    migrated: CheapestFirst, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    wrong = tmp_path / "recount_cheapest_first.py"
    wrong.write_text("def cheapest_first(election, order):\n    return order[:1]\n")
    monkeypatch.setattr(migrated, "second_counter", wrong)
    round, _ = voted({"rule": CODE})

    with pytest.raises(CountersDisagree):
        counting_services.count(round)

    assert second_count.files()[-1] == wrong
    assert not Tally.objects.filter(ballot_style__round=round).exists()
