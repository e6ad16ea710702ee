"""Recall of personal data in texts: five hundred and more made-up ones per language, disguised.

Every number is invented here, with its own check digit, by other code than the one that looks for it.
"""

import csv
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from moderation.hints import Kind, find

PER_LANGUAGE = 600
# What people are asked to leave out; addresses are hints only, since a project stands somewhere.
ASKED = frozenset({Kind.NATIONAL_ID, Kind.PHONE, Kind.EMAIL, Kind.MESSENGER})
NAMES = ("somchai", "minji.kim", "nguyen_van", "sample.person", "a1", "jane-roe", "p.ji+garden")
HOSTS = ("example.org", "mail.example.com", "example.co.kr", "example.in.th", "example.vn")

# Letters on both sides without a space, as Thai and Korean are written, and with one.
SENTENCES = {
    "ko": (
        "연락은{}로 주세요",
        "제 번호 {} 입니다.",
        "담당자({})에게 문의하면 됩니다",
        "공원에 벤치를 놓아 주세요. {}",
        "{}",
    ),
    "th": ("ติดต่อ{}ได้เลย", "เบอร์ของผม {} ครับ", "ถามได้ที่({})ทุกวัน", "อยากให้มีม้านั่งในสวน {}", "{}"),
    "vi": ("gọi {} nhé", "Số của tôi là {}.", "liên hệ ({}) mỗi ngày", "Xin đặt ghế ở công viên. {}", "{}"),
    "en": ("call {} please", "My number is {}.", "ask ({}) any day", "Put a bench in the park. {}", "{}"),
}


def _digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def _thai_id(rng: random.Random) -> str:
    first = rng.choice("12345678") + _digits(rng, 11)
    total = sum((13 - place) * int(digit) for place, digit in enumerate(first))
    number = first + str((11 - total % 11) % 10)
    if rng.random() < 0.6:
        return f"{number[0]}-{number[1:5]}-{number[5:10]}-{number[10:12]}-{number[12]}"
    return number


def _korean_id(rng: random.Random) -> str:
    born = f"{rng.randrange(100):02}{rng.randrange(1, 13):02}{rng.randrange(1, 29):02}"
    number = rng.choice("12345678") + _digits(rng, 6)
    return born + rng.choice(("-", "", " - ")) + number


def _vietnamese_id(rng: random.Random) -> str:
    number = f"{rng.randrange(1, 97):03}{_digits(rng, 9)}"
    return rng.choice((number, f"{number[:3]} {number[3:6]} {number[6:]}", f"{number[:6]}.{number[6:]}"))


def _grouped(rng: random.Random, *groups: str) -> str:
    return rng.choice(("-", " ", ".", "", " - ")).join(groups)


def _korean_phone(rng: random.Random) -> str:
    return _grouped(rng, rng.choice(("010", "+82 10", "011", "+8210")), _digits(rng, 4), _digits(rng, 4))


def _thai_phone(rng: random.Random) -> str:
    start = rng.choice("689")
    return _grouped(
        rng, rng.choice((f"0{start}", f"+66 {start}")) + _digits(rng, 1), _digits(rng, 3), _digits(rng, 4)
    )


def _vietnamese_phone(rng: random.Random) -> str:
    start = rng.choice("35789") + _digits(rng, 2)
    return _grouped(rng, rng.choice((f"0{start}", f"+84 {start}")), _digits(rng, 3), _digits(rng, 3))


def _foreign_phone(rng: random.Random) -> str:
    return _grouped(rng, rng.choice(("+48 601", "+44 20", "+1 202")), _digits(rng, 3), _digits(rng, 4))


def _email(rng: random.Random) -> str:
    return rng.choice(("{}@{}", "{} @ {}", "{}(at){}", "{} [at] {}")).format(
        rng.choice(NAMES), rng.choice(HOSTS)
    )


