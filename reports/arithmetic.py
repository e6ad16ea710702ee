"""Arithmetic of a report's figures: exact until the moment of display. Unknown is not zero."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction


class Rounding(StrEnum):
    """Rounding of an exact figure to the digits shown."""

    TRUNCATE = "truncate"
    HALF_UP = "half_up"


def shown(exact: Fraction, decimals: int, rounding: Rounding) -> str:
    """Return the digits of `exact` with that many decimals: `shown(Fraction(80, 3), 1, TRUNCATE)` is "26.6".

    Truncation is towards zero; half goes away from zero.
    """
    # Whole numbers of the last decimal, rounded here so that no division of decimals rounds before.
    scaled = exact * 10**decimals
    whole, rest = divmod(abs(scaled.numerator), scaled.denominator)
    if rounding is Rounding.HALF_UP and 2 * rest >= scaled.denominator:
        whole += 1
    digits = Decimal(whole).scaleb(-decimals)
    return f"{-digits if scaled < 0 and whole else digits:f}"


def percent_of(numerator: int, denominator: int) -> Fraction | None:
    """Return the exact share in percent; None for a share of nothing."""
    return Fraction(100 * numerator, denominator) if denominator else None


@dataclass(frozen=True, slots=True)
class Gap:
    """The gap between a share by number and its target."""

    needed: int
    missing: int
    # Percentage points from the exact share up to the target, exact; negative when it is passed.
    points: Fraction


def gap(numerator: int, denominator: int, target_percent: Decimal) -> Gap | None:
    """Return what is missing from a share to the target, in whole proposals and in points.

    `needed` is the smallest number that reaches the target. None for a share of nothing.
    """
    exact = percent_of(numerator, denominator)
    if exact is None:
        return None
    target = Fraction(target_percent)
    needed = -(-(target * denominator) // 100)
    return Gap(needed=needed, missing=max(0, needed - numerator), points=target - exact)
