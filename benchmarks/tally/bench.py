"""Time our count against pabutools on the same published elections, one process for each measurement.

Figures are seconds of processor time, so that other work on the machine does not count; ours are averages
over a second of runs, each of which finds votes and supporters again. Both sides get the same file and the
same order among equals; pabutools counts in its exact mode and is given up after `--bound` seconds, which
the table then says of that election. Standard error tells what is being measured. Prints a table and, last,
`equal-shares ratio: R`: counting time of pabutools over ours for the election with the most ballots for which
it finished. The table also gives the ratio for reading and counting together.
"""

from __future__ import annotations

import argparse
import json
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic, process_time
from typing import Any

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "pabulib"
# Processor seconds: of a run of pabutools unless told otherwise, and of one of ours, where more is a defect.
BOUND, OUR_BOUND = 180, 600
FILES = (
    "Poland_Swiecie_2023.pb",
    "Poland_Wieliczka_2023_Green_Budget.pb",
    "Poland_Warszawa_2024_Mokotow.pb",
    "Poland_Wroclaw_2015_from_500.pb",
    "Poland_Lodz_2022.pb",
)
RULES = ("greedy", "equal-shares", "phragmen")


def each(run: Callable[[], Any]) -> float:
    """Return processor seconds of one run, averaged over as many as fit in a second: clocks are coarse."""
    runs, start = 0, process_time()
    while (spent := process_time() - start) < 1 or not runs:
        run()
        runs += 1
    return spent / runs


def ours(path: str, rule: str) -> dict[str, Any]:
    from voting.tally import equal_shares, equal_shares_add1, explain, greedy, pabulib, phragmen

    rules: dict[str, Callable[..., Any]] = {
        "greedy": greedy,
        "equal-shares": equal_shares,
        "equal-shares-add1": equal_shares_add1,
        "phragmen": phragmen,
    }
    election = pabulib.read(path).election
    source = election.ballots

    def fresh() -> Any:
        """The same election with nothing counted yet: votes and supporters are found again each time."""
        ballots = replace(source)
        return replace(election, ballots=ballots)

    outcome = rules[rule](fresh())
    read = each(lambda: pabulib.read(path))
    count = each(lambda: rules[rule](fresh()))
    explained = each(lambda: explain(election, outcome))
    return {
        "read": read,
        "count": count,
        "explain": explained,
        "funded": sorted(outcome.funded),
        "voters": outcome.voters,
    }


def theirs(path: str, rule: str) -> dict[str, Any]:
    import pabutools.fractions

    pabutools.fractions.FRACTION = "gmpy2"
    from pabutools import election as elections
    from pabutools import rules
    from pabutools.tiebreaking import TieBreakingRule

    from voting.tally import TieOrder, TieRule, pabulib

    one = pabulib.read(path).election
    rank = dict(zip(one.ids, TieOrder(one, TieRule()).rank, strict=True))
    same_ties = TieBreakingRule(lambda instance, profile, project: rank[project.name])
    start = process_time()
    instance, profile = elections.parse_pabulib(path)
    after_read = process_time()
    if rule == "greedy":
        allocation = rules.greedy_utilitarian_welfare(
            instance, profile, sat_class=elections.Cost_Sat, tie_breaking=same_ties
        )
    elif rule == "equal-shares":
        allocation = rules.method_of_equal_shares(
            instance, profile, sat_class=elections.Cost_Sat, tie_breaking=same_ties
        )
    else:
        allocation = rules.sequential_phragmen(instance, profile, tie_breaking=same_ties)
    count = process_time() - after_read
    return {"read": after_read - start, "count": count, "funded": sorted(map(str, allocation))}


class DidNotFinish(Exception):
    """A measurement took longer than its bound."""


def measure(side: str, path: Path, rule: str, bound: int) -> dict[str, Any]:
    """Run one measurement in a process of its own, for `bound` seconds of processor time at most.

    Raises DidNotFinish; RuntimeError with what the process wrote if it failed.
    """
    command = [sys.executable, "-m", "benchmarks.tally", "--one", side, str(path), rule]

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (bound, bound))

    try:
        # Processor time is the bound; ten times as long by the clock means that it does not run at all.
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, preexec_fn=limit, timeout=10 * bound
        )
    except subprocess.TimeoutExpired as error:
        raise DidNotFinish from error
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise DidNotFinish
    if done.returncode:
        raise RuntimeError(done.stderr)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


class Progress:
    """Says on standard error which of how many measurements begins, and how long all has taken."""

    def __init__(self, total: int) -> None:
        self._total, self._done, self._start = total, 0, monotonic()

    def begin(self, what: str) -> None:
        self._done += 1
        spent = monotonic() - self._start
        print(f"[{self._done}/{self._total}, {spent:.0f} s] {what}", file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Time the count against pabutools.")
    parser.add_argument("--one", nargs=3, metavar=("SIDE", "FILE", "RULE"), help="measure one and print JSON")
    parser.add_argument("--files", nargs="*", default=FILES)
    parser.add_argument("--rules", nargs="*", choices=RULES, default=RULES)
    parser.add_argument("--bound", type=int, default=BOUND, help="processor seconds of a pabutools run")
    flags = parser.parse_args()
    if flags.one:
        side, path, rule = flags.one
        result = (ours if side == "ours" else theirs)(path, rule)
        result["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps(result))
        return 0
    if not SHARED.is_dir():
        print(f"The elections to measure with are not in {SHARED}.", file=sys.stderr)
        return 2
    head = ("election", "ballots", "rule", "read", "count", "MB", "their read", "their count", "their MB")
    print(f"{head[0]:38}{head[1]:>8}  {head[2]:14}", *(f"{name:>12}" for name in head[3:]), end="")
    print(f"{'count ratio':>13}{'both ratio':>12}")
    shares: list[tuple[int, float]] = []
    status = 0
    progress = Progress(len(flags.files) * (2 * len(flags.rules) + 1))
    for name in flags.files:
        for rule in flags.rules:
            path = SHARED / name
            progress.begin(f"{name}: {rule}, ours")
            mine = measure("ours", path, rule, OUR_BOUND)
            row = f"{name[:37]:38}{mine['voters']:>8}  {rule:14}"
            row += f" {mine['read']:12.4f} {mine['count']:12.5f} {mine['memory_mb']:12}"
            progress.begin(f"{name}: {rule}, pabutools")
            try:
                peer = measure("theirs", path, rule, flags.bound)
            except DidNotFinish:
                print(f"{row}  pabutools did not finish in {flags.bound} s", flush=True)
                continue
            ratio = peer["count"] / mine["count"]
            both = (peer["read"] + peer["count"]) / (mine["read"] + mine["count"])
            row += f" {peer['read']:12.2f} {peer['count']:12.2f} {peer['memory_mb']:12}"
            print(f"{row}{ratio:13,.0f}{both:12,.0f}", flush=True)
            if mine["funded"] != peer["funded"]:
                print(f"{name}: {rule} funds different projects", file=sys.stderr)
                status = 1
            if rule == "equal-shares":
                shares.append((mine["voters"], ratio))
    for name in flags.files:
        progress.begin(f"{name}: equal-shares-add1, ours")
        add1 = measure("ours", SHARED / name, "equal-shares-add1", OUR_BOUND)
        print(f"{name[:37]:38}{add1['voters']:>8}  equal-shares-add1 {add1['count']:.2f} s", flush=True)
    if not shares:
        print("pabutools finished equal shares for none of these elections", file=sys.stderr)
        return 1
    print(f"equal-shares ratio: {max(shares)[1]:.0f}")
    return status
