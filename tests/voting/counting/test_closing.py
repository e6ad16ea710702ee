"""The close, from the end of voting to the destroyed key."""

from threading import Thread

import pytest
from django.db import connection
from django.utils import timezone, translation

from audit.actions import Action
from audit.models import Event
from identity.roles import Role
from proposals.models import Proposal
from rounds.models import Entitlement, Residency
from tests.factories import make_account, make_official, make_person, make_resident
from tests.voting.votes import (
    cast_by,
    codes,
    end_voting,
    fresh,
    make_vote,
    poll_of,
    triggers_asleep,
    voter_of,
)
from voting.ballots import sealing as ballots_sealing
from voting.ballots import services as ballots_services
from voting.ballots.exceptions import BoxDoesNotReconcile
from voting.ballots.models import BallotBox, CastEvent, FinalBallot
from voting.ballots.services import sequencing
from voting.counting import services as counting_services
from voting.counting import tasks
from voting.counting.models import Tally
from voting.counting.services import unsealing
from voting.polls import choices as polls_choices
from voting.polls import counts as counting
from voting.polls import keys, ruleset, second_count
from voting.polls.exceptions import (
    CountersDisagree,
    NeedsAnotherOfficial,
    StageOutOfOrder,
    StillOpen,
    VotingClosed,
)
from voting.polls.models import Approval, Poll, RuleSet

pytestmark = pytest.mark.django_db


def _voted(**fields):
    """A round with costs 600, 300, 300 and a budget of 1000, after three votes, two and one."""
    round = make_vote(costs=(600, 300, 300), **fields)
    first, second, third = codes(round)
    for chosen in ([first, second], [first, second], [first, third]):
        cast_by(voter_of(round), *chosen)
    return round


def test_when_the_phase_is_over_the_task_counts_and_says_why_for_each_project():
    round = _voted()
    first, second, third = codes(round)
    tasks.count_due()
    assert poll_of(round).state == "frozen"
    end_voting(round)

    tasks.count_due()

    assert poll_of(round).state == "counted"
    tally = Tally.objects.get(ballot_style__round=round, is_decisive=True)
    assert tally.outcome["funded"] == [first, second]
    assert (tally.n_ballots, tally.n_blank, tally.outcome["left"]) == (3, 0, 100)
    assert tally.outcome["votes"] == {first: 3, second: 2, third: 1}
    # Equal in cost to the second, with its lot drawn before or after: it needs one more vote, or two.
    ahead = tally.outcome["lots"][third] < tally.outcome["lots"][second]
    change = tally.outcome["figures"]["not_funded"][third]["change"]
    assert change == {
        "code": "votes_or_cost",
        "params": {"more_votes": 1 if ahead else 2, "cost_at_most": 100},
    }
    assert FinalBallot.objects.filter(round=round).count() == 3


def test_f09_counting_again_changes_nothing():
    round = _voted()
    end_voting(round)
    tasks.count_due()
    before = list(Tally.objects.order_by("pk").values()), Event.objects.count()

    tasks.count_due()
    counting_services.count(fresh(round))

    assert (list(Tally.objects.order_by("pk").values()), Event.objects.count()) == before


def test_while_the_phase_is_open_nothing_is_counted():
    round = _voted()

    with pytest.raises(StillOpen):
        counting_services.count(round)

    assert (poll_of(round).state, Tally.objects.count()) == ("frozen", 0)


def test_ballots_from_outside_are_counted_apart_and_decide_only_where_the_rules_say_so():
    def count(outside: RuleSet.Outside) -> dict[str, list[str]]:
        round = make_vote(costs=(600, 600), freeze=False)
        Entitlement.objects.create(round=round, act="vote", residency=Residency.OUTSIDE)
        RuleSet.objects.filter(round=round).update(outside=outside)
        ballots_services.freeze_rules(round, actor=None)
        round = fresh(round)
        first, second = codes(round)
        cast_by(voter_of(round), first)
        for _ in range(2):
            stranger = make_account()
            make_person(round.authority, stranger, residency=Residency.OUTSIDE, area=None)
            cast_by(voter_of(round, stranger), second)
        end_voting(round)
        counting_services.count(round)
        tallies = Tally.objects.filter(ballot_style__round=round)
        names = {first: "inside's", second: "outside's"}
        funded = {tally.scope: [names[code] for code in tally.outcome["funded"]] for tally in tallies}
        return funded | {"decides": [tally.scope for tally in tallies if tally.is_decisive]}

    assert count(RuleSet.Outside.ADVISORY) == {
        "inside": ["inside's"],
        "outside": ["outside's"],
        "everybody": ["outside's"],
        "decides": ["inside"],
    }
    assert count(RuleSet.Outside.COUNTED)["decides"] == ["everybody"]


def test_t16_a_ballot_moved_to_another_row_stops_the_close():
    round = _voted()
    one, two, _ = BallotBox.objects.all()
    end_voting(round)
    with triggers_asleep():
        BallotBox.objects.filter(voter_tag=two.voter_tag).update(sealed=one.sealed)

    with pytest.raises(BoxDoesNotReconcile, match="does not open in its row"):
        counting_services.count(round)

    assert (poll_of(round).state, Tally.objects.count()) == ("closed", 0)


