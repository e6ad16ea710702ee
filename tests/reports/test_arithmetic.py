from decimal import Decimal
from fractions import Fraction

import pytest

from reports.arithmetic import Cell, Rounding, Share, change, gap, median, merged, shown


def share(
    numerator: int, denominator: int, decimals: int = 1, rounding: Rounding = Rounding.TRUNCATE
) -> Share:
    return Share("adopted of submitted", numerator, denominator, decimals, rounding)


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
    missing = gap(share(112, 420), Decimal("30.00"))

    assert missing is not None
    assert (missing.needed, missing.missing) == (126, 14)
    assert missing.points == Fraction(10, 3)
    assert shown(missing.points, 2, Rounding.HALF_UP) == "3.33"


def test_a_target_that_falls_between_two_proposals_needs_the_larger_number():
    # 30 % of 421 is 126.3.
    missing = gap(share(112, 421), Decimal("30"))

    assert missing is not None
    assert (missing.needed, missing.missing) == (127, 15)


def test_a_target_that_is_passed_has_no_gap_in_proposals_and_a_negative_one_in_points():
    missing = gap(share(150, 420), Decimal("30"))

    assert missing is not None
    assert missing.missing == 0
    assert shown(missing.points, 2, Rounding.HALF_UP) == "-5.71"


def test_a_target_for_nothing_submitted_has_no_gap():
    assert gap(share(0, 0), Decimal("30")) is None


def cell(key: str, submitted: int, adopted: int = 0) -> Cell:
    return Cell((key,), submitted, adopted, 100 * adopted)


def test_groups_of_five_stay_and_groups_of_four_are_merged():
    assert merged([cell("a", 5), cell("b", 90)]) == [cell("a", 5), cell("b", 90)]
    assert merged([cell("a", 4, 1), cell("b", 3, 1), cell("c", 90, 8)]) == [
        cell("c", 90, 8),
        Cell(("a", "b"), 7, 2, 200),
    ]


def test_a_single_small_group_takes_the_next_larger_with_it():
    # Left alone it could be read off as the total minus the rest.
    assert merged([cell("a", 3), cell("b", 10), cell("c", 40)]) == [cell("c", 40), Cell(("a", "b"), 13, 0, 0)]


def test_two_groups_too_small_together_take_the_next_larger_with_them():
    assert merged([cell("a", 1), cell("b", 40), cell("c", 2), cell("d", 12)]) == [
        cell("b", 40),
        Cell(("a", "c", "d"), 15, 0, 0),
    ]


def test_groups_of_nobody_are_left_out_and_few_people_in_all_are_not_shown():
    assert merged([cell("a", 0), cell("b", 9)]) == [cell("b", 9)]
    assert merged([cell("a", 2), cell("b", 2)]) == []


def test_the_median_of_an_even_number_is_between_the_middle_two():
    assert median([4, 1, 9]) == 4
    assert median([4, 1, 9, 6]) == 5
    assert median([]) is None


def test_a_change_has_its_sign_and_none_from_nothing():
    assert change(9960, 11205, 1, Rounding.TRUNCATE) == "+12.5"
    assert change(100, 80, 1, Rounding.TRUNCATE) == "-20.0"
    assert change(0, 80, 1, Rounding.TRUNCATE) == ""
