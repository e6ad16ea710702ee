"""Budgets of tests, and which tests start first. A plugin of pytest, loaded by tests/conftest.py.

The cost of a test is the processor time of its process, and of the processes it started and waited for, while
the test and its own fixtures run. Processor time is the same on an idle and on a busy machine. Shared
fixtures (of a class, a module or the run) cost no test anything.

`@pytest.mark.slow(seconds)` allows a test to cost that much. With `--processor-budget=SECONDS`, a test fails
that costs more than its mark allows or, without a mark, more than SECONDS. Marked tests start first, in order
of cost, so that no process is left with a long one at the end.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

SPENT = "processor_seconds"


def processor_seconds() -> float:
    """Return the seconds of processor time used so far by this process and by its ended children."""
    return sum(os.times()[:4])


def limit_of(item: pytest.Item, unmarked: float) -> float:
    """Return the seconds a test may cost: those of its mark, else `unmarked`."""
    mark = item.get_closest_marker("slow")
    return float(mark.args[0]) if mark else unmarked


@dataclass
class Meter:
    """The cost of the running test; time inside shared fixtures is left out."""

    started: float = 0.0
    shared: float = 0.0
    # Shared fixtures ask for others: only the outermost is timed.
    depth: int = 0

    def start(self) -> None:
        self.started, self.shared = processor_seconds(), 0.0

    def spent(self) -> float:
        return processor_seconds() - self.started - self.shared

    @contextmanager
    def sharing(self) -> Iterator[None]:
        self.depth += 1
        begun = processor_seconds()
        try:
            yield
        finally:
            self.depth -= 1
            if not self.depth:
                self.shared += processor_seconds() - begun


METER = pytest.StashKey[Meter]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--processor-budget",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="fail a test that uses more processor time than this or than its mark `slow` allows; 0: none",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow(seconds): may use that many seconds of processor time")
    config.stash[METER] = Meter()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: -limit_of(item, 0.0))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    item.config.stash[METER].start()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> Any:
    if fixturedef.scope == "function":
        return (yield)
    with request.config.stash[METER].sharing():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report: pytest.TestReport = yield
    budget = item.config.getoption("--processor-budget")
    if report.when == "call":
        spent = item.config.stash[METER].spent()
        # Kept in the file of --junit-xml.
        item.user_properties.append((SPENT, round(spent, 2)))
        limit = limit_of(item, budget)
        if budget and spent > limit and report.passed:
            report.outcome = "failed"
            report.longrepr = (
                f"{item.nodeid} used {spent:.1f} s of processor time; it may use {limit:g}. Make it cheaper, "
                "or mark it `slow` with the seconds it needs and pay for them: see docs/testing.md."
            )
    return report