def test_a_class_changed_in_the_box_stops_the_close():
    round = _voted()
    end_voting(round)
    with triggers_asleep():
        BallotBox.objects.filter(voter_tag=BallotBox.objects.first().voter_tag).update(residency="outside")

    with pytest.raises(BoxDoesNotReconcile, match="does not open in its row"):
        counting_services.count(round)


def test_a_ballot_taken_out_of_the_box_stops_the_close():
    round = _voted()
    end_voting(round)
    with triggers_asleep():
        BallotBox.objects.filter(voter_tag=BallotBox.objects.first().voter_tag).delete()

    with pytest.raises(BoxDoesNotReconcile, match="the log has 3 entries"):
        counting_services.count(round)


def test_a_log_entry_that_fixes_another_ballot_stops_the_close():
    round = _voted()
    end_voting(round)
    with triggers_asleep():
        CastEvent.objects.filter(pk=CastEvent.objects.first().pk).update(commitment=b"x" * 32)

    with pytest.raises(BoxDoesNotReconcile, match="not the one the log fixed"):
        counting_services.count(round)


def test_a_ballot_of_nobody_in_the_register_stops_the_close():
    round = make_vote()
    account = make_resident(round.authority)
    cast_by(voter_of(round, account), codes(round)[0])
    end_voting(round)
    account.persons.all().delete()

    with pytest.raises(BoxDoesNotReconcile, match="belongs to nobody"):
        counting_services.count(round)


def test_counters_that_disagree_stop_the_count_and_other_rounds_are_counted(monkeypatch, tmp_path):
    broken, sound = _voted(), _voted()
    end_voting(broken)
    end_voting(sound)
    # A program that loses a project when it sees the first one of the broken round.
    wrong = tmp_path / "recount.py"
    honest = second_count.PROGRAM.read_text()
    asked = "funded = rules()[rule.replace"
    assert honest.count(asked) == 1
    wrong.write_text(
        honest.replace(asked, "honest = rules()[rule.replace").replace(
            "    if completion:\n",
            f"    funded = honest[: -({codes(broken)[0]!r} in election.costs) or None]\n    if completion:\n",
        )
    )
    monkeypatch.setattr(second_count, "PROGRAM", wrong)
    with pytest.raises(CountersDisagree):
        counting_services.count(fresh(broken))
    tasks.count_due()

    assert (poll_of(broken).state, poll_of(sound).state) == ("reconciled", "counted")
    assert not Tally.objects.filter(ballot_style__round=broken).exists()


def _officials(round):
    return (
        make_official(round.authority, Role.BUDGET_OFFICER),
        make_official(round.authority, Role.AUTHORITY_ADMIN),
    )


def test_two_officials_certify_and_every_project_gets_its_decision():
    round = _voted()
    end_voting(round)
    counting_services.count(round)
    officer, admin = _officials(round)
    first, second, third = codes(round)

    asked = counting_services.certify(round, actor=officer)
    with pytest.raises(NeedsAnotherOfficial):
        counting_services.certify(round, actor=officer)
    state_between = poll_of(round).state
    done = counting_services.certify(round, actor=admin)

    assert (asked, state_between, done, poll_of(round).state) == (False, "counted", True, "certified")
    states = dict(Proposal.objects.filter(round=round).values_list("code", "state"))
    assert states == {first: "adopted", second: "adopted", third: "not_adopted"}
    declined = Proposal.objects.get(code=third)
    assert declined.reason == "below_budget_cutoff"
    assert declined.explanation == ""
    for language, written in {"ko": ("300원", "100원"), "vi": ("300\xa0won", "100\xa0won")}.items():
        with translation.override(language):
            assert all(sum in declined.finding_in_words for sum in written)
    (step,) = declined.status_changes.filter(to_state="not_adopted")
    assert step.finding == declined.finding
    assert step.finding["kind"] == "vote_count"
    assert Event.objects.filter(action=Action.RESULT_CERTIFIED).count() == 1


def test_certifying_again_changes_nothing():
    round = _voted()
    end_voting(round)
    counting_services.count(round)
    officer, admin = _officials(round)
    counting_services.certify(round, actor=officer)
    counting_services.certify(round, actor=admin)
    before = Event.objects.count()

    assert counting_services.certify(round, actor=officer)
    assert counting_services.certify(round, actor=admin)

    assert Event.objects.count() == before


def test_an_uncounted_round_is_not_certified():
    round = _voted()
    end_voting(round)

    with pytest.raises(StageOutOfOrder):
        counting_services.certify(round, actor=_officials(round)[0])

    assert Approval.objects.count() == 0


