"""Plain language where it is chosen, and office words explained on the pages that use them."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from core.i18n import LANGUAGES
from identity.roles import Role
from pbplatform.templatetags import platform
from proposals.models import Proposal
from tests.factories import make_official
from tests.voting.votes import cast_by, codes, end_voting, fresh, make_vote, voter_of
from voting.counting import services as counting_services
from voting.counting.explanations import _PLAINLY, HEADINGS

pytestmark = pytest.mark.django_db


@pytest.fixture
def round():
    round = fresh(make_vote(costs=(600, 600), budget_minor=1000))
    cast_by(voter_of(round), codes(round)[0])
    end_voting(round)
    counting_services.count(round)
    for role in (Role.BUDGET_OFFICER, Role.AUTHORITY_ADMIN):
        counting_services.certify(round, actor=make_official(round.authority, role))
    return round


def _reader(*, plain: bool) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    if plain:
        client.post("/display/", {"plain": "on"})
    return client


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("voting:rules", "Your vote is secret. You can change it until voting ends."),
        ("voting:results", "Here you see which projects won."),
        ("proposals:detail", "Nobody voted for this project."),
    ],
)
def test_rules_results_and_reasons_are_plain_where_it_is_chosen(round, name, words):
    place = [round.authority.slug, round.slug]
    if name == "proposals:detail":
        place.append(Proposal.objects.get(round=round, state="not_adopted").code)
    address = reverse(name, args=place)

    assert words in _reader(plain=True).get(address).content.decode()
    assert words not in _reader(plain=False).get(address).content.decode()


def test_every_reason_of_a_count_has_a_plain_sentence():
    assert set(_PLAINLY) == set(HEADINGS)


@pytest.mark.parametrize("name", ["voting:rules", "voting:results", "voting:log"])
def test_office_words_are_explained_on_the_page_folded_unless_plain_language_is_chosen(round, name):
    address = reverse(name, args=[round.authority.slug, round.slug])

    folded, open_ = (_reader(plain=plain).get(address).content.decode() for plain in (False, True))

    meaning = "A code that a computer makes from a file."
    assert (meaning in folded, meaning in open_) == (True, True)
    assert '<details class="govuk-details">' in folded
    assert '<details class="govuk-details" open>' in open_


def test_office_words_have_meanings_in_every_language():
    from django.utils import translation

    for term, meaning in platform._EXPLAINED.values():
        said = set()
        for language in LANGUAGES:
            with translation.override(language):
                said.add((str(term), str(meaning)))
        assert len(said) == len(LANGUAGES)
        assert all(re.search(r"\w", text) for pair in said for text in pair)
