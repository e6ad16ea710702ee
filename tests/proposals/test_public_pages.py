"""The public list and a proposal's page, for its author, a colleague and a stranger."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authorities.models import Authority
from identity.models import Account
from proposals import services
from proposals.lifecycle import State
from proposals.models import Comment, Proposal, Support
from reviews.services import assign_due, find_ineligible
from rounds.models import Phase, Round
from tests.factories import (
    make_account,
    make_category,
    make_comment,
    make_proposal,
    make_round,
    set_phase,
)

pytestmark = pytest.mark.django_db

LIST = "/here/here-2026/proposals/"
WHY = "The ordinance on green spaces forbids benches there."


def _titles(client: Client, query: str = "") -> list[str]:
    return [card.words.title for card in client.get(LIST + query).context["cards"]]


def test_the_list_shows_what_is_public_newest_first_and_nothing_else(round: Round, client: Client):
    for state in State:
        make_proposal(round, state=state, title=f"In state {state}")
    make_proposal(make_round(), title="In another round")

    shown = {title.removeprefix("In state ") for title in _titles(client)}

    # A merged one brings the proposal it was merged into.
    shown = {title for title in shown if not title.startswith("A bench")}
    assert shown == set(State) - {State.DRAFT, State.PENDING, State.SENT_BACK}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?q=그늘", ["그늘막"]),
        ("?q=BENCH shade", ["Bench"]),
        ("?q=HERE-7777", ["Coded"]),
        ("?category=parks", ["Bench"]),
        ("?area=1168064000", ["Coded"]),
        ("?area=whole&category=parks", ["Bench"]),
        ("?state=feasible", ["Coded"]),
        ("?track=youth", ["그늘막"]),
        ("?cost_from=3,000,000", ["그늘막", "Bench"]),
        ("?cost_from=1&cost_to=2000000", ["Coded"]),
        ("?sort=cost", ["Coded", "Bench", "그늘막"]),
        ("?sort=-cost", ["그늘막", "Bench", "Coded"]),
        ("?sort=supporters", ["Coded", "그늘막", "Bench"]),
        ("?q=nothing+of+the+kind", []),
        # What makes no sense is passed over.
        ("?category=unknown&state=adopted-twice&cost_from=many&page=x&sort=up", ["그늘막", "Coded", "Bench"]),
        ("?page=99", ["그늘막", "Coded", "Bench"]),
    ],
)
def test_the_list_is_narrowed_and_sorted_as_the_address_says(
    query: str, expected: list[str], round: Round, authority: Authority, client: Client
):
    make_proposal(
        round,
        title="Bench",
        body="In the shade.",
        category=authority.categories.get(slug="parks"),
        requested_cost_minor=4_000_000,
    )
    make_proposal(
        round,
        state=State.FEASIBLE,
        title="Coded",
        body="",
        code="HERE-7777",
        area=authority.area.children.get(),
        requested_cost_minor=9_000_000,
        reviewed_cost_minor=2_000_000,
        n_supporters=9,
    )
    make_proposal(
        round, title="그늘막", body="", track="youth", requested_cost_minor=5_000_000, n_supporters=3
    )

    assert _titles(client, query) == expected


def test_a_random_list_is_the_same_for_a_visitor_on_every_page_and_another_for_others(
    round: Round, authority: Authority
):
    category = make_category(authority)
    for number in range(45):
        make_proposal(round, category=category, title=f"Proposal {number}")
    first, second = Client(), Client()

    pages = [
        [title for n in (1, 2, 3) for title in _titles(c, f"?sort=random&page={n}")] for c in (first, second)
    ]
    again = [title for n in (1, 2, 3) for title in _titles(first, f"?sort=random&page={n}")]

    assert again == pages[0]
    assert len(set(pages[0])) == 45
    assert pages[0] != pages[1]


def test_filters_stay_in_the_links_to_other_pages(round: Round, authority: Authority, client: Client):
    category = authority.categories.get(slug="parks")
    for _ in range(21):
        make_proposal(round, category=category)

    page = client.get(f"{LIST}?category=parks&q=bench&sort=cost").content.decode()

    assert re.search(r'href="\?category=parks&amp;q=bench&amp;sort=cost&amp;page=2"', page)


def test_an_empty_list_says_what_to_do(round: Round, client: Client):
    assert "Yours could be the first." in client.get(LIST).content.decode()
    assert "Remove a filter" in client.get(f"{LIST}?q=nothing").content.decode()
    set_phase(round, Phase.Kind.VOTING)
    assert "No proposal is public yet." in client.get(LIST).content.decode()


@pytest.mark.parametrize("query", ["", "?q=bench&category=parks&sort=supporters", "?sort=random"])
def test_the_list_takes_as_many_queries_for_twenty_as_for_two(
    query: str, round: Round, authority: Authority, client: Client
):
    counts = []
    area = authority.area.children.get()
    for n in (2, 18):
        for _ in range(n):
            make_proposal(round, category=authority.categories.get(slug="parks"), area=area)
        client.get(LIST + query)
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST + query)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 9


def test_a_text_sent_back_or_pending_is_its_authors_alone(
    round: Round, author: Account, other: Account, client: Client, signed_in: Client
):
    for state in (State.PENDING, State.SENT_BACK):
        proposal = make_proposal(round, author=author, state=state)
        address = f"{LIST}{proposal.code}/"

        assert client.get(address).status_code == 404
        stranger = Client()
        stranger.force_login(other)
        assert stranger.get(address).status_code == 404
        assert signed_in.get(address).status_code == 200


def test_the_page_shows_both_costs_the_reason_and_who_decided(round: Round, client: Client):
    proposal = services.publish(make_proposal(round, state=State.PENDING, code="HERE-1"), actor=None)
    assign_due(round)
    find_ineligible(proposal, actor=None, reason="conflicts_with_law", explanation=f"{WHY} <script>")
    Proposal.objects.update(reviewed_cost_minor=4_500_000)

    page = client.get(f"{LIST}HERE-1/").content.decode()

    for words in (
        "₩5,000,000",
        "₩4,500,000",
        "Conflicts with a law or an ordinance",
        f"{WHY} &lt;script&gt;",
        str(proposal.review.department.name["en"]),
    ):
        assert words in page, words


def test_readers_get_the_official_translation_first_and_can_switch_to_the_original(
    round: Round, client: Client
):
    make_proposal(
        round,
        code="HERE-1",
        language="ko",
        title="그늘막",
        body="그늘이 없습니다.",
        translations={"en": {"title": "Sunshade", "body": "There is no shade."}},
    )

    english = client.get(f"{LIST}HERE-1/").content.decode()
    original = client.get(f"{LIST}HERE-1/?original").content.decode()
    korean = client.get(f"{LIST}HERE-1/", headers={"accept-language": "ko"}).content.decode()
    thai = client.get(f"{LIST}HERE-1/", headers={"accept-language": "th"}).content.decode()

    assert '<h1 lang="en">Sunshade</h1>' in english
    assert "There is no shade." in english
    assert '<h1 lang="ko">그늘막</h1>' in original
    assert "그늘이 없습니다." in korean
    assert "?original" not in korean
    # As on the ballot: English if there is nothing in the reader's language.
    assert '<h1 lang="en">Sunshade</h1>' in thai


def test_what_a_text_was_sent_back_for_is_between_its_author_and_the_moderators(
    round: Round, author: Account, signed_in: Client, client: Client
):
    proposal = make_proposal(round, author=author, state=State.PENDING, code="HERE-1")
    services.send_back(proposal, actor=None, reason="personal_data", explanation=WHY)
    services.save_draft(round, author=author, proposal=proposal, body="Without names.")
    services.publish(services.submit(proposal, actor=author), actor=None)

    assert WHY in signed_in.get(f"{LIST}HERE-1/").content.decode()
    public = client.get(f"{LIST}HERE-1/").content.decode()
    assert WHY not in public
    assert "Contains personal data" in public


def test_a_comment_waits_and_its_author_sees_it_waiting(round: Round, signed_in: Client, client: Client):
    make_proposal(round, code="HERE-1")

    answer = signed_in.post(
        f"{LIST}HERE-1/comment/", {"comment-text": "Shade, too.", "comment-language": "en"}, follow=True
    )

    assert answer.redirect_chain == [(f"{LIST}HERE-1/#comments", 302)]
    assert "Only you can see this until it has been checked." in answer.content.decode()
    assert "Shade, too." not in client.get(f"{LIST}HERE-1/").content.decode()
    services.publish_comment(Comment.objects.get(), actor=None)
    assert "Shade, too." in client.get(f"{LIST}HERE-1/").content.decode()


def test_a_rejected_comment_shows_its_reason_to_its_author_alone(
    round: Round, author: Account, signed_in: Client, client: Client
):
    proposal = make_proposal(round, code="HERE-1")
    comment = make_comment(proposal, author=author, text="Call 081-234-5678")
    services.reject_comment(comment, actor=None, reason="personal_data", explanation=WHY)

    assert WHY in signed_in.get(f"{LIST}HERE-1/").content.decode()
    assert WHY not in client.get(f"{LIST}HERE-1/").content.decode()


def test_an_empty_comment_and_one_too_many_are_refused_with_what_was_typed(
    round: Round, author: Account, signed_in: Client
):
    proposal = make_proposal(round, code="HERE-1")

    empty = signed_in.post(f"{LIST}HERE-1/comment/", {"comment-text": " ", "comment-language": "en"})
    for _ in range(10):
        make_comment(proposal, author=author)
    eleventh = signed_in.post(
        f"{LIST}HERE-1/comment/", {"comment-text": "An eleventh.", "comment-language": "en"}
    )

    assert (empty.status_code, eleventh.status_code) == (422, 422)
    assert "Write your comment first." in empty.content.decode()
    assert "10 of your comments are waiting to be screened." in eleventh.content.decode()
    assert "An eleventh." in eleventh.content.decode()
    assert Comment.objects.count() == 10


def test_support_is_given_and_taken_back_with_and_without_script(
    round: Round, author: Account, signed_in: Client
):
    make_proposal(round, code="HERE-1")
    address = f"{LIST}HERE-1/support/"

    plain = signed_in.post(address, {"support": "give"})
    fragment = signed_in.post(address, {"support": "take_back"}, headers={"HX-Request": "true"})

    assert plain["Location"] == f"{LIST}HERE-1/"
    assert fragment.content.decode().lstrip().startswith('<div id="support"')
    assert not Support.objects.exists()
    assert signed_in.get(address).status_code == 405


def test_a_visitor_and_somebody_not_verified_cannot_support_or_comment(round: Round, client: Client):
    make_proposal(round, code="HERE-1")

    visitor = client.post(f"{LIST}HERE-1/support/", {"support": "give"})
    client.force_login(make_account())
    unverified = client.post(f"{LIST}HERE-1/support/", {"support": "give"})

    assert visitor["Location"].startswith("/accounts/login/")
    assert unverified.status_code == 422
    assert "Confirm who you are first." in unverified.content.decode()
    assert not Support.objects.exists()


def test_a_page_takes_as_many_queries_for_thirty_comments_as_for_one(round: Round, client: Client):
    proposal = make_proposal(round, code="HERE-1")
    counts = []
    for n in (1, 29):
        for _ in range(n):
            make_comment(proposal, state="published", published_at=timezone.now())
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{LIST}HERE-1/")
        counts.append(len(queries))

    assert counts[0] == counts[1]
