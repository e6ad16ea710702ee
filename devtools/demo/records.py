"""The demo's data files, read into plain values. Their sources are in `data/README.md`."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from authorities.services import DepartmentRecord
from core.i18n import LANGUAGES
from places.trees import AreaRecord, gangnam

DATA = Path(__file__).parent / "data"
GU = "1168000000"
# Rows of ballots.csv.
N_BALLOTS = 11_205


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _names(row: dict[str, str]) -> dict[str, str]:
    return {language: row[f"name_{language}"] for language in LANGUAGES}


def areas() -> list[AreaRecord]:
    """Return Seoul, Gangnam-gu and its dongs, and a dong that has ceased to exist; parents first."""
    return gangnam().places


def departments() -> list[DepartmentRecord]:
    """Return the departments, each with the categories it reviews."""
    categories: dict[str, dict[str, dict[str, str]]] = {}
    for row in _rows("categories.csv"):
        categories.setdefault(row["department"], {})[row["slug"]] = _names(row)
    return [
        DepartmentRecord(row["slug"], _names(row), categories.get(row["slug"], {}))
        for row in _rows("departments.csv")
    ]


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A synthetic proposal and what its review found. Cost in won."""

    code: str
    submitted_at: datetime
    track: str
    category: str
    area_code: str
    title: str
    translations: dict[str, dict[str, str]]
    cost_minor: int
    residency: str
    age_group: str
    is_foreign_resident: bool
    channel: str
    n_supporters: int
    # "ballot" for what was put to the vote.
    outcome: str
    reason: str
    referred_to: str
    merged_into: str
    # Later progress, if the proposal was adopted.
    progress: str


# The record tells visits to an office and letters apart from forms filled in by staff and on paper.
_CHANNELS = {"web": "web", "mobile": "mobile", "visit": "assisted", "post": "paper"}


def proposals() -> list[ProposalRow]:
    """Return the 420 proposals in order of submission."""
    return [
        ProposalRow(
            code=row["no"],
            submitted_at=datetime.fromisoformat(row["submitted_at"]),
            track=row["track"],
            category=row["category"],
            area_code=row["dong"],
            title=row["title_ko"],
            translations={"en": {"title": row["title_en"]}, "th": {"title": row["title_th"]}},
            cost_minor=int(row["cost"]),
            residency=row["proposer_class"],
            age_group=row["age_group"],
            is_foreign_resident=row["foreign"] == "1",
            channel=_CHANNELS[row["channel"]],
            n_supporters=int(row["supporters"]),
            outcome=row["outcome"],
            reason=row["reason_code"],
            referred_to=row["referred_to"],
            merged_into=row["merged_into"],
            progress=row["progress"],
        )
        for row in _rows("proposals.csv")
    ]


@dataclass(frozen=True, slots=True)
class BallotRow:
    """A synthetic ballot and the voter it came from."""

    voter: str
    residency: str
    # Empty for voters from outside.
    area_code: str
    age_group: str
    channel: str
    choices: tuple[str, ...]


def ballots() -> Iterator[BallotRow]:
    """Yield the ballots, N_BALLOTS of them, in the order of the file."""
    for row in _rows("ballots.csv"):
        yield BallotRow(
            voter=row["voter"],
            residency=row["class"],
            area_code=row["dong"],
            age_group=row["age_group"],
            channel=row["channel"],
            choices=tuple(row["choices"].split()),
        )


def descriptions() -> dict[str, dict[str, str]]:
    """Return a description per category and language, for the open demo rounds."""
    return {
        row["category"]: {language: row[f"body_{language}"] for language in LANGUAGES}
        for row in _rows("texts.csv")
    }


@dataclass(frozen=True, slots=True)
class CommentRow:
    """A synthetic comment; `is_published` says whether a moderator has let it pass already."""

    language: str
    is_published: bool
    text: str


def comments() -> list[CommentRow]:
    """Return comments for the open demo rounds."""
    return [
        CommentRow(row["language"], row["state"] == "published", row["text"]) for row in _rows("comments.csv")
    ]
