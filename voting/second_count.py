"""The second count: by `voting.tally.recount`, from the very file that is published afterwards.

So it shares neither the count's code nor its way to the ballots, and whoever runs the program on the
published file does what is done here.
"""

import io
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from rounds import money
from voting import publication
from voting.frozen import Paper, Rules
from voting.sealing import Entry
from voting.tally import recount


@dataclass(frozen=True, slots=True)
class Again:
    """What the second counter found: scores and votes by project code, and the funded in order."""

    scores: dict[str, int]
    votes: dict[str, int]
    funded: list[str]


def again(paper: Paper, rules: Rules, entries: Iterable[Sequence[Entry]]) -> Again:
    """Count one paper's ballots by the round's rule with the second counter."""
    ballots = [publication.Published("", row) for row in entries]
    file = publication.pb(paper, rules, ballots, unit="").decode()
    rule, asked = request(rules)
    # The program for outsiders is kept short and so has no types.
    election = recount.Election(io.StringIO(file, newline=""))  # type: ignore[no-untyped-call]
    funded = recount.count(election, rule, **asked)  # type: ignore[no-untyped-call]
    return Again(election.score, election.votes, funded)


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
