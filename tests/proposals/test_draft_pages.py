"""Writing a proposal through the browser's eyes: draft, preview, submit, come back, withdraw."""

from typing import Any

import pytest
from django.test import Client

from authorities.models import Authority
from identity.models import Account
from proposals import services
from proposals.lifecycle import State
from proposals.models import Proposal
from rounds.models import Phase, Round
from tests.factories import make_account, make_proposal, set_phase

pytestmark = pytest.mark.django_db

NEW = "/here/here-2026/proposals/new/"
WHY = "Say in which park the bench should stand."


def _typed(authority: Authority, **changes: Any) -> dict[str, Any]:
    category = authority.categories.first()
    assert category is not None
    return {
        "title": "A bench in the park",
        "body": "There is nowhere to sit in the shade.",
        "category": category.pk,
        "area": "whole",
        "requested_cost_minor": "5,000,000",
        "language": "en",
        "then": "save",
        **changes,
    }


def _draft(round: Round, author: Account, **changes: Any) -> Proposal:
    return services.save_draft(
        round,
        author=author,
        **{
            "title": "A bench",
            "body": "There is nowhere to sit.",
            "language": "en",
            "category": round.authority.categories.first(),
            "requested_cost_minor": 5_000_000,
            **changes,
        },
    )


def test_a_visitor_is_asked_to_sign_in_and_comes_back(round: Round, client: Client):
    answer = client.get(NEW)

    assert answer.status_code == 302
    assert answer["Location"] == f"/accounts/login/?next={NEW}"


def test_an_empty_form_can_be_saved_and_offers_the_readers_language(round: Round, signed_in: Client):
    page = signed_in.get(NEW, headers={"accept-language": "ko"})
    answer = signed_in.post(NEW, {"language": "ko", "then": "save"})

    assert page.context["form"]["language"].value() == "ko"
    draft = Proposal.objects.get()
    assert answer["Location"] == f"/here/here-2026/drafts/{draft.pk}/"
    assert (draft.state, draft.title, draft.language, draft.channel) == ("draft", "", "ko", "web")


def test_saving_keeps_everything_that_was_typed(round: Round, authority: Authority, signed_in: Client):
    area = authority.area.children.get()

    signed_in.post(NEW, _typed(authority, area=area.pk), headers={"user-agent": "Phone Mobi"})

    draft = Proposal.objects.get()
    assert (draft.title, draft.requested_cost_minor, draft.area, draft.track, draft.channel) == (
        "A bench in the park",
        5_000_000,
        area,
        "dong",
        "mobile",
    )


def test_what_is_not_an_amount_is_refused_where_it_stands_and_nothing_typed_is_lost(
    round: Round, authority: Authority, signed_in: Client
):
    answer = signed_in.post(NEW, _typed(authority, requested_cost_minor="five million"))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Enter the amount in numbers, for example 25,000,000." in page
    assert 'value="five million"' in page
    assert "There is nowhere to sit in the shade." in page
    assert not Proposal.objects.exists()


def test_a_preview_asks_for_what_submitting_needs(round: Round, authority: Authority, signed_in: Client):
    refused = signed_in.post(NEW, _typed(authority, then="preview", title="", category=""))
    taken = signed_in.post(NEW, _typed(authority, then="preview"))

    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"title", "category"}
    draft = Proposal.objects.get()
    assert taken["Location"] == f"/here/here-2026/drafts/{draft.pk}/preview/"
    page = signed_in.get(taken["Location"]).content.decode()
    assert "A bench in the park" in page
    assert "₩5,000,000" in page


def test_submitting_gives_the_number_and_leads_to_the_proposals_page(
    round: Round, author: Account, signed_in: Client
):
    draft = _draft(round, author)

    answer = signed_in.post(f"/here/here-2026/drafts/{draft.pk}/preview/", follow=True)

    draft.refresh_from_db()
    assert (draft.state, draft.code) == ("pending", "HERE-0001")
    assert answer.redirect_chain == [("/here/here-2026/proposals/HERE-0001/", 302)]
    page = answer.content.decode()
    assert "Your proposal HERE-0001 has been submitted." in page
    assert "Being screened" in page


