"""A reader meets a text in one language on every page, with a label if it is not their own."""

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from identity.roles import Role
from proposals.lifecycle import State
from proposals.models import Proposal, StatusChange
from rounds.models import Phase
from tests.factories import (
    make_authority,
    make_category,
    make_official,
    make_proposal,
    make_resident,
    make_round,
)
from tests.voting.votes import cast_by, codes, end_voting, fresh, voter_of
from voting.ballots import services as ballots_services
from voting.counting import services as counting_services
from voting.polls import services as polls_services
from voting.polls.services import BallotStylePlan

# Modules of services that write in somebody's language on purpose: messages and files, not rows.
COMPOSE = {
    "identity/verification/services/codes.py": "text messages",
    "reports/services.py": "files in the language that was asked for",
    "notices/services.py": "messages in their reader's language",
    "voting/publication/services.py": "the bundle's explanations, which are in English by its format",
    "voting/ballots/services/casting.py": "refusals",
}


@pytest.mark.django_db
def test_a_title_is_in_one_language_on_list_page_ballot_and_result():
    authority = make_authority(slug="here")
    round = make_round(authority, slug="r", open=Phase.Kind.VOTING, budget_minor=1000)
    proposal = make_proposal(
        round,
        state=State.FEASIBLE,
        category=make_category(authority),
        title="도서관 의자",
        language="ko",
        requested_cost_minor=300,
        reviewed_cost_minor=300,
        translations={"en": {"title": "Library chairs", "body": "Chairs."}},
    )
    polls_services.draw_up_ballot_styles(
        round, actor=None, plans=[BallotStylePlan(fields={"max_choices": 1})]
    )
    ballots_services.freeze_rules(round, actor=None)
    reader = Client(headers={"Accept-Language": "vi"})
    place = [authority.slug, round.slug]

    pages = {
        name: reader.get(address).content.decode()
        for name, address in {
            "list": reverse("proposals:list", args=place),
            "proposal": reverse("proposals:detail", args=[*place, proposal.code]),
            "ballot": reverse("voting:ballot", args=place),
        }.items()
    }

    assert {name: ("Library chairs" in page, "도서관 의자" in page) for name, page in pages.items()} == {
        name: (True, False) for name in pages
    }
    korean = Client(headers={"Accept-Language": "ko"})
    assert "도서관 의자" in korean.get(reverse("voting:ballot", args=place)).content.decode()


@pytest.mark.django_db
def test_why_a_project_was_not_adopted_is_said_in_each_readers_language(mailoutbox):
    authority = make_authority(slug="here", language="ko")
    round = make_round(authority, slug="r", open=Phase.Kind.VOTING, budget_minor=700)
    category = make_category(authority)
    author = make_resident(authority)
    author.language = "th"
    author.save(update_fields=["language"])
    for cost in (600, 300):
        make_proposal(
            round,
            author=author,
            state=State.FEASIBLE,
            category=category,
            requested_cost_minor=cost,
            reviewed_cost_minor=cost,
        )
    polls_services.draw_up_ballot_styles(
        round, actor=None, plans=[BallotStylePlan(fields={"max_choices": 2})]
    )
    ballots_services.freeze_rules(round, actor=None)
    round = fresh(round)
    first, second = codes(round)
    cast_by(voter_of(round), first)
    cast_by(voter_of(round), first, second)
    end_voting(round)
    counting_services.count(round)
    for role in (Role.BUDGET_OFFICER, Role.AUTHORITY_ADMIN):
        counting_services.certify(round, actor=make_official(authority, role))

    declined = Proposal.objects.get(code=second)
    address = reverse("proposals:detail", args=[authority.slug, round.slug, second])
    said = {
        "en": "It needed ₩300; when its turn came, ₩100 of the budget was left.",
        "ko": "300원",
        "th": "300\xa0วอน",
        "vi": "300\xa0won",
    }
    assert declined.explanation == ""
    for language, words in said.items():
        page = Client(headers={"Accept-Language": language}).get(address).content.decode()
        assert words in page, language
        assert declined.finding_in_words
    api = Client(headers={"Accept-Language": "vi"}).get(f"/api/v1/rounds/here/r/proposals/{second}/").json()
    assert (api["finding"]["kind"], api["finding"]["params"]["left"]) == ("vote_count", 100)
    assert "300\xa0won" in api["explanation"]


@pytest.mark.django_db
def test_words_in_another_language_than_the_readers_are_labelled():
    authority = make_authority(slug="here", language="ko")
    round = make_round(authority, slug="r", open=Phase.Kind.REVIEW)
    proposal = make_proposal(round, state=State.INELIGIBLE, title="Ghế đá", language="vi")
    StatusChange.objects.create(
        proposal=proposal,
        at=timezone.now(),
        to_state=State.INELIGIBLE,
        body=StatusChange.Body.DEPARTMENT,
        reason="conflicts_with_law",
        explanation="하천법에 따라 설치할 수 없습니다. 다른 장소를 제안해 주세요.",
    )
    address = reverse("proposals:detail", args=["here", "r", proposal.code])

    english = Client(headers={"Accept-Language": "en"}).get(address).content.decode()
    vietnamese = Client(headers={"Accept-Language": "vi"}).get(address).content.decode()

    assert ("Written in Vietnamese" in english, "Written in Korean" in english) == (True, True)
    assert ("Viết bằng Tiếng Việt" in vietnamese, "Viết bằng Tiếng Hàn" in vietnamese) == (False, True)


def test_no_service_stores_a_sentence_of_the_catalogues():
    """Services may refuse in words, but what they keep is a code, a figure or somebody's own words."""
    services = [
        path
        for room in settings.OUR_PACKAGES
        for path in Path(settings.BASE_DIR, room).rglob("*.py")
        if path.name == "services.py" or "services" in path.parts
    ]
    found = []
    for path in services:
        place = str(path.relative_to(settings.BASE_DIR))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("django.utils"):
                names = {alias.name for alias in node.names}
                if names & {"translation", "gettext", "ngettext", "pgettext", "npgettext"}:
                    found.append(place)

    assert services
    assert sorted(found) == sorted(COMPOSE)
