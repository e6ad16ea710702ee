"""The second count: by `voting.tally.recount`, from the very file that is published afterwards.

So it shares neither the count's code nor its way to the ballots, and whoever runs the program on the
published file does what is done here. It runs in a process of its own, beside the first count, and what it
held of a million ballots is gone with it.
"""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from rounds import money
from voting.exceptions import CountersDisagree
from voting.frozen import Rules
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
    """What the second counter found: scores and votes by project code, and the funded in order."""

    scores: dict[str, int]
    votes: dict[str, int]
    funded: list[str]


class Running:
    """The second counter at work on one file, which it has read; `finish` it to have the answer."""

    def __init__(self, rules: Rules, file: Iterable[bytes]) -> None:
        """Start it by the round's rule and hand it the file, block by block."""
        self._process = subprocess.Popen(  # noqa: S603 (a program of ours)
            [sys.executable, "-I", "-S", "-c", _TELL, str(PROGRAM), "/dev/stdin", *words(rules)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        into = self._process.stdin
        assert into is not None
        # What is closed here is not to be closed again by whoever waits for the answer.
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
        """Wait for the answer. Raises CountersDisagree if it has none."""
        # Both pipes are read, so that it never waits for one of them.
        answer, errors = self._process.communicate()
        if self._process.returncode:
            raise CountersDisagree(f"the second counter stopped: {errors.decode(errors='replace')[-500:]}")
        *funded, rest = answer.decode().splitlines()
        scores, votes = json.loads(rest)
        return Again(scores, votes, [code for code in funded if code])

    def stop(self) -> None:
        """End it; what it would have answered is no longer wanted."""
        with self._process:
            self._process.kill()


def request(rules: Rules) -> tuple[str, dict[str, str | int | Fraction]]:
    """Return the rule and the named values with which the second counter is to be run."""
    asked: dict[str, str | int | Fraction] = {
        "tie": rules.tie_order,
        "seed": rules.seed,
        "threshold": rules.threshold,
    }
    if rules.rule == "votes-per-cost":
        return "greedy", asked | {"per_cost": 1}
    if rules.stops_at_first_misfit:
        asked["no_skip"] = 1
    if rules.topup_percent is not None:
        asked["topup"] = Fraction(rules.topup_percent, 100)
    if rules.rule in ("equal-shares", "equal-shares-add1"):
        asked |= {
            "utility": rules.utility,
            "completion": int(rules.completion),
            "comparison": int(rules.comparison),
        }
    if rules.step_minor is not None:
        asked["step"] = Fraction(money.major(rules.step_minor, rules.currency))
    return rules.rule, asked


def words(rules: Rules) -> list[str]:
    """Return the words to run the second counter with, after the name of a file."""
    rule, asked = request(rules)
    return [rule, *(f"{name}={value}" for name, value in asked.items() if value)]


def command(rules: Rules) -> str:
    """Return those words as they are typed."""
    return shlex.join(words(rules))
