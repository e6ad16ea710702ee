"""Names of public institutions, by country and language: data, because no word fits every country.

A Vietnamese council is a People's Council in every language, a Korean one in none. The catalogues' sentences
name no institution; they take one as a value, always in the middle of the sentence.
"""

import csv
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("institutions.csv")


class Institution(StrEnum):
    """An institution that takes part in a round."""

    COUNCIL = "council"
    ADMINISTRATION = "administration"


@cache
def _names() -> dict[tuple[str, str], Mapping[str, str]]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        return {(row["term"], row["country"]): row for row in csv.DictReader(file)}


def institution(term: Institution, country: str, language: str) -> str:
    """Return what an institution of a country (ISO 3166-1 alpha-2) is called in a language.

    For a country without names of its own, a word that fits anywhere; for a language without names, English.
    """
    names = _names().get((term, country)) or _names()[term, ""]
    return names.get(language) or names["en"]
