"""The second count: by `voting.tally.recount`, from the very file that is published afterwards.

It shares neither the count's code nor its access to the ballots, and anyone who runs the program on the
published file does the same. It runs in its own process, in parallel with the first count, and its memory of
a million ballots is freed with it.
"""

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer

from django.conf import settings

from voting.polls.exceptions import CountersDisagree
from voting.polls.ruleset import FrozenRules
from voting.rules import RULES, Asked
from voting.tally import recount

# The program as it is published; outsiders run the same file.
PROGRAM = Path(recount.__file__)
# Runs it as they do, on what comes in, and afterwards tells votes and scores too, which it does not print.
_TELL = """
import json, runpy, sys
sys.argv = sys.argv[1:]
found = runpy.run_path(sys.argv[0], run_name="__main__")
election = found["election"]
print(json.dumps([election.score, election.votes]))
"""


@dataclass(frozen=True, slots=True)
class Again:
    """The second counter's result: scores and votes by project code, and the funded projects in order."""

    scores: dict[str, int]
    votes: dict[str, int]
    funded: list[str]


class Running:
    """The second counter at work on one file, which it has read; `finish` it to have the answer.

    It is killed once it has run for longer than `seconds_for` allows.
    """

    def __init__(self, rules: FrozenRules, file: Iterable[bytes], *, n_ballots: int) -> None:
        """Start it by the round's rule and hand it the file, block by block. `n_ballots` set its time."""
        self._seconds = seconds_for(n_ballots)
        self._is_late = False
        # As it is published: all files in one folder, and nothing else there.
        self._folder = TemporaryDirectory(prefix="recount-")
        for source in files():
            shutil.copyfile(source, Path(self._folder.name) / source.name)
        program = Path(self._folder.name) / PROGRAM.name
        self._process = subprocess.Popen(  # noqa: S603 (a program of ours)
            [sys.executable, "-I", "-S", "-c", _TELL, str(program), "/dev/stdin", *words(rules)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        # A timer, since a program that does not read blocks the process that writes to it.
        self._timer = Timer(self._seconds, self._give_up)
        self._timer.daemon = True
        self._timer.start()
        into = self._process.stdin
        assert into is not None
        # Closed here, so that the waiting process does not close it again.
        self._process.stdin = None
        try:
            with into:
                for block in file:
                    into.write(block)
        except BrokenPipeError:
            # It has stopped, and says why when it is asked for its answer.
            pass
        except BaseException:
            self.stop()
            raise

    def finish(self) -> Again:
        """Wait for the answer. Raises CountersDisagree if it has none, or none in time."""
        # Both pipes are read, so that it never waits for one of them.
        answer, errors = self._process.communicate()
        self._tidy()
        if self._is_late:
            raise CountersDisagree(f"the second counter gave no answer within {self._seconds:.0f} seconds")
        if self._process.returncode:
            raise CountersDisagree(f"the second counter stopped: {errors.decode(errors='replace')[-500:]}")
        *funded, rest = answer.decode().splitlines()
        scores, votes = json.loads(rest)
        return Again(scores, votes, [code for code in funded if code])

    def stop(self) -> None:
        """End it; what it would have answered is no longer wanted."""
        with self._process:
            self._process.kill()
        self._tidy()

    def _give_up(self) -> None:
        self._is_late = True
        self._process.kill()

    def _tidy(self) -> None:
        self._timer.cancel()
        self._folder.cleanup()


def seconds_for(n_ballots: int) -> float:
    """Return how long the second counter may take: SECOND_COUNT_SECONDS, and as much again a million."""
    return float(settings.SECOND_COUNT_SECONDS * (1 + n_ballots / 1_000_000))


def files() -> list[Path]:
    """Return the files of the second counter: the program, and the parts that rules have of their own."""
    parts = (rule.second_counter for rule in RULES.values())
    return [PROGRAM, *dict.fromkeys(part for part in parts if part is not None)]


def request(rules: FrozenRules) -> tuple[str, Asked]:
    """Return the rule and the named values with which the second counter is to be run."""
    name, asked = RULES[rules.rule].second_count(rules, rules.currency)
    return name, {"tie": rules.tie_order, "seed": rules.seed, "threshold": rules.threshold, **asked}


def words(rules: FrozenRules) -> list[str]:
    """Return the words to run the second counter with, after the name of a file."""
    rule, asked = request(rules)
    return [rule, *(f"{name}={value}" for name, value in asked.items() if value)]


def command(rules: FrozenRules) -> str:
    """Return those words as they are typed."""
    return shlex.join(words(rules))
