"""Measure how reading, counting and explaining grow with the number of ballots; draw docs/tally-growth.svg.

    python -m benchmarks.tally.growth

Elections of 100 projects are made in a temporary folder (the largest is 20 MB); each is measured in a process
of its own, in seconds of processor time. Without NumPy's start-up, which is the same for all.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import process_time

from benchmarks import plot
from benchmarks.tally import make

SIZES = (10_000, 100_000, 1_000_000)
TASKS = ("read", "count", "explain")
TARGET = Path(__file__).resolve().parents[2] / "docs" / "tally-growth.svg"


def measure_one(path: str) -> dict[str, float]:
    from voting.tally import equal_shares, explain, pabulib

    start = process_time()
    election = pabulib.read(path).election
    after_read = process_time()
    outcome = equal_shares(election)
    after_count = process_time()
    explain(election, outcome)
    return {
        "read": after_read - start,
        "count": after_count - after_read,
        "explain": process_time() - after_count,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def drawn(results: dict[int, dict[str, float]]) -> str:
    """Return the plot as SVG: both axes logarithmic, from 1 ms to 10 s."""
    return plot.svg(
        "Seconds to read, count by equal shares and explain, by number of ballots",
        plot.Panel(
            series={task: [(size, results[size][task]) for size in SIZES] for task in TASKS},
            xs={size: f"{size:,}" for size in SIZES},
            ys={0.001: "1 ms", 0.01: "10 ms", 0.1: "0.1 s", 1: "1 s", 10: "10 s"},
            x_name="ballots",
        ),
    )


def main() -> int:
    if len(sys.argv) > 1:
        print(json.dumps(measure_one(sys.argv[1])))
        return 0
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            path = Path(folder) / f"{size}.pb"
            make.write(path, size, 100)
            command = [sys.executable, "-m", "benchmarks.tally.growth", str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            results[size] = json.loads(done.stdout)
            shown = "  ".join(f"{task} {results[size][task]:.3f} s" for task in TASKS)
            print(f"{size:>9,} ballots  {shown}  {results[size]['memory_mb']} MB", flush=True)
    TARGET.write_text(drawn(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