def test_the_key_and_the_box_are_gone_only_after_every_other_step(django_capture_on_commit_callbacks):
    round = _voted()
    end_voting(round)
    counting_services.count(round)
    officer, admin = _officials(round)
    with pytest.raises(StageOutOfOrder):
        counting_services.approve(round, Approval.Stage.DESTROY_KEY, actor=officer)
    for step in (Approval.Stage.CERTIFY, Approval.Stage.PUBLISH):
        counting_services.approve(round, step, actor=officer)
        counting_services.approve(round, step, actor=admin)
    poll = poll_of(round)
    keys.round_key(poll.key_name, poll.key_check)

    with django_capture_on_commit_callbacks(execute=True):
        counting_services.approve(round, Approval.Stage.DESTROY_KEY, actor=admin)
        counting_services.approve(round, Approval.Stage.DESTROY_KEY, actor=officer)

    assert poll_of(round).state == Poll.State.KEY_DESTROYED
    assert BallotBox.objects.count() == 0
    assert FinalBallot.objects.count() == 3
    with pytest.raises(keys.keys.KeyUnavailable):
        keys.round_key(poll.key_name, poll.key_check)


def test_a_project_nobody_voted_for_is_not_funded_though_there_is_money():
    round = make_vote(costs=(100, 100))
    first, second = codes(round)
    cast_by(voter_of(round), first)
    end_voting(round)
    counting_services.count(round)

    tally = Tally.objects.get(ballot_style__round=round, is_decisive=True)

    assert tally.outcome["funded"] == [first]
    assert tally.outcome["figures"]["not_funded"][second]["change"]["params"]["more_votes"] == 1
    assert timezone.now() > tally.counted_at


@pytest.mark.parametrize("kind", ["approval", "cumulative", "ordinal"])
def test_the_count_has_the_same_input_as_from_the_ballots_one_by_one(kind):
    ballot_style = {
        "kind": kind,
        "max_choices": 3,
        "points": 6 if kind == "cumulative" else None,
        "allows_blank": True,
    }
    round = make_vote(costs=(600, 300, 300), freeze=False, ballot_style=ballot_style)
    Entitlement.objects.create(round=round, act="vote", residency=Residency.OUTSIDE)
    RuleSet.objects.filter(round=round).update(outside=RuleSet.Outside.COUNTED)
    ballots_services.freeze_rules(round, actor=None)
    round = fresh(round)
    first, second, third = codes(round)
    for chosen in ((second, first), (), (third,), (third, first, second), (first,), (second,)):
        entries = [(code, 3 - place) for place, code in enumerate(chosen)] if kind == "cumulative" else chosen
        account = make_account()
        make_person(round.authority, account, **({"residency": "outside", "area": None} if chosen else {}))
        ballots_services.cast(voter_of(round, account), {1: list(entries)}, code=ballots_sealing.new_code())
    cast_by(voter_of(round), *((third, first) if kind != "cumulative" else ()))

    counting_services.count(end_voting(round))

    rules = ruleset.read(round.poll.rules)
    stored = FinalBallot.objects.filter(round=round).order_by("ballot_ref")
    assert stored.count() == 7
    for scope, ballots in (
        ("everybody", stored),
        ("outside", stored.filter(residency="outside")),
        ("inside", stored.exclude(residency="outside")),
    ):
        entries = [
            polls_choices.entries_of(choices, 1) for choices in ballots.values_list("choices", flat=True)
        ]
        one_by_one = counting.election_of(rules.ballot_styles[0], rules, entries)
        tally = Tally.objects.get(ballot_style__round=round, scope=scope)
        assert bytes(tally.input_hash).hex() == one_by_one.digest
        assert (tally.n_ballots, tally.n_blank) == (len(entries), entries.count([]))


def test_a_second_counter_that_dies_stops_the_count_and_says_why(monkeypatch, tmp_path):
    round = _voted()
    dying = tmp_path / "recount.py"
    dying.write_text("raise SystemExit('out of order')")
    monkeypatch.setattr(second_count, "PROGRAM", dying)
    end_voting(round)

    with pytest.raises(CountersDisagree, match="out of order"):
        counting_services.count(round)

    assert (poll_of(round).state, FinalBallot.objects.count()) == ("reconciled", 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", ["_store_nodes", "unsealed", "unseal_all"])
def test_a_cast_that_comes_while_a_long_step_runs_is_answered_before_its_end(step, monkeypatch):
    round = _voted()
    voter, first = voter_of(round), codes(round)[0]
    round = end_voting(round)
    module = sequencing if step == "_store_nodes" else unsealing
    honest = getattr(module, step)
    answers = []

    def cast_late():
        try:
            cast_by(voter, first)
        except VotingClosed:
            answers.append("closed")
        finally:
            connection.close()

    def long(*args, **kwargs):
        late = Thread(target=cast_late)
        late.start()
        # It gets an answer while this step still holds its locks, or never.
        late.join(timeout=60)
        answers.append(late.is_alive())
        return honest(*args, **kwargs)

    monkeypatch.setattr(module, step, long)
    counting_services.count(round)

    assert answers[:2] == ["closed", False]
    assert Tally.objects.filter(ballot_style__round=round, is_decisive=True).get().n_ballots == 3