def test_who_is_not_verified_writes_and_saves_but_is_refused_on_submitting(
    round: Round, client: Client, authority: Authority
):
    stranger = make_account()
    client.force_login(stranger)
    draft = _draft(round, stranger)

    form = client.get(NEW).content.decode()
    answer = client.post(f"/here/here-2026/drafts/{draft.pk}/preview/")

    assert "Confirm who you are first." in form
    assert answer.status_code == 422
    assert "Confirm who you are first." in answer.content.decode()
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_submitting_after_the_call_is_refused_and_the_draft_stays(
    round: Round, author: Account, signed_in: Client
):
    draft = _draft(round, author)
    set_phase(round, Phase.Kind.REVIEW)

    answer = signed_in.post(f"/here/here-2026/drafts/{draft.pk}/preview/")

    assert answer.status_code == 422
    assert "This part of the round is not open now." in answer.content.decode()
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_stale_form_is_told_so_keeps_what_was_typed_and_can_then_be_saved(
    round: Round, authority: Authority, author: Account, signed_in: Client
):
    draft = _draft(round, author)
    address = f"/here/here-2026/drafts/{draft.pk}/"
    signed_in.post(address, _typed(authority, title="From the other window", version=1))

    answer = signed_in.post(address, _typed(authority, title="From this window", version=1))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This text was changed in another window after you opened it." in page
    assert 'value="From this window"' in page
    assert "From the other window" in page
    draft.refresh_from_db()
    assert draft.title == "From the other window"
    assert 'name="version" value="2"' in page
    signed_in.post(address, _typed(authority, title="From this window", version=2))
    draft.refresh_from_db()
    assert draft.title == "From this window"


def test_a_text_sent_back_shows_why_and_is_submitted_again(
    round: Round, authority: Authority, author: Account, signed_in: Client
):
    proposal = services.submit(_draft(round, author), actor=author)
    services.send_back(proposal, actor=None, reason="unclear", explanation=WHY)
    address = f"/here/here-2026/drafts/{proposal.pk}/"

    form = signed_in.get(address).content.decode()
    own = signed_in.get("/here/here-2026/proposals/HERE-0001/").content.decode()
    signed_in.post(address, _typed(authority, body="In the park behind the school.", version=1))
    signed_in.post(f"{address}preview/")

    assert WHY in form
    assert WHY in own
    proposal.refresh_from_db()
    assert (proposal.state, proposal.code, proposal.version) == ("pending", "HERE-0001", 2)


def test_withdrawing_asks_first(round: Round, author: Account, signed_in: Client):
    proposal = services.submit(_draft(round, author), actor=author)
    address = f"/here/here-2026/drafts/{proposal.pk}/withdraw/"

    asks = signed_in.get(address)
    proposal.refresh_from_db()
    state_before = proposal.state
    answer = signed_in.post(address, {"explanation": "Somebody has done it already."})

    assert (asks.status_code, state_before) == (200, "pending")
    assert answer["Location"] == "/here/here-2026/proposals/mine/"
    proposal.refresh_from_db()
    assert (proposal.state, proposal.explanation) == ("withdrawn", "Somebody has done it already.")


def test_a_draft_and_all_that_can_be_done_with_it_is_its_authors_alone(
    round: Round, author: Account, other: Account, client: Client
):
    draft = _draft(round, author)
    pending = services.submit(_draft(round, author), actor=author)
    addresses = [f"/here/here-2026/drafts/{draft.pk}/{rest}" for rest in ("", "preview/", "withdraw/")]
    addresses.append(f"/here/here-2026/proposals/{pending.code}/")
    client.force_login(other)

    for address in addresses:
        assert client.get(address).status_code == 404, address
        assert client.post(address, {"then": "save", "language": "en"}).status_code in {404, 405}, address
    client.force_login(author)
    for address in addresses:
        assert client.get(address).status_code == 200, address
    draft.refresh_from_db()
    assert draft.state == State.DRAFT


def test_my_proposals_lists_mine_and_marks_what_came_back(
    round: Round, author: Account, other: Account, signed_in: Client
):
    _draft(round, author, title="Still thinking")
    _draft(round, other, title="Of somebody else")
    make_proposal(round, author=author, title="Came back", state=State.SENT_BACK, explanation=WHY)

    page = signed_in.get("/here/here-2026/proposals/mine/").content.decode()

    assert "Still thinking" in page
    assert "Came back" in page
    assert WHY in page
    assert "Of somebody else" not in page


@pytest.mark.parametrize("address", ["proposals/", "proposals/new/", "proposals/mine/", "proposals/X-1/", ""])
def test_an_unpublished_round_and_one_of_another_authority_are_not_there(
    address: str, round: Round, signed_in: Client
):
    assert signed_in.get(f"/elsewhere/here-2026/{address}").status_code == 404
    Round.objects.update(published_at=None)
    assert signed_in.get(f"/here/here-2026/{address}").status_code == 404
