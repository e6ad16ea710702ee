from decimal import Decimal
from fractions import Fraction

import pytest

from reports.arithmetic import Rounding, gap, shown
from reports.figures.proposers import merged
from reports.schema import Group, Share


def share(
    numerator: int, denominator: int, decimals: int = 1, rounding: Rounding = Rounding.TRUNCATE
) -> Share:
    return Share.of("adopted of submitted", numerator, denominator, decimals, rounding)


@pytest.mark.parametrize(
    ("decimals", "rounding", "display"),
    [
        (1, Rounding.TRUNCATE, "26.6"),
        (1, Rounding.HALF_UP, "26.7"),
        (2, Rounding.HALF_UP, "26.67"),
        (2, Rounding.TRUNCATE, "26.66"),
        (0, Rounding.TRUNCATE, "26"),
        (0, Rounding.HALF_UP, "27"),
    ],
)
def test_112_of_420_is_shown_as_the_round_says(decimals: int, rounding: Rounding, display: str):
    assert share(112, 420, decimals, rounding).display == display


def test_a_half_is_rounded_away_from_zero_and_cut_towards_it():
    assert shown(Fraction(5, 100), 1, Rounding.HALF_UP) == "0.1"
    assert shown(Fraction(-5, 100), 1, Rounding.HALF_UP) == "-0.1"
    assert shown(Fraction(-5, 100), 1, Rounding.TRUNCATE) == "0.0"


def test_a_share_of_nothing_has_no_display_rather_than_zero():
    assert share(0, 0).display == ""
    assert share(0, 420).display == "0.0"


def test_14_proposals_and_3_33_points_are_missing_from_112_of_420_to_30_percent():
    missing = gap(112, 420, Decimal("30.00"))

    assert missing is not None
    assert (missing.needed, missing.missing) == (126, 14)
    assert missing.points == Fraction(10, 3)
    assert shown(missing.points, 2, Rounding.HALF_UP) == "3.33"


def test_a_target_that_falls_between_two_proposals_needs_the_larger_number():
    # 30 % of 421 is 126.3.
    missing = gap(112, 421, Decimal("30"))

    assert missing is not None
    assert (missing.needed, missing.missing) == (127, 15)


def test_a_target_that_is_passed_has_no_gap_in_proposals_and_a_negative_one_in_points():
    missing = gap(150, 420, Decimal("30"))

    assert missing is not None
    assert missing.missing == 0
    assert shown(missing.points, 2, Rounding.HALF_UP) == "-5.71"


def test_a_target_for_nothing_submitted_has_no_gap():
    assert gap(0, 0, Decimal("30")) is None


def group(keys: str, submitted: int, adopted: int = 0) -> Group:
    return Group(keys=list(keys), submitted=submitted, adopted=adopted, adopted_cost=100 * adopted)


def test_groups_of_five_stay_and_groups_of_four_are_merged():
    assert merged([group("a", 5), group("b", 90)]) == [group("a", 5), group("b", 90)]
    assert merged([group("a", 4, 1), group("b", 3, 1), group("c", 90, 8)]) == [
        group("c", 90, 8),
        group("ab", 7, 2),
    ]


def test_a_single_small_group_takes_the_next_larger_with_it():
    # Left alone it could be read off as the total minus the rest.
    assert merged([group("a", 3), group("b", 10), group("c", 40)]) == [group("c", 40), group("ab", 13, 0)]


def test_two_groups_too_small_together_take_the_next_larger_with_them():
    assert merged([group("a", 1), group("b", 40), group("c", 2), group("d", 12)]) == [
        group("b", 40),
        group("acd", 15, 0),
    ]


def test_groups_of_nobody_are_left_out_and_few_people_in_all_are_not_shown():
    assert merged([group("a", 0), group("b", 9)]) == [group("b", 9)]
    assert merged([group("a", 2), group("b", 2)]) == []
