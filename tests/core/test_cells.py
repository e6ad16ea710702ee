"""Facts that a reader of a table can and cannot find out, for tables of every kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cells import shown_apart

COUNTS = st.dictionaries(st.text(max_size=2), st.integers(0, 40), max_size=8)
SMALLEST = st.integers(1, 12)


@pytest.mark.parametrize(
    ("counts", "alone", "together"),
    [
        ({"a": 10, "b": 90}, ["a", "b"], []),
        ({"a": 9, "b": 3, "c": 90}, ["c"], ["a", "b"]),
        # Alone it could be read off as the total minus the rest.
        ({"b": 50, "a": 3, "c": 40}, ["b"], ["a", "c"]),
        ({"a": 3, "b": 10, "c": 10}, ["c"], ["a", "b"]),
        # 2 + 3 are still too few.
        ({"a": 2, "b": 3, "c": 12, "d": 13}, ["d"], ["a", "b", "c"]),
        ({"a": 4, "b": 5}, [], []),
        ({"a": 0, "b": 10}, ["b"], []),
        ({}, [], []),
    ],
)
def test_small_groups_are_put_together(counts: dict[str, int], alone: list[str], together: list[str]):
    assert shown_apart(counts, 10) == (alone, together)


@given(COUNTS, SMALLEST)
def test_no_number_that_is_shown_or_found_by_subtraction_is_of_fewer_people(
    counts: dict[str, int], smallest: int
):
    alone, together = shown_apart(counts, smallest)

    assert all(counts[key] >= smallest for key in alone)
    hidden = sum(counts[key] for key in together)
    assert hidden == 0 or hidden >= smallest
    # One group behind the sum would be that sum.
    assert len(together) != 1


@given(COUNTS, SMALLEST)
def test_every_group_with_people_is_shown_once_unless_all_together_are_too_few(
    counts: dict[str, int], smallest: int
):
    alone, together = shown_apart(counts, smallest)
    peopled = [key for key, n in counts.items() if n]

    if 0 < sum(counts.values()) < smallest:
        assert (alone, together) == ([], [])
    else:
        assert sorted([*alone, *together]) == sorted(peopled)
    assert alone == [key for key in peopled if key in alone]


@given(COUNTS, SMALLEST)
def test_no_more_is_hidden_than_must_be(counts: dict[str, int], smallest: int):
    """A large group is hidden only with small ones, and the last that joined was needed."""
    _alone, together = shown_apart(counts, smallest)
    large = sorted(counts[key] for key in together if counts[key] >= smallest)

    if large:
        assert sum(counts[key] for key in together) - large[-1] < smallest
        assert len(large) == 1
