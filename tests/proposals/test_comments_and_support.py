"""Comments of residents, and their support."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction

from identity.verification.exceptions import NotVerified
from proposals import services
from proposals.exceptions import (
    CommentsClosed,
    ExplanationTooShort,
    SupportClosed,
    TooManyWaiting,
    WrongState,
)
from proposals.lifecycle import State
from proposals.models import Comment, Proposal, Support
from rounds.exceptions import PhaseNotOpen
from rounds.models import Phase
from tests.factories import (
    make_account,
    make_comment,
    make_proposal,
    make_resident,
    make_round,
    set_phase,
)

pytestmark = pytest.mark.django_db


def test_a_comment_waits_and_only_its_author_sees_it():
    proposal = make_proposal()
    author = make_resident(proposal.round.authority)

    comment = services.post_comment(proposal, author=author, text=" Shade, too. ", language="en")

    assert (comment.state, comment.text, comment.residency) == ("pending", "Shade, too.", "resident")
    assert comment in Comment.objects.visible_to(author)
    assert comment not in Comment.objects.visible_to(make_account())
    services.publish_comment(comment, actor=None)
    assert comment in Comment.objects.visible_to(make_account())


def test_a_rejected_comment_keeps_its_reason_and_stays_with_its_author():
    comment = make_comment()

    with pytest.raises(ExplanationTooShort):
        services.reject_comment(comment, actor=None, reason="abuse", explanation="rude")
    services.reject_comment(comment, actor=None, reason="abuse", explanation="Names a neighbour a fool.")

    comment.refresh_from_db()
    assert (comment.state, comment.reason) == ("rejected", "abuse")
    assert comment not in Comment.objects.visible_to(make_account())
    with pytest.raises(WrongState):
        services.publish_comment(comment, actor=None)


def test_comments_close_when_the_proposal_is_settled_or_the_vote_is_over():
    round = make_round(open=Phase.Kind.VOTING)
    author = make_resident(round.authority)
    on_ballot = make_proposal(round, state=State.ON_BALLOT)

    services.post_comment(on_ballot, author=author, text="Good.", language="en")
    for state in (State.INELIGIBLE, State.WITHDRAWN, State.ADOPTED, State.PENDING):
        with pytest.raises(CommentsClosed):
            services.post_comment(
                make_proposal(round, state=state), author=author, text="Good.", language="en"
            )
    set_phase(round, Phase.Kind.DECISION)
    with pytest.raises(CommentsClosed):
        services.post_comment(on_ballot, author=author, text="Good.", language="en")

    assert Comment.objects.count() == 1


def test_an_eleventh_waiting_comment_is_refused():
    proposal = make_proposal()
    author = make_resident(proposal.round.authority)
    for _ in range(10):
        make_comment(proposal, author=author)

    with pytest.raises(TooManyWaiting):
        services.post_comment(proposal, author=author, text="One more.", language="en")

    Comment.objects.update(state="published")
    assert services.post_comment(proposal, author=author, text="One more.", language="en").pk


def test_who_is_not_verified_neither_comments_nor_supports():
    proposal = make_proposal()
    stranger = make_account()

    with pytest.raises(NotVerified):
        services.post_comment(proposal, author=stranger, text="Good.", language="en")
    with pytest.raises(NotVerified):
        services.give_support(proposal, actor=stranger)

    assert not Comment.objects.exists()
    assert not Support.objects.exists()


def test_support_counts_once_and_can_be_taken_back():
    proposal = make_proposal(n_supporters_recorded=5, n_supporters=5)
    supporter = make_resident(proposal.round.authority)

    services.give_support(proposal, actor=supporter)
    services.give_support(proposal, actor=supporter)
    proposal.refresh_from_db()
    assert (proposal.n_supporters, proposal.supports.count()) == (6, 1)

    services.take_back_support(proposal, actor=supporter)
    services.take_back_support(proposal, actor=supporter)
    proposal.refresh_from_db()
    assert (proposal.n_supporters, proposal.supports.count()) == (5, 0)


def test_support_closes_with_the_review():
    round = make_round(open=Phase.Kind.REVIEW)
    supporter = make_resident(round.authority)
    proposal = make_proposal(round)
    services.give_support(make_proposal(round, state=State.FEASIBLE), actor=supporter)

    with pytest.raises(SupportClosed):
        services.give_support(make_proposal(round, state=State.INELIGIBLE), actor=supporter)
    set_phase(round, Phase.Kind.VOTING)
    with pytest.raises(PhaseNotOpen):
        services.give_support(proposal, actor=supporter)


@pytest.mark.django_db(transaction=True)
def test_support_given_eight_times_at_once_counts_once():
    proposal = make_proposal()
    supporter = make_resident(proposal.round.authority)

    def give(_: int) -> None:
        try:
            services.give_support(proposal, actor=supporter)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(give, range(8)))

    proposal.refresh_from_db()
    assert (proposal.n_supporters, Support.objects.count()) == (1, 1)


def test_the_database_refuses_a_second_support_an_empty_comment_and_a_rejection_without_reason():
    comment = make_comment()
    supporter = make_account()
    fields = {
        "proposal": comment.proposal,
        "account": supporter,
        "residency": "resident",
        "given_at": comment.posted_at,
    }
    Support.objects.create(**fields)

    with pytest.raises(IntegrityError, match="support_once_per_account"), transaction.atomic():
        Support.objects.create(**fields)
    with pytest.raises(IntegrityError, match="comment_is_not_empty"), transaction.atomic():
        Comment.objects.update(text="")
    with pytest.raises(IntegrityError, match="comment_every_no_has_a_reason"), transaction.atomic():
        Comment.objects.update(state="rejected")


def test_a_search_finds_parts_of_words_in_scripts_without_spaces_and_in_translations():
    korean = make_proposal(
        title="어린이공원 그늘막 설치",
        body="",
        language="ko",
        translations={"th": {"title": "ร่มเงาในสวนสาธารณะ"}},
    )
    make_proposal(title="Bench", body="Nothing else.")

    for words in ("공원", "그늘막 공원", "สวนสาธารณะ", "สวน"):
        assert list(Proposal.objects.all().saying(words)) == [korean], words
    assert list(Proposal.objects.all().saying("BENCH").values_list("title", flat=True)) == ["Bench"]
    assert not Proposal.objects.all().saying("100%").exists()
