"""Institutions have the names of their country, in every language, and stand in sentences as values."""

import csv
from pathlib import Path

import polib
import pytest
from django.conf import settings

from authorities.institutions import Institution, institution
from authorities.models import Reason
from authorities.services import found_authority
from core.i18n import LANGUAGES
from devtools.catalogues import path_of
from proposals.lifecycle import State
from proposals.models import StatusChange
from rounds.models import Phase
from tests.factories import make_area, make_authority, make_proposal, make_round


def test_every_institution_has_a_name_in_every_language_and_one_that_fits_any_country():
    rows = list(
        csv.DictReader((Path(settings.BASE_DIR) / "authorities/institutions.csv").open(encoding="utf-8"))
    )

    assert all(row[language] for row in rows for language in LANGUAGES)
    assert {row["term"] for row in rows if not row["country"]} == {str(term) for term in Institution}
    assert institution(Institution.COUNCIL, "PL", "vi") == "hội đồng địa phương"
    assert institution(Institution.COUNCIL, "VN", "ko") == "인민의회"


@pytest.mark.parametrize("language", ["ko", "th", "vi"])
def test_no_sentence_of_the_catalogues_holds_the_name_that_an_institution_has_in_one_country(language: str):
    anywhere = {institution(term, "", language) for term in Institution}
    of_one_country = {
        institution(term, country, language) for term in Institution for country in ("KR", "TH", "VN")
    } - anywhere
    texts = [
        text
        for entry in polib.pofile(str(path_of("site", language)))
        for text in (entry.msgstr, *entry.msgstr_plural.values())
    ]

    assert of_one_country
    assert [text for text in texts for name in of_one_country if name in text] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("country", "seen", "unseen"),
    [("VN", "Hội đồng nhân dân", "hội đồng địa phương"), ("KR", "hội đồng địa phương", "Hội đồng nhân dân")],
)
def test_pages_in_vietnamese_name_the_council_of_the_authoritys_country(client, country, seen, unseen):
    authority = make_authority(area=make_area(country=country))
    round = make_round(authority, open=Phase.Kind.VOTING)
    proposal = make_proposal(round, state=State.ADOPTED)
    StatusChange.objects.create(
        proposal=proposal,
        at=proposal.submitted_at,
        from_state=State.ON_BALLOT,
        to_state=State.ADOPTED,
        body=StatusChange.Body.COUNCIL,
    )
    for address in (f"/{authority.slug}/", f"/{authority.slug}/{round.slug}/proposals/{proposal.code}/"):
        page = client.get(address, headers={"Accept-Language": "vi"}, follow=True).content.decode()
        assert seen in page, address
        assert unseen not in page, address


@pytest.mark.django_db
def test_the_reasons_an_authority_begins_with_name_its_own_council():
    authority = found_authority(
        "xa",
        name={"vi": "Xã"},
        area=make_area(country="VN"),
        currency="VND",
        time_zone="Asia/Ho_Chi_Minh",
        language="vi",
        contact="",
        departments=[],
        actor=None,
    )

    text = Reason.objects.get(authority=authority, code="council_decision").text
    assert text["vi"] == "Theo quyết định khác của Hội đồng nhân dân"
    assert text["en"] == "Decided otherwise by the People's Council"
