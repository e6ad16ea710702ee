"""A report explains the vote: the same figures and sentences on the page, in CSV, XLSX and PDF."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone, translation
from pydantic import ValidationError
from pytest_django import DjangoDbBlocker

from core.canonical import canonical
from identity.roles import Role
from identity.verification.models import AgeGroup
from reports import assembly, services
from reports.models import Snapshot
from reports.render import files, tables
from reports.render.tables import Column, Table, Unit
from reports.schema import Vote
from rounds.models import Round
from tests.factories import make_official
from tests.voting.votes import (
    cast_by,
    codes,
    end_voting,
    fresh,
    make_vote,
    make_vote_of_ages,
    triggers_asleep,
    voter_of,
)
from voting.ballots import services as ballots_services
from voting.counting import services as counting_services
from voting.counting.models import Tally
from voting.polls import services as polls_services

pytestmark = pytest.mark.django_db

LANGUAGES = ("en", "ko", "th", "vi")
FORMS = ("page", "csv", "xlsx", "pdf")


@dataclass(frozen=True)
class Made:
    round: Round
    snapshot: Snapshot
    code: dict[str, str]


def certify(round: Round) -> Round:
    counting_services.count(end_voting(round))
    for role in (Role.BUDGET_OFFICER, Role.AUTHORITY_ADMIN):
        counting_services.certify(round, actor=make_official(round.authority, role))
    return fresh(round)


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Made]:
    """Six voters, 1,200 won. By equal shares of 200, B (300) and C (400) are funded, and A (900) is not.

    Each of B's three voters pays 100, each of C's two pays 200; then A's four voters have 500 left.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        round = make_vote(costs=(900, 300, 400, 600), budget_minor=1200, freeze=False)
        polls_services.choose_rule(round, actor=None, rule="equal-shares")
        ballots_services.freeze_rules(round, actor=None)
        round = fresh(round)
        code = dict(zip("ABCD", codes(round), strict=True))
        for chosen in ("AB", "AB", "AB", "A", "C", "C"):
            cast_by(voter_of(round), *(code[letter] for letter in chosen))
        round = certify(round)
        yield Made(round, services.take_snapshot(round, actor=None), code)
        transaction.set_rollback(True)


def printed(content: bytes) -> str:
    """The words of a PDF in the order in which they are read, without spaces and line breaks."""
    told = subprocess.run(["pdftotext", "-raw", "-", "-"], input=content, capture_output=True, check=True)
    return squeezed(told.stdout.decode())


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def written(snapshot: Snapshot, form: str, language: str) -> str:
    """Everything that a form of the report says, without spaces."""
    if form == "page":
        round = snapshot.round
        url = f"/{round.authority.slug}/{round.slug}/report/{snapshot.number}/"
        answer = Client().get(url, headers={"accept-language": language})
        assert answer.status_code == 200
        return squeezed(answer.content.decode())
    with translation.override(language):
        content = files.report_file(snapshot, form)
    if form == "csv":
        return squeezed(content.decode("utf-8-sig"))
    if form == "pdf":
        return printed(content)
    book = openpyxl.load_workbook(io.BytesIO(content))
    return squeezed(
        "\n".join(
            str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell
        )
    )


def test_the_document_keeps_steps_prices_reasons_rivals_and_smallest_changes(made: Made):
    vote = made.snapshot.document["vote"]

    (paper,) = vote["papers"]
    rows = {row["code"]: row for row in paper["projects"]}
    assert made.snapshot.document["format"] == 2
    assert (vote["setting"]["rule"], vote["smallest_cell"]) == ("equal-shares", 10)
    assert paper["funded"] == [made.code["B"], made.code["C"]]
    assert paper["not_funded"] == [made.code["A"], made.code["D"]]
    assert rows[made.code["B"]]["why"] == {
        "code": "by_equal_shares",
        "params": {
            "step": 1,
            "score": 3,
            "votes": 3,
            "cost": 300,
            "left": 1200,
            "effective_votes": "3",
            "price": 100,
        },
    }
    assert rows[made.code["A"]]["why"]["code"] == "supporters_money_short"
    assert rows[made.code["A"]]["why"]["params"]["money_behind"] == 500
    # A fifth voter brings 200 and is one more to share with: 1,200 over five is 240 each, 960 of 900 needed.
    assert rows[made.code["A"]]["change"] == {
        "code": "votes_or_cost",
        "params": {"more_votes": 1, "cost_at_most": 800},
    }
    assert rows[made.code["A"]]["lost_to"] == [{"code": made.code["B"], "shared": 3}]
    (other,) = paper["beside"]
    assert (other["rule"], other["cost"], other["served"]) == ("greedy", 1200, 4)
    assert (other["better_off"], other["worse_off"]) == (4, 2)
    assert (paper["ballots"], paper["voters"], paper["served"], paper["cost"]) == (6, 6, 5, 700)
    assert "sentence" not in str(vote)


