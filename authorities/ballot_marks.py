"""The mark that voters put next to a choice on a paper ballot, by country."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final


class BallotMark(StrEnum):
    """A mark next to an option on a paper ballot. Sheets, clerks' rules and the setting use these codes."""

    CIRCLE = "circle"
    CROSS = "cross"
    TICK = "tick"


# Ballots are not marked with a cross in countries where a cross means no.
_BY_COUNTRY: Final = MappingProxyType(
    {"KR": BallotMark.CIRCLE, "TH": BallotMark.CROSS, "VN": BallotMark.TICK}
)


def usual_mark(country: str) -> BallotMark:
    """Return the mark that voters of a country (ISO 3166-1 alpha-2) are used to; a cross elsewhere."""
    return _BY_COUNTRY.get(country, BallotMark.CROSS)
