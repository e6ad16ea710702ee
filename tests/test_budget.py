"""A test that costs more than it may fails, and the most expensive tests start first."""

import pytest

pytest_plugins = ["pytester"]

SPEND = """
import subprocess, sys, time
import pytest

def spend(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):
    """Run tests with a budget of 0.1 s for those without a mark, and no other plugin."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(source: str, *arguments: str) -> pytest.RunResult:
        pytester.makepyfile(SPEND + source)
        return pytester.runpytest_inprocess("-p", "tests.budget", "--processor-budget=0.1", *arguments)

    return run


def test_a_test_over_the_budget_fails_and_says_what_it_used(run):
    result = run("def test_dear(): spend(0.2)\ndef test_cheap(): pass\ndef test_waiting(): time.sleep(0.3)")

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*test_dear used 0.2 s of processor time; it may use 0.1.*"])


def test_without_a_budget_nothing_fails(run):
    run("def test_dear(): spend(0.2)", "--processor-budget=0").assert_outcomes(passed=1)


def test_a_mark_allows_what_it_says_and_no_more(run):
    result = run(
        """
@pytest.mark.slow(5)
def test_marked(): spend(0.2)

@pytest.mark.slow(0.15)
def test_dearer_than_marked(): spend(0.3)
"""
    )

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*test_dearer_than_marked used 0.3 s of processor time; it may use 0.15.*"])


def test_a_tests_own_fixture_counts_and_a_shared_one_does_not(run):
    result = run(
        """
@pytest.fixture(scope="session")
def run_wide(): spend(0.2)

@pytest.fixture(scope="module")
def shared(run_wide): spend(0.2)

@pytest.fixture
def own(): spend(0.2)

def test_shared(shared): pass

def test_own(own, shared): pass
"""
    )

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*test_own used 0.2 s of processor time*"])


def test_a_program_that_a_test_ran_counts(run):
    program = "import time\\nwhile time.process_time() < 0.3: pass"

    run(f'def test_program(): subprocess.run([sys.executable, "-c", "{program}"])').assert_outcomes(failed=1)


def test_a_test_that_fails_by_itself_keeps_its_own_words(run):
    result = run("def test_wrong():\n    spend(0.2)\n    assert 1 == 2")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert 1 == 2*"])
    result.stdout.no_fnmatch_line("*processor time*")


def test_the_dearest_start_first(run):
    result = run(
        """
def test_a(): pass
@pytest.mark.slow(7)
def test_b(): pass
def test_c(): pass
@pytest.mark.slow(30)
def test_d(): pass
""",
        "-v",
    )

    result.stdout.fnmatch_lines([f"*::test_{name} PASSED*" for name in "dbac"])
