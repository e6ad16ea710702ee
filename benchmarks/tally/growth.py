"""Measure how reading, counting and explaining grow with the number of ballots; draw docs/tally-growth.svg.

    python -m benchmarks.tally.growth

Elections of 100 projects are made in a temporary folder (the largest is 20 MB); each is measured in a process
of its own, in seconds of processor time. Without NumPy's start-up, which is the same for all.
"""

from __future__ import annotations

import json
import math
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import process_time

from benchmarks.tally import make

SIZES = (10_000, 100_000, 1_000_000)
TASKS = ("read", "count", "explain")
COLOURS = {"read": "#1d70b8", "count": "#b8541d", "explain": "#2f7d32"}
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
    left, top, width, height = 70, 20, 460, 300

    def x(ballots: float) -> float:
        return left + width * (math.log10(ballots) - 4) / 2

    def y(seconds: float) -> float:
        return top + height * (1 - (math.log10(max(seconds, 0.001)) + 3) / 4)

    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 380" role="img" font-family="sans-serif" '
        'font-size="13">',
        "<title>Seconds to read, count by equal shares and explain, by number of ballots</title>",
        '<rect width="640" height="380" fill="#fff"/>',
    ]
    for power, label in zip(range(-3, 2), ("1 ms", "10 ms", "0.1 s", "1 s", "10 s"), strict=True):
        at = y(10.0**power)
        parts.append(f'<path d="M{left} {at:.1f}H{left + width}" stroke="#ccc"/>')
        parts.append(f'<text x="{left - 8}" y="{at + 4:.1f}" text-anchor="end">{label}</text>')
    for size in SIZES:
        parts.append(f'<path d="M{x(size):.1f} {top}V{top + height}" stroke="#ccc"/>')
        parts.append(f'<text x="{x(size):.1f}" y="{top + height + 20}" text-anchor="middle">{size:,}</text>')
    parts.append(f'<text x="{left + width / 2}" y="{top + height + 42}" text-anchor="middle">ballots</text>')
    for task in TASKS:
        points = [(x(size), y(results[size][task])) for size in SIZES]
        line = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{COLOURS[task]}" stroke-width="2.5"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="{COLOURS[task]}"/>' for a, b in points]
        a, b = points[-1]
        parts.append(f'<text x="{a + 10:.1f}" y="{b + 4:.1f}" fill="{COLOURS[task]}">{task}</text>')
    return "\n".join([*parts, "</svg>", ""])


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