def test_everything_the_document_keeps_of_the_vote_is_described_as_open_data(made: Made):
    vote = made.snapshot.document["vote"]

    assert Vote.read(vote).stored() == vote
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        Vote.read(vote | {"undescribed": 1})
    assert Client().get(f"/api/v1/rounds/{made.round.full_slug}/report/").json()["vote"] == vote


SENTENCES = {
    "en": [
        "Bought in step 1 with 3 effective votes: each supporter paid ₩100, or all they had left.",
        "It needed ₩900; the voters who chose it had ₩500 left between them.",
        "With 1 more vote, or at a cost of ₩800, it would have been funded.",
        "Nobody voted for it.",
        "5 of 6 (83%)",
    ],
    "ko": [
        "환산 득표 3표로 1단계에서 선정되었습니다. "
        "선택한 사람은 각자 100원 또는 남은 몫 전부를 부담했습니다.",
        "필요한 금액은 900원인데 선택한 사람들에게 남은 몫을 모두 합치면 500원입니다.",
        "1표를 더 얻거나 사업비가 800원 이하였다면 선정되었을 것입니다.",
        "득표가 없었습니다.",
        "6 중 5(83%)",
    ],
    "th": [
        "ต้องใช้ 900 วอน แต่ผู้ที่เลือกมีส่วนแบ่งเหลือรวมกัน 500 วอน",
        "หรือลดค่าใช้จ่ายเหลือ 800 วอน ก็จะได้รับการคัดเลือก",
        "ไม่มีผู้ลงคะแนนให้",
        "5 จาก 6 (83%)",
    ],
    "vi": [
        "Được lựa chọn ở bước 1, với 3 phiếu quy đổi: mỗi người đã chọn dự án đóng góp 100 won, "
        "hoặc toàn bộ phần còn lại của mình.",
        "Dự án cần 900 won; phần còn lại của những người đã chọn cộng lại chỉ có 500 won.",
        "Nếu có thêm 1 phiếu, hoặc nếu kinh phí là 800 won, thì dự án đã được lựa chọn.",
        "Không có ai chọn dự án này.",
        "5 trên 6 (83%)",
    ],
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_the_same_sentences_in_the_readers_language(made: Made, form: str, language: str):
    said = written(made.snapshot, form, language)

    for sentence in SENTENCES[language]:
        assert squeezed(sentence) in said


def test_the_workbook_holds_the_changes_as_numbers(made: Made):
    with translation.override("en"):
        book = openpyxl.load_workbook(io.BytesIO(files.report_file(made.snapshot, "xlsx")))

    funded = list(book["Funded by the vote"].iter_rows(values_only=True))
    not_funded = list(book["Not funded by the vote"].iter_rows(values_only=True))
    rules = list(book["Results under other rules"].iter_rows(values_only=True))
    # Step, number, title, votes, cost, effective votes, price.
    assert [(row[0], row[1], row[3], row[4], row[5], row[6]) for row in funded[1:3]] == [
        (1, made.code["B"], 3, 300, 3, 100),
        (2, made.code["C"], 2, 400, 2, 200),
    ]
    assert funded[3][4] == 700
    assert [(row[0], row[2], row[3], row[6], row[7]) for row in not_funded[1:]] == [
        (made.code["A"], 4, 900, 1, 800),
        (made.code["D"], 0, 600, None, None),
    ]
    assert str(not_funded[1][8]).endswith(" (3)")
    assert rules[1:3] == [
        ("Equal shares", "decides", 2, 700, 5, None, None),
        ("Most votes first", "analysis", 2, 1200, 4, 4, 2),
    ]
    assert rules[-1][0] == "For analysis only. The rule that decides was published before the vote."


def test_that_others_had_more_votes_is_not_said_where_equal_shares_decided(made: Made):
    said = written(made.snapshot, "csv", "en")

    # A, which is not funded, has more votes than both that are.
    assert squeezed("The budget was spent on projects with more votes") not in said
    assert squeezed("The count did not fund it.,Not adopted,2") in said


@pytest.mark.parametrize("form", ["csv", "xlsx", "pdf"])
def test_the_councils_file_says_how_each_project_was_funded(made: Made, form: str):
    with translation.override("ko"):
        content, n_rows = files.adopted_file(made.snapshot, form)

    assert n_rows == 2
    if form == "csv":
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        assert {row[0]: row[-1] for row in rows[1:-1]}[made.code["B"]] == SENTENCES["ko"][0]
    elif form == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(content))
        cells = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
        assert {SENTENCES["ko"][0], SENTENCES["ko"][1], SENTENCES["ko"][2]} <= cells
    else:
        said = printed(content)
        assert squeezed(SENTENCES["ko"][0]) in said
        assert squeezed(SENTENCES["ko"][1]) in said


