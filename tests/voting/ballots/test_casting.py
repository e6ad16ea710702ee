"""Casting one ballot at a time: stored rows, responses and refusals."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import Event
from identity.keys import KeyUnavailable
from identity.verification.exceptions import NotEntitled, NotVerified
from rounds.models import Entitlement, Residency
from tests.factories import make_account, make_area, make_person, make_resident
from tests.voting.votes import cast_by, codes, end_voting, fresh, make_vote, triggers_asleep, voter_of
from voting.ballots import sealing as ballots_sealing
from voting.ballots import services as ballots_services
from voting.ballots.exceptions import (
    BallotRefused,
    CommitmentDiffers,
    NotYourBallotStyle,
    OutsideNotAllowed,
    ReceiptUsed,
    VotedOnPaper,
)
from voting.ballots.models import BallotBox, CastEvent
from voting.ballots.selectors import stored_ballot
from voting.ballots.services import Envelope
from voting.polls import choices as polls_choices
from voting.polls import keys
from voting.polls import services as polls_services
from voting.polls.exceptions import NotReady, VotingClosed
from voting.polls.models import RuleSet
from voting.polls.services import BallotStylePlan

pytestmark = pytest.mark.django_db


def test_a_ballot_is_stored_sealed_and_read_back_as_it_was_cast():
    round = make_vote()
    first, second, _ = codes(round)
    voter = voter_of(round)

    cast = cast_by(voter, second, first)

    row = BallotBox.objects.get()
    assert (row.revision, row.channel, row.residency, row.age_group) == (1, "web", "resident", "35-49")
    assert first.encode() not in bytes(row.sealed)
    stored = stored_ballot(round, voter.key, voter.tag)
    assert stored.choices == {1: sorted([first, second])}
    assert (cast.kind, cast.is_replay) == ("cast", False)


def test_a_receipt_is_signed_by_the_authority_and_names_the_log_entry():
    round = make_vote()
    voter = voter_of(round)
    code = ballots_sealing.new_code()

    cast = cast_by(voter, codes(round)[0], code=code)

    event = CastEvent.objects.get()
    assert cast.receipt.is_signed_by(keys.signing_key(round.authority.slug).public_key())
    assert (
        cast.receipt.log_ref == bytes(event.log_ref) == ballots_sealing.references(code, round.slug).log_ref
    )
    assert cast.receipt.commitment == bytes(event.commitment)
    assert event.leaf_index is None


def test_a_ballot_may_be_replaced_and_only_the_last_is_kept():
    round = make_vote()
    first, second, _ = codes(round)
    voter = voter_of(round)

    kinds = [cast_by(voter, first).kind, cast_by(voter, second).kind, cast_by(voter, first, second).kind]

    assert kinds == ["cast", "replace", "replace"]
    assert BallotBox.objects.get().revision == 3
    assert stored_ballot(round, voter.key, voter.tag).choices == {1: sorted([first, second])}
    assert list(CastEvent.objects.values_list("kind", flat=True)) == kinds


def test_the_same_receipt_again_is_a_replay_with_the_same_bytes():
    round = make_vote()
    voter, code = voter_of(round), ballots_sealing.new_code()
    first = cast_by(voter, codes(round)[0], code=code)

    again = cast_by(voter, codes(round)[0], code=code)

    assert again.is_replay
    assert again.receipt == first.receipt
    assert (BallotBox.objects.get().revision, CastEvent.objects.count()) == (1, 1)


def test_a_replay_after_the_close_still_answers():
    round = make_vote()
    voter, code = voter_of(round), ballots_sealing.new_code()
    first = cast_by(voter, codes(round)[0], code=code)
    end_voting(round)

    assert cast_by(voter, codes(round)[0], code=code).receipt == first.receipt


def test_t03_the_same_receipt_with_other_choices_changes_nothing():
    round = make_vote()
    first, second, _ = codes(round)
    voter, code = voter_of(round), ballots_sealing.new_code()
    cast_by(voter, first, code=code)

    with pytest.raises(ReceiptUsed):
        cast_by(voter, second, code=code)

    assert stored_ballot(round, voter.key, voter.tag).choices == {1: [first]}
    assert CastEvent.objects.count() == 1


def test_t04_somebody_elses_request_posted_again_changes_neither_ballot():
    round = make_vote()
    first, second, _ = codes(round)
    voter, thief, code = voter_of(round), voter_of(round), ballots_sealing.new_code()
    cast_by(voter, first, code=code)

    with pytest.raises(ReceiptUsed):
        cast_by(thief, first, code=code)
    cast_by(thief, second)
    with pytest.raises(ReceiptUsed):
        cast_by(thief, first, code=code)

    assert stored_ballot(round, voter.key, voter.tag).choices == {1: [first]}
    assert stored_ballot(round, thief.key, thief.tag).choices == {1: [second]}


def test_an_envelope_that_does_not_fit_the_choices_is_refused():
    round = make_vote()
    first, second, _ = codes(round)
    voter = voter_of(round)
    text = polls_choices.canonical({1: [first]})
    envelope = Envelope.of(ballots_sealing.new_code(), round.slug, bytes(voter.poll.rules_hash), text)

    with pytest.raises(CommitmentDiffers):
        ballots_services.cast(voter, {1: [second]}, envelope=envelope)
    cast = ballots_services.cast(voter, {1: [first]}, envelope=envelope)

    assert cast.kind == "cast"


def test_after_the_close_a_ballot_is_refused():
    round = make_vote()
    voter = voter_of(round)
    end_voting(round)

    with pytest.raises(VotingClosed):
        cast_by(voter, codes(round)[0])

    assert (BallotBox.objects.count(), CastEvent.objects.count()) == (0, 0)


def test_t11_without_frozen_rules_nobody_votes():
    round = make_vote(freeze=False)

    with pytest.raises(NotReady):
        voter_of(round)

    ballots_services.freeze_rules(round, actor=None)
    assert cast_by(voter_of(fresh(round)), codes(round)[0]).kind == "cast"


def test_whoever_voted_on_paper_cannot_vote_here():
    round = make_vote()
    voter = voter_of(round)
    BallotBox.objects.bulk_create(
        [
            BallotBox(
                round=round, voter_tag=voter.tag, channel="paper", residency="resident", age_group="35-49"
            )
        ]
    )

    with pytest.raises(VotedOnPaper):
        cast_by(voter, codes(round)[0])

    assert stored_ballot(round, voter.key, voter.tag).is_paper
    assert CastEvent.objects.count() == 0


def test_t09_a_ballot_that_breaks_the_rules_is_refused_with_a_sentence_for_each_problem():
    round = make_vote(costs=(600, 300, 300), ballot_style={"max_choices": 2, "ballot_budget_minor": 700})
    first, second, third = codes(round)
    other = codes(make_vote())[0]
    voter = voter_of(round)

    def refused(*chosen: str) -> list[str]:
        with pytest.raises(BallotRefused) as refusal:
            cast_by(voter, *chosen)
        return refusal.value.messages

    assert refused(first, second) == [
        "Your projects cost ₩900 together. The limit is ₩700. Remove projects worth ₩200 or more."
    ]
    assert refused(first, second, third)[0] == "Choose at most 2 projects. You have chosen 3."
    assert refused() == ["Choose at least 1 project. You have chosen 0."]
    assert "is chosen more than once" in refused(second, second)[0]
    assert refused(other) == [f"{other} is not on this ballot. Remove it."]
    assert BallotBox.objects.count() == 0
    assert cast_by(voter, second, third).kind == "cast"


def test_a_blank_ballot_is_cast_where_the_paper_allows_it():
    round = make_vote(ballot_style={"allows_blank": True})
    voter = voter_of(round)

    cast_by(voter)

    assert stored_ballot(round, voter.key, voter.tag).choices == {}


def test_points_are_kept_from_the_most_to_the_fewest_and_checked():
    round = make_vote(ballot_style={"kind": "cumulative", "points": 10, "points_per_project": 6})
    first, second, third = codes(round)
    voter = voter_of(round)

    ballots_services.cast(voter, {1: [(first, 4), (second, 6), (third, 0)]}, code=ballots_sealing.new_code())
    with pytest.raises(BallotRefused, match=r"You have given 11 points\. The maximum is 10"):
        ballots_services.cast(voter, {1: [(first, 5), (second, 6)]}, code=ballots_sealing.new_code())

    assert stored_ballot(round, voter.key, voter.tag).choices == {1: [(second, 6), (first, 4)]}


def test_a_ranking_keeps_the_voters_order():
    round = make_vote(ballot_style={"kind": "ordinal", "max_choices": 3})
    first, second, third = codes(round)
    voter = voter_of(round)

    cast_by(voter, third, first, second)

    assert stored_ballot(round, voter.key, voter.tag).choices == {1: [third, first, second]}


def test_the_paper_of_another_area_is_refused():
    from rounds.models import Phase
    from tests.factories import make_proposal, make_round

    round = make_round(open=Phase.Kind.VOTING, budget_minor=1000)
    here, there = make_area(round.authority.area), make_area(round.authority.area)
    for area in (here, there, None):
        make_proposal(round, state="feasible", area=area, reviewed_cost_minor=100)
    polls_services.draw_up_ballot_styles(
        round, actor=None, plans=[BallotStylePlan(), BallotStylePlan(area=here), BallotStylePlan(area=there)]
    )
    ballots_services.freeze_rules(round, actor=None)
    round = fresh(round)
    whole, mine, theirs = codes(round)
    account = make_account()
    make_person(round.authority, account, area=here)
    voter = voter_of(round, account)

    with pytest.raises(NotYourBallotStyle):
        ballots_services.cast(voter, {1: [whole], 3: [theirs]}, code=ballots_sealing.new_code())
    ballots_services.cast(voter, {1: [whole], 2: [mine]}, code=ballots_sealing.new_code())

    assert stored_ballot(round, voter.key, voter.tag).choices == {1: [whole], 2: [mine]}


def test_strangers_and_people_without_the_right_are_refused():
    round = make_vote()

    with pytest.raises(NotVerified):
        voter_of(round, make_account())
    outsider = make_account()
    make_person(round.authority, outsider, residency=Residency.OUTSIDE, area=None)
    with pytest.raises(NotEntitled):
        voter_of(round, outsider)


def test_people_from_outside_are_refused_where_the_rules_say_so():
    round = make_vote(freeze=False)
    Entitlement.objects.create(round=round, act="vote", residency=Residency.OUTSIDE)
    RuleSet.objects.filter(round=round).update(outside=RuleSet.Outside.NOT_ALLOWED)
    ballots_services.freeze_rules(round, actor=None)
    outsider = make_account()
    make_person(round.authority, outsider, residency=Residency.OUTSIDE, area=None)

    with pytest.raises(OutsideNotAllowed):
        voter_of(fresh(round), outsider)


def test_casting_writes_the_box_and_the_log_and_nothing_else():
    round = make_vote()
    voter = voter_of(round)
    before = Event.objects.count()

    with CaptureQueriesContext(
        connection,
    ) as queries:
        cast_by(voter, codes(round)[0])

    statements = [query["sql"] for query in queries if "cast_ballot" in query["sql"]]
    writes = [q["sql"] for q in queries if q["sql"].split()[0] in {"INSERT", "UPDATE", "DELETE"}]
    assert (len(statements), writes, Event.objects.count()) == (1, [], before)


def test_t15_a_node_with_another_key_casts_nothing(settings, tmp_path):
    round = make_vote()
    account = make_resident(round.authority)
    settings.KEY_DIRECTORY = tmp_path
    (tmp_path / f"round-{round.poll.key_name}.key").write_bytes(b"x" * 32)

    with pytest.raises(KeyUnavailable, match="is not the round's"):
        voter_of(round, account)

    assert BallotBox.objects.count() == 0


def test_f14_without_the_key_nothing_is_cast(settings, tmp_path):
    round = make_vote()
    account = make_resident(round.authority)
    settings.KEY_DIRECTORY = tmp_path

    with pytest.raises(KeyUnavailable, match="is not on this machine"):
        voter_of(round, account)


def test_f14_a_ballot_that_cannot_be_promised_is_not_taken_and_no_other_key_is_made(settings, tmp_path):
    round = make_vote()
    voter = voter_of(round)
    settings.KEY_DIRECTORY = tmp_path

    with pytest.raises(KeyUnavailable, match="signing-"):
        cast_by(voter, codes(round)[0])

    assert (BallotBox.objects.count(), list(tmp_path.iterdir())) == (0, [])


def test_t21_what_is_read_back_is_what_the_row_holds():
    round = make_vote()
    first, second, _ = codes(round)
    voter, other = voter_of(round), voter_of(round)
    cast_by(voter, first)
    cast_by(other, second)
    with triggers_asleep():
        sealed = BallotBox.objects.get(voter_tag=other.tag).sealed
        BallotBox.objects.filter(voter_tag=voter.tag).update(sealed=sealed)

    assert stored_ballot(round, voter.key, voter.tag).is_damaged
    assert stored_ballot(round, other.key, other.tag).choices == {1: [second]}