KINDS: dict[str, tuple[tuple[Kind, Callable[[random.Random], str]], ...]] = {
    "ko": ((Kind.NATIONAL_ID, _korean_id), (Kind.PHONE, _korean_phone), (Kind.EMAIL, _email)),
    "th": ((Kind.NATIONAL_ID, _thai_id), (Kind.PHONE, _thai_phone), (Kind.EMAIL, _email)),
    "vi": ((Kind.NATIONAL_ID, _vietnamese_id), (Kind.PHONE, _vietnamese_phone), (Kind.EMAIL, _email)),
    "en": ((Kind.NATIONAL_ID, _thai_id), (Kind.PHONE, _foreign_phone), (Kind.EMAIL, _email)),
}


def _plain(rng: random.Random, text: str) -> str:
    return text


def _full_width(rng: random.Random, text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


def _thai_digits(rng: random.Random, text: str) -> str:
    return "".join(chr(0x0E50 + int(sign)) if sign.isascii() and sign.isdigit() else sign for sign in text)


def _invisible(rng: random.Random, text: str) -> str:
    return "".join(sign + rng.choice(("", "", "\u200b", "\u200d", "\u2060", "\ufeff")) for sign in text)


def _long_dash(rng: random.Random, text: str) -> str:
    return text.replace("-", "–")


DISGUISES = (_plain, _full_width, _thai_digits, _invisible, _long_dash)


@pytest.mark.parametrize("language", ["ko", "th", "vi", "en"])
def test_t66_disguised_numbers_and_addresses_are_noticed_in(language):
    rng = random.Random(f"personal data in {language}")
    noticed, total = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    missed = []
    for number in range(PER_LANGUAGE):
        kind, make = KINDS[language][number % len(KINDS[language])]
        disguise = DISGUISES[number // 3 % len(DISGUISES)]
        text = SENTENCES[language][rng.randrange(5)].format(disguise(rng, make(rng)))
        found = {hint.kind for hint in find(text)}
        for group in ((kind.value, "all"), ("all", disguise.__name__)):
            total[group] += 1
            noticed[group] += bool(found & ASKED)
        if not found & ASKED:
            missed.append(text)

    assert sum(count for (_, how), count in total.items() if how == "all") == PER_LANGUAGE
    recalls = {group: noticed[group] / total[group] for group in total}
    assert {group: recall for group, recall in recalls.items() if recall < 0.95} == {}, missed[:20]


@pytest.mark.shared
def test_t66_the_seed_proposals_and_the_demos_texts_are_left_alone(shared: Path):
    texts = []
    with (shared / "data" / "gangnam-2025h2" / "proposals.csv").open(encoding="utf-8", newline="") as lines:
        texts += [row[f"title_{code}"] for row in csv.DictReader(lines) for code in ("ko", "en", "th")]
    demo = Path(__file__).parents[2] / "devtools" / "demo" / "data"
    for name in ("proposals.csv", "texts.csv"):
        with (demo / name).open(encoding="utf-8", newline="") as lines:
            texts += [cell for row in csv.DictReader(lines) for cell in row.values() if len(cell or "") > 20]

    hits = [text for text in texts if {hint.kind for hint in find(text)} & ASKED]

    assert len(texts) > 1260
    assert len(hits) <= len(texts) // 100, hits[:10]


def test_t66_budgets_dates_coordinates_and_codes_are_left_alone():
    rng = random.Random("budgets")
    shapes = (
        lambda: f"예산 {rng.randrange(1, 10**10):,}원",
        lambda: (
            f"งบประมาณ {rng.randrange(1, 10**9):,}.{rng.randrange(100):02} บาท ปี {rng.randrange(2560, 2570)}"
        ),
        lambda: f"Kinh phí {rng.randrange(1, 10**10):,} đồng".replace(",", "."),
        lambda: (
            f"{rng.randrange(2020, 2030)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02} 10:00-18:00"
        ),
        lambda: f"37.{_digits(rng, 4)}, 127.{_digits(rng, 4)}",
        lambda: f"GN-2025-{rng.randrange(1, 421):04}, road {rng.randrange(1, 100)}-{rng.randrange(1, 30)}",
        lambda: f"{rng.randrange(1, 500)} trees, {rng.randrange(1, 90)} lamps, {rng.randrange(1, 20)} km",
    )
    texts = [shapes[number % len(shapes)]() for number in range(700)]

    hits = [text for text in texts if {hint.kind for hint in find(text)} & ASKED]

    assert len(hits) <= 7, hits[:10]
