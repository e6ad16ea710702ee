"""Drawing up the ballot styles, and freezing them with the rules."""

import hashlib
import json

import pytest

from identity.keys import KeyUnavailable
from proposals.models import Proposal
from rounds.models import Phase
from tests.factories import make_area, make_proposal, make_round
from tests.voting.votes import codes, fresh, make_vote, poll_of
from voting.ballots import services as ballots_services
from voting.polls import ruleset
from voting.polls import services as polls_services
from voting.polls.exceptions import AlreadyDrawnUp, AlreadyFrozen, NothingToVoteOn, NotReady
from voting.polls.models import BallotStyle, Project
from voting.polls.services import BallotStylePlan

pytestmark = pytest.mark.django_db


def test_feasible_proposals_are_copied_with_titles_and_costs_in_the_order_of_their_codes():
    round = make_round(open=Phase.Kind.VOTING)
    second = make_proposal(round, state="feasible", code=f"{round.proposal_prefix}2", reviewed_cost_minor=200)
    first = make_proposal(
        round,
        state="feasible",
        code=f"{round.proposal_prefix}1",
        language="ko",
        title="쉼터 의자",
        translations={"en": {"title": "A bench"}},
        reviewed_cost_minor=100,
    )
    make_proposal(round, state="published")

    (ballot_style,) = polls_services.draw_up_ballot_styles(round, actor=None)

    options = list(
        Project.objects.filter(ballot_style=ballot_style).values_list("number", "code", "cost_minor")
    )
    assert options == [(1, first.code, 100), (2, second.code, 200)]
    assert Project.objects.get(number=1).title == {"ko": "쉼터 의자", "en": "A bench"}
    assert set(Proposal.objects.filter(round=round).values_list("state", flat=True)) == {
        "on_ballot",
        "published",
    }
    with pytest.raises(AlreadyDrawnUp):
        polls_services.draw_up_ballot_styles(round, actor=None)


def test_an_areas_paper_takes_its_projects_first_and_everybodys_the_rest():
    round = make_round(open=Phase.Kind.VOTING)
    here = make_area(round.authority.area)
    inside = make_proposal(round, state="feasible", area=here)
    whole = make_proposal(round, state="feasible")

    ballot_styles = polls_services.draw_up_ballot_styles(
        round, actor=None, plans=[BallotStylePlan(), BallotStylePlan(area=here)]
    )

    assert [ballot_style.number for ballot_style in ballot_styles] == [1, 2]
    assert [ballot_style.projects.get().code for ballot_style in ballot_styles] == [whole.code, inside.code]


def test_without_feasible_proposals_there_is_no_ballot_style():
    round = make_round(open=Phase.Kind.VOTING)

    with pytest.raises(NothingToVoteOn):
        polls_services.draw_up_ballot_styles(round, actor=None)

    assert BallotStyle.objects.count() == 0


def test_frozen_rules_hold_all_that_voters_rely_on_and_are_read_back():
    round = make_vote(costs=(600, 300), ballot_style={"max_choices": 2, "ballot_budget_minor": 700})

    poll = poll_of(round)
    rules = ruleset.read(poll.rules)

    assert bytes(poll.rules_hash) == hashlib.sha256(poll.rules.encode()).digest()
    assert (rules.budget_minor, rules.rule, rules.seed, rules.outside) == (1000, "greedy", "seed", "advisory")
    (ballot_style,) = rules.ballot_styles
    assert [(line.number, line.code, line.cost_minor) for line in ballot_style.options.values()] == [
        (1, codes(round)[0], 600),
        (2, codes(round)[1], 300),
    ]
    assert (ballot_style.max_choices, ballot_style.ballot_budget_minor) == (2, 700)
    assert json.loads(poll.rules)["closes_at"] == round.phases.get(kind="voting").closes_at.isoformat()


def test_freezing_again_changes_nothing_and_changes_are_refused_afterwards():
    round = make_vote()
    before = poll_of(round)

    again = ballots_services.freeze_rules(round, actor=None)

    assert (again.rules_hash, again.key_name, again.frozen_at) == (
        before.rules_hash,
        before.key_name,
        before.frozen_at,
    )
    with pytest.raises(AlreadyFrozen):
        polls_services.change_ballot_style(round.ballot_styles.get(), actor=None, max_choices=9)


def test_without_a_paper_or_a_place_for_the_key_nothing_is_frozen(settings, tmp_path):
    bare, drawn = make_round(open=Phase.Kind.VOTING), make_vote(freeze=False)
    (tmp_path / "file").write_text("not a folder")
    settings.KEY_DIRECTORY = tmp_path / "file"

    with pytest.raises(NotReady):
        ballots_services.freeze_rules(bare, actor=None)
    with pytest.raises((KeyUnavailable, OSError)):
        ballots_services.freeze_rules(drawn, actor=None)

    assert fresh(drawn).poll.state == "drafted"
