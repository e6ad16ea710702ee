"""The figures a report publishes: plain arithmetic on counts, exact until the moment of display.

Each figure carries what it was made of, so that a reader can redo it. Unknown is not zero: a share
of nothing has no display.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from core.cells import shown_apart

# Groups of fewer people than this are merged before publication.
SMALLEST_CELL = 5


class Rounding(StrEnum):
    """How an exact figure becomes the digits that are shown."""

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


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, in percent. `name` says what of what."""

    name: str
    numerator: int
    denominator: int
    decimals: int
    rounding: Rounding

    @property
    def percent(self) -> Fraction | None:
        """The exact share in percent; None for a share of nothing."""
        return Fraction(100 * self.numerator, self.denominator) if self.denominator else None

    @property
    def display(self) -> str:
        """The digits to show, without a sign; empty for a share of nothing."""
        return "" if self.percent is None else shown(self.percent, self.decimals, self.rounding)

    def document(self) -> dict[str, object]:
        """Return the share as JSON values."""
        return {
            "name": self.name,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "unit": "percent",
            "rounding": self.rounding.value,
            "decimals": self.decimals,
            "display": self.display,
        }


@dataclass(frozen=True, slots=True)
class Gap:
    """How far a share by number stays below its target."""

    needed: int
    missing: int
    # Percentage points from the exact share up to the target, exact; negative when it is passed.
    points: Fraction


def gap(share: Share, target_percent: Decimal) -> Gap | None:
    """Return what is missing from `share` to the target, in whole proposals and in points.

    `needed` is the smallest number that reaches the target. None for a share of nothing.
    """
    if share.percent is None:
        return None
    target = Fraction(target_percent)
    needed = -(-(target * share.denominator) // 100)
    return Gap(needed=needed, missing=max(0, needed - share.numerator), points=target - share.percent)


@dataclass(frozen=True, slots=True)
class Cell:
    """What one group submitted and what was adopted of it. `keys` are several where groups were merged."""

    keys: tuple[str, ...]
    submitted: int
    adopted: int
    adopted_cost_minor: int

    def joined(self, other: "Cell") -> "Cell":
        return Cell(
            self.keys + other.keys,
            self.submitted + other.submitted,
            self.adopted + other.adopted,
            self.adopted_cost_minor + other.adopted_cost_minor,
        )

    def document(self) -> dict[str, object]:
        """Return the cell as JSON values."""
        return {
            "keys": list(self.keys),
            "submitted": self.submitted,
            "adopted": self.adopted,
            "adopted_cost": self.adopted_cost_minor,
        }


def merged(cells: Sequence[Cell], smallest: int = SMALLEST_CELL) -> list[Cell]:
    """Return the cells with groups of fewer than `smallest` people joined into one, which comes last.

    Which these are, and when nothing is returned, `core.cells` says.
    """
    alone, together = shown_apart({place: cell.submitted for place, cell in enumerate(cells)}, smallest)
    kept = [cells[place] for place in alone]
    if not together:
        return kept
    joint, *others = (cells[place] for place in together)
    for other in others:
        joint = joint.joined(other)
    return [*kept, joint]


def median(values: Iterable[int]) -> Fraction | None:
    """Return the middle value, or the mean of the two middle ones; None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    half = len(ordered) // 2
    if len(ordered) % 2:
        return Fraction(ordered[half])
    return Fraction(ordered[half - 1] + ordered[half], 2)


def change(before: int, after: int, decimals: int, rounding: Rounding) -> str:
    """Return the relative change in percent with its sign: `change(9960, 11205, 1, TRUNCATE)` is "+12.5".

    Empty where there was nothing before.
    """
    if before == 0:
        return ""
    digits = shown(Fraction(100 * (after - before), before), decimals, rounding)
    return digits if digits.startswith("-") else f"+{digits}"
