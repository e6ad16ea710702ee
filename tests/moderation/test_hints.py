"""Findings of the automatic check, and texts it leaves alone."""

import csv
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from moderation.hints import PERSONAL_DATA, Kind, find

EXPECTED = {
    "personal_data": PERSONAL_DATA,
    "spam": {Kind.LINK, Kind.ADVERTISING},
    "abuse": {Kind.ABUSE},
    "political": {Kind.POLITICAL},
    "personal_gain": {Kind.PERSONAL_GAIN},
}


def _kinds(text: str) -> set[Kind]:
    return {hint.kind for hint in find(text)}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        # Made-up numbers with true checksums and dates.
        ("เลข 1-1037-02071-81-1 ของเขา", Kind.NATIONAL_ID),
        ("เลข ๑-๑๐๓๗-๐๒๐๗๑-๘๑-๑ ของเขา", Kind.NATIONAL_ID),
        ("번호는900101-1234567입니다", Kind.NATIONAL_ID),
        ("번호는９００１０１-１２３４５６７입니다", Kind.NATIONAL_ID),
        ("Số 001 099 012345 là của ông ấy", Kind.NATIONAL_ID),
        ("CCCD 000000000000", Kind.NATIONAL_ID),
        ("โทร 081-234-5678", Kind.PHONE),
        ("โทร0\u200b8\u200b12345678", Kind.PHONE),
        ("+66 81 234 5678", Kind.PHONE),
        ("연락은010-1234-5678로", Kind.PHONE),
        ("+82 10 1234 5678", Kind.PHONE),
        ("gọi 0912 345 678", Kind.PHONE),
        ("+84912345678", Kind.PHONE),
        ("+48 601 234 567", Kind.PHONE),
        ("sample.person@example.org", Kind.EMAIL),
        ("sample (at) example (dot) org", Kind.EMAIL),
        ("ไลน์ไอดี: person99", Kind.MESSENGER),
        ("카카오톡 아이디 person99", Kind.MESSENGER),
        ("Zalo: 0person", Kind.MESSENGER),
        ("บ้านเลขที่ 12/3", Kind.ADDRESS),
        ("역삼1동 ○○아파트 101동 1203호", Kind.ADDRESS),
        ("căn hộ 1203", Kind.ADDRESS),
        ("he lives in flat 12", Kind.ADDRESS),
        ("www.spam.example/win", Kind.LINK),
        ("đồ ngu", Kind.ABUSE),
    ],
)
def test_it_notices(text: str, kind: Kind):
    assert kind in _kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "예산 4,000,000,000원 가운데 3,998,700,000원",
        "งบประมาณ 1,250,000 บาท ปี 2568",
        "Kinh phí 1.250.000.000 đồng, năm 2026",
        "In 2025 there were 420 proposals, 112 of them adopted; phase 2 runs 2026-03-01 to 2026-03-31.",
        "Bus stop 23-105 at 37.5126, 127.0595",
        "ข้อเสนอ GN-2025-0123",
        "13 numbers: 1 2 3",
        "1234567890123",
    ],
)
def test_it_leaves_budgets_dates_and_codes_alone(text: str):
    assert not _kinds(text) & {Kind.NATIONAL_ID, Kind.PHONE, Kind.EMAIL, Kind.MESSENGER}


def test_hints_point_at_the_characters_as_they_were_typed():
    text = "หมายเลข ๐๘\u200b๑-๒๓๔-๕๖๗๘ ครับ"

    (hint,) = find(text)

    assert hint.kind == Kind.PHONE
    assert text[hint.start : hint.end] == "๐๘\u200b๑-๒๓๔-๕๖๗๘"


def test_letters_with_their_marks_apart_are_the_same_letters():
    composed = "đồ ngu"
    apart = unicodedata.normalize("NFD", composed)

    assert len(apart) > len(composed)
    assert _kinds(apart) == _kinds(composed) == {Kind.ABUSE}
    (hint,) = find(f"x {apart}!")
    assert f"x {apart}!"[hint.start : hint.end] == apart


def test_a_long_text_of_digits_and_dots_is_read_quickly_enough_to_finish():
    # Nested repeats would take minutes here.
    assert find("1 . - " * 700 + "a@" * 700 + "." * 700) is not None


@pytest.mark.shared
def test_every_labelled_comment_to_reject_but_the_off_topic_ones_is_noticed(shared: Path):
    noticed, total = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    clean = Counter[bool]()
    with (shared / "data" / "moderation" / "labelled_comments.csv").open(
        encoding="utf-8", newline=""
    ) as lines:
        for row in csv.DictReader(lines):
            kinds = _kinds(row["text"])
            if row["gold"] == "approve":
                clean[not kinds] += 1
            if not row["gold"].startswith("reject:"):
                continue
            label = row["gold"].removeprefix("reject:")
            total[label, row["lang"]] += 1
            noticed[label, row["lang"]] += bool(kinds & EXPECTED.get(label, frozenset()))

    missed = {key: total[key] - noticed[key] for key in total if noticed[key] < total[key]}
    # Whether a text belongs here is for people to say.
    assert missed == {("off_topic", "ko"): 2, ("off_topic", "en"): 1}
    assert clean == {True: 13}


@pytest.mark.shared
def test_titles_of_proposals_are_left_alone(shared: Path):
    with (shared / "data" / "gangnam-2025h2" / "proposals.csv").open(encoding="utf-8", newline="") as lines:
        titles = [row[f"title_{code}"] for row in csv.DictReader(lines) for code in ("ko", "en", "th")]

    hits = [title for title in titles if find(title)]

    assert len(titles) == 1260
    assert hits == []
