"""The queue and a case, for a moderator, a colleague and a stranger."""

import pytest
from django.test import Client

from identity.models import Account
from identity.roles import Role
from moderation.models import Case, Decision
from moderation.tasks import screen_due
from moderation.web.views import pieces
from proposals.models import Comment
from rounds.models import Round
from tests.factories import (
    make_authority,
    make_comment,
    make_official,
    make_proposal,
    make_resident,
    make_round,
)

pytestmark = pytest.mark.django_db

QUEUE = "/here/desk/queue/"
WHY = "It gives the telephone number of a neighbour."


@pytest.fixture
def round() -> Round:
    return make_round(make_authority(slug="here"), slug="here-2026", proposal_prefix="HERE-")


@pytest.fixture
def moderator(round: Round) -> Account:
    return make_official(round.authority, Role.MODERATOR)


@pytest.fixture
def desk(moderator: Account) -> Client:
    client = Client()
    client.force_login(moderator)
    return client


@pytest.fixture
def case(round: Round) -> Case:
    make_comment(make_proposal(round), text="Call <b>Kim</b> on 010-1234-5678 about it.")
    screen_due()
    return Case.objects.get()


def test_the_queue_lists_what_waits_with_its_hints(case: Case, desk: Client):
    page = desk.get(QUEUE).content.decode()

    assert "1 text is waiting to be screened." in page
    assert "Call &lt;b&gt;Kim&lt;/b&gt; on" in page
    assert "telephone number" in page


def test_a_text_is_taken_read_and_published(case: Case, desk: Client, moderator: Account):
    taken = desk.post(f"{QUEUE}{case.pk}/claim/")
    page = desk.get(f"{QUEUE}{case.pk}/").content.decode()
    decided = desk.post(f"{QUEUE}{case.pk}/", {"outcome": "publish", "reason": "", "explanation": ""})

    assert taken["Location"] == f"{QUEUE}{case.pk}/"
    assert "<mark>010-1234-5678</mark>" in page
    assert decided["Location"] == QUEUE
    assert Decision.objects.get().decided_by == moderator
    assert Comment.objects.get().state == "published"


def test_a_refusal_without_rule_or_words_is_refused_and_keeps_what_was_typed(case: Case, desk: Client):
    desk.post(f"{QUEUE}{case.pk}/claim/")

    short = desk.post(f"{QUEUE}{case.pk}/", {"outcome": "refuse", "reason": "", "explanation": "No."})
    none = desk.post(f"{QUEUE}{case.pk}/", {})
    full = desk.post(
        f"{QUEUE}{case.pk}/", {"outcome": "refuse", "reason": "personal_data", "explanation": WHY}
    )

    assert (short.status_code, none.status_code, full.status_code) == (422, 422, 302)
    assert set(short.context["form"].errors) == {"reason", "explanation"}
    assert "No.</textarea>" in short.content.decode()
    assert Comment.objects.get().explanation == WHY


def test_a_colleague_sees_that_the_text_is_taken_and_cannot_decide_it(
    case: Case, desk: Client, round: Round, client: Client
):
    desk.post(f"{QUEUE}{case.pk}/claim/")
    client.force_login(make_official(round.authority, Role.MODERATOR))

    queue = client.get(QUEUE).content.decode()
    claim = client.post(f"{QUEUE}{case.pk}/claim/", follow=True)
    decide = client.post(f"{QUEUE}{case.pk}/", {"outcome": "publish"})

    assert "With a colleague" in queue
    assert "A colleague is working on this text." in claim.content.decode()
    assert decide.status_code == 422
    assert not Decision.objects.exists()


def test_a_text_can_be_put_back(case: Case, desk: Client):
    desk.post(f"{QUEUE}{case.pk}/claim/")

    desk.post(f"{QUEUE}{case.pk}/claim/", {"then": "release"})

    case.refresh_from_db()
    assert case.claimed_by is None


def test_the_queue_is_not_there_for_residents_and_moderators_of_elsewhere(
    case: Case, round: Round, client: Client
):
    elsewhere = make_authority(slug="there")
    foreign = make_official(elsewhere, Role.MODERATOR)
    for account in (make_resident(round.authority), foreign):
        client.force_login(account)
        for address in (QUEUE, f"{QUEUE}{case.pk}/"):
            assert client.get(address).status_code == 404, address
    # Their own queue does not give the case away either.
    assert client.get(f"/there/desk/queue/{case.pk}/").status_code == 404
    assert client.get("/there/desk/queue/").status_code == 200


def test_the_queue_takes_as_many_queries_for_ten_as_for_one(
    case: Case, desk: Client, round: Round, django_assert_max_num_queries
):
    proposal = make_proposal(round)
    for _ in range(9):
        make_comment(proposal)
    screen_due()

    # Four of them keep whose contact data the moderator saw.
    with django_assert_max_num_queries(12):
        desk.get(QUEUE)


def test_hints_cut_a_text_where_they_begin_and_end():
    text = "Call 010-1234-5678 now"
    hints = [
        {"kind": "phone", "start": 5, "end": 18},
        {"kind": "advertising", "start": 0, "end": 6},
    ]

    cut = [(piece.text, piece.hint) for piece in pieces(text, hints[:1])]
    overlapping = [piece.text for piece in pieces(text, hints)]

    assert cut == [("Call ", ""), ("010-1234-5678", "telephone number"), (" now", "")]
    assert "".join(overlapping) == text