def test_a_project_the_council_took_without_the_vote_is_told_so(made: Made):
    document = made.snapshot.document
    codes_of_both = [made.code["A"], "OTHER-1"]
    taken = [document["adopted_projects"][0] | {"code": code} for code in codes_of_both]
    changed = document | {"adopted_projects": taken}
    snapshot = Snapshot(round=made.round, number=9, taken_at=made.snapshot.taken_at, document=changed)

    with translation.override("en"):
        content, _ = files.adopted_file(snapshot, "csv")

    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert [row[-1] for row in rows[1:3]] == [
        "The count did not fund it.",
        "It was not on any ballot.",
    ]


def stored(round: Round, document: dict[str, Any]) -> Snapshot:
    return Snapshot.objects.create(
        round=round,
        number=1,
        taken_at=timezone.now(),
        document=document,
        sha256=hashlib.sha256(canonical(document)).hexdigest(),
    )


def uncounted() -> tuple[Round, dict[str, Any]]:
    round = make_vote()
    return round, assembly.report_of(round, now=timezone.now()).stored()


@pytest.mark.parametrize("form", FORMS)
def test_a_report_of_the_first_format_opens_and_says_nothing_of_the_vote(form: str):
    round, document = uncounted()
    del document["vote"]
    snapshot = stored(round, document | {"format": 1})

    said = written(snapshot, form, "en")

    assert squeezed("How the votes were counted") not in said
    assert squeezed("No certified result of a vote") not in said
    assert "vote" not in Client().get(f"/api/v1/rounds/{round.full_slug}/report/").json()


@pytest.mark.parametrize("form", FORMS)
def test_a_report_without_a_counted_vote_says_so_plainly(form: str):
    round, document = uncounted()
    snapshot = stored(round, document)

    said = written(snapshot, form, "en")

    assert document["vote"] is None
    assert (
        squeezed("No certified result of a vote on this platform existed when these figures were produced")
        in said
    )
    assert squeezed("under other rules") not in said


def test_a_count_that_nobody_has_certified_is_not_in_the_figures():
    round = make_vote(costs=(600, 300))
    cast_by(voter_of(round), codes(round)[0])
    counting_services.count(end_voting(round))
    before = assembly.report_of(round, now=timezone.now()).stored()["vote"]

    for role in (Role.BUDGET_OFFICER, Role.AUTHORITY_ADMIN):
        counting_services.certify(round, actor=make_official(round.authority, role))

    assert before is None
    assert assembly.report_of(round, now=timezone.now()).stored()["vote"]["papers"][0]["funded"] == [
        codes(round)[0]
    ]


def test_a_vote_of_another_shape_is_not_published():
    round = make_vote(costs=(600, 300))
    cast_by(voter_of(round), codes(round)[0])
    round = certify(round)
    tally = Tally.objects.get(ballot_style__round=round, is_decisive=True)
    outcome = tally.outcome
    outcome["figures"]["served"] = "many"
    with triggers_asleep():
        Tally.objects.filter(pk=tally.pk).update(outcome=outcome)

    with pytest.raises(ValidationError, match="served"):
        services.take_snapshot(round, actor=None)

    assert not Snapshot.objects.filter(round=round).exists()


@pytest.fixture(scope="module")
def few(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Snapshot]:
    """Twelve voters of 35 to 49 for the first project; eleven of 19 to 34 and three of 65 and over."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield services.take_snapshot(certify(make_vote_of_ages()), actor=None)
        transaction.set_rollback(True)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", [*FORMS, "json"])
def test_groups_with_few_voters_are_told_of_together_in_every_form(few: Snapshot, form: str, language: str):
    said = (
        squeezed(files.report_file(few, "json").decode()) if form == "json" else written(few, form, language)
    )

    assert few.document["vote"]["papers"][0]["by_group"] == {
        "age_group": [
            {"key": "35-49", "voters": 12, "served": 12, "money": 600},
            {"key": None, "voters": 14, "served": 14, "money": 300},
        ]
    }
    with translation.override(language):
        named = {
            band: f'"{band}"' if form == "json" else squeezed(str(AgeGroup(band).label)) for band in AgeGroup
        }
    assert named[AgeGroup("35-49")] in said
    assert [band for band in ("65+", "19-34") if named[AgeGroup(band)] in said] == []


def test_money_of_a_currency_with_decimals_is_written_in_whole_units():
    table = Table(
        "t", "T", [Column("Name", Unit.WORDS), Column("Cost", Unit.MONEY)], [["a", 1050]], ["All", 1050]
    )

    assert tables.as_rows(table, "THB") == [
        ["Name", "Cost"],
        ["a", Decimal("10.50")],
        ["All", Decimal("10.50")],
    ]
    assert tables.as_rows(table, "KRW") == [["Name", "Cost"], ["a", 1050], ["All", 1050]]
