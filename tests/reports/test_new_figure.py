"""A figure that is plugged in from here, without a change of the source, is in every form of the report."""

import io
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
from django.db import transaction
from django.db.models import Sum
from django.test import Client
from django.utils import translation
from django.utils.functional import lazy
from pytest_django import DjangoDbBlocker

from proposals.models import Proposal
from reports import assembly, services
from reports.figures import FIGURES
from reports.figures.facts import Facts
from reports.figures.figure import OF_PROPOSALS, Breakdown, Entry, Number, Quotient, Section
from reports.models import Snapshot
from reports.render import files
from reports.render.tables import Table, Unit, headings
from reports.schema import Report, Share
from tests.reports.test_votes import certify
from tests.voting.votes import cast_by, codes, make_vote, voter_of

pytestmark = pytest.mark.django_db

NAMES = {
    "en": "Declarations of support",
    "ko": "공감 수",
    "th": "จำนวนผู้สนับสนุน",
    "vi": "Số lượt ủng hộ",
}
name = lazy(lambda: NAMES[translation.get_language() or "en"], str)


def supporters(facts: Facts) -> int:
    return facts.submitted.aggregate(n=Sum("n_supporters", default=0))["n"]


SUPPORTERS = Number(
    key="supporters",
    shape=int,
    since=3,
    query=supporters,
    docs="How often residents declared their support.",
    name=name(),
    sentence=name(),
    source=OF_PROPOSALS,
    counted="declarations",
)
SUPPORT_FOR_ADOPTED = Quotient(
    key="support_for_adopted",
    shape=Share,
    since=3,
    query=lambda facts: facts.share("support for adopted proposals of all support", 11, supporters(facts)),
    docs="What part of all support went to adopted proposals.",
    name="Support that was heard",
    sentence="What part of all support went to adopted proposals.",
    source=OF_PROPOSALS,
)


def by_language(report: Report, counts: dict[str, int]) -> list[Table]:
    columns = headings(("Language", Unit.WORDS), ("Texts", Unit.NUMBER))
    return [Table("by_language", "By language of the text", columns, [[*row] for row in counts.items()])]


BY_LANGUAGE: Breakdown[dict[str, int]] = Breakdown(
    key="by_language",
    shape=dict[str, int],
    since=3,
    query=lambda facts: {"ko": facts.n_submitted},
    docs="Proposals by the language in which they were written.",
    section=Section("In which language"),
    write=by_language,
)


@pytest.fixture(scope="module")
def plugged(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Snapshot]:
    """The report of a round of two projects, supported 11 and 33 times, with three more figures in it."""
    added: list[Entry[Any]] = [SUPPORTERS, SUPPORT_FOR_ADOPTED, BY_LANGUAGE]
    with django_db_blocker.unblock(), transaction.atomic():
        round = make_vote(costs=(600, 300))
        for code, n in zip(codes(round), (11, 33), strict=True):
            Proposal.objects.filter(round=round, code=code).update(n_supporters=n)
        cast_by(voter_of(round), codes(round)[0])
        round = certify(round)
        FIGURES.extend(added)
        try:
            yield services.take_snapshot(round, actor=None)
        finally:
            for figure in added:
                FIGURES.remove(figure)
            transaction.set_rollback(True)


def page(snapshot: Snapshot, language: str) -> str:
    url = f"/{snapshot.round.authority.slug}/{snapshot.round.slug}/report/"
    return Client().get(url, headers={"accept-language": language}).content.decode()


def test_it_is_in_the_document_and_raises_its_format(plugged: Snapshot):
    assert plugged.document["format"] == 3
    assert plugged.document["supporters"] == 44
    assert plugged.document["support_for_adopted"]["display"] == "25.0"
    assert plugged.document["by_language"] == {"ko": 2}


@pytest.mark.parametrize("language", NAMES)
def test_it_is_on_the_page_in_each_language(plugged: Snapshot, language: str):
    figures = page(plugged, language).split('<dl class="pb-figures">')[1].split("</dl>")[0]

    card = figures.split(f"<dt>{NAMES[language]}</dt>")[1].split("</div>")[0]
    assert '<dd class="pb-figure__value">44</dd>' in card


def test_a_share_and_a_table_are_drawn_on_the_page_too(plugged: Snapshot):
    shown = page(plugged, "en")

    card = shown.split("<dt>Support that was heard</dt>")[1].split("</div>")[0]
    assert "25.0%" in card
    assert "11 of 44" in card
    assert "pb-figure__bar" in card
    table = shown.split("<h2>In which language</h2>")[1].split("</table>")[0]
    assert re.sub(r"\s+", "", table).endswith(
        '<thscope="row">ko</th><tdclass="pb-table__number"data-label="Texts">2</td></tr></tbody>'
    )


@pytest.mark.parametrize("language", NAMES)
def test_it_is_in_every_file(plugged: Snapshot, language: str):
    with translation.override(language):
        made = {form: files.report_file(plugged, form) for form in ("csv", "xlsx", "pdf", "json")}

    assert f"{NAMES[language]},44,declarations," in made["csv"].decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(made["xlsx"]))
    cells = [row[:3] for row in book.worksheets[1].iter_rows(values_only=True)]
    assert (NAMES[language], 44, "declarations") in cells
    assert list(book["By language of the text"].iter_rows(values_only=True)) == [
        ("Language", "Texts"),
        ("ko", 2),
    ]
    told = subprocess.run(["pdftotext", "-raw", "-", "-"], input=made["pdf"], capture_output=True, check=True)
    said = re.sub(r"\s+", "", told.stdout.decode())
    assert re.sub(r"\s+", "", f"{NAMES[language]}44declarations") in said
    assert f"Supportthatwasheard{'25,0' if language == 'vi' else '25.0'}" in said
    assert b'"supporters":44' in made["json"]


def test_it_is_in_the_answer_of_the_api_and_in_its_description(plugged: Snapshot):
    answer = Client().get(f"/api/v1/rounds/{plugged.round.full_slug}/report/").json()
    described = Client().get("/api/v1/schema/").json()["components"]["schemas"]["Report"]

    assert list(answer)[-3:] == ["supporters", "support_for_adopted", "by_language"]
    assert answer["supporters"] == 44
    assert described["properties"]["supporters"] == {
        "type": "integer",
        "description": "How often residents declared their support.",
    }
    # Reports of an earlier format do not have it.
    assert "supporters" not in described["required"]
    assert "submitted" in described["required"]


@pytest.mark.parametrize(("format", "missing"), [(2, set()), (1, {"vote"})])
def test_a_report_from_before_it_is_read_and_says_nothing_of_it(
    plugged: Snapshot, format: int, missing: set[str]
):
    newer = {"supporters", "support_for_adopted", "by_language"} | missing
    old = {key: value for key, value in plugged.document.items() if key not in newer} | {"format": format}
    report = assembly.read(old)
    snapshot = Snapshot(round=plugged.round, number=1, taken_at=plugged.taken_at, document=old)

    with translation.override("en"):
        said = files.report_file(snapshot, "csv").decode()

    assert report.stored() == old
    assert "Declarations of support" not in said
    assert ("How the votes were counted" in said) is (format == 2)
