from datetime import UTC, date, datetime, timedelta

import pytest

from core.days import day_in, last_day

MIDNIGHT_IN_SEOUL = datetime(2030, 3, 10, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "days"),
    [
        (MIDNIGHT_IN_SEOUL - timedelta(microseconds=1), {"UTC": 10, "Asia/Seoul": 10, "Asia/Bangkok": 10}),
        (MIDNIGHT_IN_SEOUL, {"UTC": 10, "Asia/Seoul": 11, "Asia/Bangkok": 10}),
        (MIDNIGHT_IN_SEOUL + timedelta(hours=2), {"UTC": 10, "Asia/Seoul": 11, "Asia/Bangkok": 11}),
    ],
)
def test_a_moment_falls_on_the_day_that_people_in_the_zone_call_today(moment: datetime, days: dict[str, int]):
    assert {zone: day_in(zone, moment) for zone in days} == {
        zone: date(2030, 3, day) for zone, day in days.items()
    }


def test_what_closes_at_midnight_is_last_open_on_the_day_before():
    assert last_day("Asia/Seoul", MIDNIGHT_IN_SEOUL) == date(2030, 3, 10)
    assert last_day("Asia/Seoul", MIDNIGHT_IN_SEOUL + timedelta(microseconds=1)) == date(2030, 3, 11)
