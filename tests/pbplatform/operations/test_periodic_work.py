"""A sweep is declared once, at its task; beat, the status page and the documents follow."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from core import sweeps
from core.sweeps import SWEEPS, sweep

NAME = "tests.tasks.water_due"
NOW = timezone.datetime(2027, 3, 1, 12, tzinfo=timezone.get_default_timezone())
PATIENCE = timedelta(minutes=8)


@pytest.fixture
def water_due() -> Iterator[object]:
    """A sweep that no app knows of; every task has just run."""

    @sweep(NAME, every=timedelta(minutes=2))
    def water_due() -> int:
        """Water the plants.

        All of them.
        """
        return 3

    cache.clear()
    yield water_due
    del SWEEPS[NAME]
    current_app.tasks.pop(NAME)
    cache.clear()


def _all_ran(now, *, but=()):
    for name in SWEEPS:
        if name not in but:
            sweeps.note_run(name, now)


def test_a_sweep_is_sent_by_beat_and_one_that_waited_too_long_is_dropped(water_due):
    assert sweeps.beat_schedule()[NAME] == {
        "task": NAME,
        "schedule": timedelta(minutes=2),
        "options": {"expires": 120.0},
    }
    assert SWEEPS[NAME].does == "Water the plants."
    assert current_app.tasks[NAME].run() == 3


def test_beat_was_given_every_sweep_of_the_apps():
    assert current_app.conf.beat_schedule == sweeps.beat_schedule()
    assert len(SWEEPS) >= 11


def test_a_sweep_that_runs_to_its_end_leaves_a_sign_and_other_tasks_none(water_due, time_machine):
    time_machine.move_to(NOW, tick=False)

    water_due.apply()
    sweeps.note_run("tests.no_sweep", NOW)

    assert cache.get(f"sweeps:ran:{NAME}") == NOW
    assert cache.get("sweeps:ran:tests.no_sweep") is None


@pytest.mark.parametrize("ran_before", [True, False], ids=["it ran once", "it never ran"])
def test_a_sweep_is_late_after_three_intervals_and_two_minutes(water_due, ran_before):
    _all_ran(NOW, but=() if ran_before else (NAME,))

    _all_ran(NOW + PATIENCE, but=(NAME,))

    assert sweeps.late(NOW + PATIENCE) == []
    assert [each.task for each in sweeps.late(NOW + PATIENCE + timedelta(seconds=1))] == [NAME]


def test_an_empty_cache_calls_nothing_late(water_due):
    assert sweeps.late(NOW) == []


@pytest.mark.django_db
def test_the_status_page_names_the_sweep_that_is_late_and_no_other(client, water_due):
    now = timezone.now()
    _all_ran(now)
    on_time = client.get(reverse("status")).content.decode()
    sweeps.note_run(NAME, now - PATIENCE - timedelta(seconds=1))

    page = client.get(reverse("status")).content.decode()

    assert NAME not in on_time
    assert "Late: 1 task did not run on time." in page
    assert [name for name in SWEEPS if name in page] == [NAME]


def test_the_operators_table_lists_every_sweep_with_its_interval():
    page = (settings.BASE_DIR / "docs" / "operations.md").read_text()
    table = page.split("| task | every | what it does |\n|---|---|---|\n")[1].split("\n\n")[0]

    assert table.splitlines() == [
        f"| `{name}` | {each.every.total_seconds():.0f} s | {each.does} |"
        for name, each in sorted(SWEEPS.items())
    ]
