"""Reading the lists of places in `places/data/`: what each country's register says, as records."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

_DATA = Path(__file__).parent / "data"
# The one dong of the list that has ended: the list names it in Korean only.
_OLD_DONG = {"en": "Irwon 2-dong", "th": "อิรว็อน 2-ดง", "vi": "Irwon 2-dong"}
# Since when Viet Nam has two tiers of local government.
TWO_TIERS = date(2025, 7, 1)


@dataclass(frozen=True, slots=True)
class AreaRecord:
    """A place as its country's register lists it. `parent` is the code of the place around it."""

    country: str
    code: str
    kind: str
    name: Mapping[str, str]
    parent: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class SuccessionRecord:
    """One place replaced by another on a day; both by country and code."""

    country: str
    predecessor: str
    successor: str
    on: date


@dataclass(frozen=True, slots=True)
class Tree:
    """Places, parents before children, and what became of those that ended."""

    places: list[AreaRecord]
    successions: list[SuccessionRecord]


def gangnam() -> Tree:
    """Seoul, Gangnam-gu and its 22 administrative dongs; one dong that has ended."""
    seoul, gu = "1100000000", "1168000000"
    source = "Ministry of the Interior and Safety, administrative dong codes"
    places = [
        AreaRecord(
            "KR",
            seoul,
            "city",
            {"ko": "서울특별시", "en": "Seoul", "th": "โซล", "vi": "Seoul"},
            source=source,
        ),
        AreaRecord(
            "KR",
            gu,
            "gu",
            {"ko": "강남구", "en": "Gangnam-gu", "th": "เขตคังนัม", "vi": "Quận Gangnam"},
            seoul,
            latitude=Decimal("37.51720"),
            longitude=Decimal("127.04730"),
            source=source,
        ),
    ]
    successions = []
    for row in _rows("gangnam_dongs.csv"):
        since = _day(row["valid_from"])
        if row["predecessor_code"]:
            assert since is not None
            places.append(
                AreaRecord(
                    "KR",
                    row["predecessor_code"],
                    "dong",
                    _OLD_DONG | {"ko": row["predecessor_ko"]},
                    gu,
                    valid_until=since,
                    source=source,
                )
            )
            successions.append(SuccessionRecord("KR", row["predecessor_code"], row["code"], since))
        # Vietnamese texts write Korean places in the official romanisation.
        name = {"ko": row["name_ko"], "en": row["name_en"], "th": row["name_th"], "vi": row["name_en"]}
        places.append(
            AreaRecord(
                "KR",
                row["code"],
                "dong",
                name,
                gu,
                valid_from=since,
                latitude=Decimal(row["lat"]),
                longitude=Decimal(row["lng"]),
                source=source,
            )
        )
    return Tree(places, successions)


def thailand() -> Tree:
    """Thailand's 77 provinces; of Chon Buri also the 11 districts and 92 sub-districts."""
    source = "Department of Provincial Administration"
    places = [
        # The number is the file's own: "p" keeps it apart from official codes.
        AreaRecord("TH", f"p{row['id']}", "province", _thai(row), source=source)
        for row in _rows("th_provinces.csv")
    ]
    places += [
        AreaRecord("TH", row["id"], "district", _thai(row), f"p{row['province_id']}", source=source)
        for row in _rows("th_chonburi_districts.csv")
    ]
    places += [
        AreaRecord("TH", row["id"], "sub-district", _thai(row), row["district_id"], source=source)
        for row in _rows("th_chonburi_subdistricts.csv")
    ]
    return Tree(places, [])


def vietnam() -> Tree:
    """Viet Nam's 34 provinces and 3,321 communes since 1 July 2025, and what merged into them."""
    source = "General Statistics Office; two-tier local government from 1 July 2025"
    places = [
        AreaRecord("VN", row["code"], "province", _vietnamese(row), valid_from=TWO_TIERS, source=source)
        for row in _rows("vn_provinces_2025-07-01.csv")
    ]
    places += [
        AreaRecord(
            "VN",
            row["code"],
            "commune",
            _vietnamese(row),
            row["province_code"],
            valid_from=TWO_TIERS,
            source=source,
        )
        for row in _rows("vn_communes_2025-07-01.csv")
    ]
    successions = []
    for row in _rows("vn_merged_provinces.csv"):
        on = date.fromisoformat(row["on"])
        name = {"vi": row["name_vi"], "en": row["name_en"]}
        places.append(AreaRecord("VN", row["code"], "province", name, valid_until=on, source=source))
        successions.append(SuccessionRecord("VN", row["code"], row["into"], on))
    return Tree(places, successions)


TREES = {"gangnam": gangnam, "thailand": thailand, "vietnam": vietnam}


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _thai(row: Mapping[str, str]) -> dict[str, str]:
    return {"th": row["name_th"], "en": row["name_en"]}


def _vietnamese(row: Mapping[str, str]) -> dict[str, str]:
    return {"vi": row["full_name_vi"], "en": row["full_name_en"]}
