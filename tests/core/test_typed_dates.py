"""Dates are typed in the reader's order, and read whichever calendar they are in."""

from datetime import UTC, date, datetime

import pytest
from django import forms
from django.utils import translation

from core.fields import DayField, MomentField, parse_day


@pytest.mark.parametrize(
    "text",
    [
        "1990-12-31",
        "31/12/1990",
        "31.12.1990",
        "31-12-2533",
        "31/12/2533",
        "1990. 12. 31.",
        "1990년 12월 31일",
        " 31 12 1990 ",
        "2533-12-31",
    ],
)
def test_a_day_is_read_in_either_order_and_calendar(text: str):
    assert parse_day(text) == date(1990, 12, 31)


@pytest.mark.parametrize(
    "text",
    ["", "31/12", "12/31/1990", "31/12/90", "1990-13-01", "1990-02-30", "never", "199-12-31", "๓๑/๑๒/๒๕๓๓x"],
)
def test_what_is_no_day_is_refused_with_an_example_in_the_readers_order(text: str):
    with pytest.raises(ValueError, match=r"day|month|literal|^"):
        parse_day(text)
    for language, example in (("ko", "1990-12-31"), ("th", "31/12/2533"), ("vi", "31/12/1990")):
        with translation.override(language):
            if text:
                with pytest.raises(forms.ValidationError) as refused:
                    DayField().clean(text)
                assert example in " ".join(refused.value.messages)


@pytest.mark.parametrize(
    "text", ["2026-05-31 18:00", "31/05/2569 18.00 น.", "31/05/2026 18:00", "2026-05-31T18:00"]
)
def test_a_moment_is_of_the_rounds_zone(text: str):
    assert MomentField("Asia/Seoul").clean(text) == datetime(2026, 5, 31, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2026-05-31", "18:00", "2026-05-31 24:00", "2026-05-31 18:60", "31/05 18:00"]
)
def test_half_a_moment_is_refused(text: str):
    with pytest.raises(forms.ValidationError):
        MomentField("Asia/Seoul").clean(text)
