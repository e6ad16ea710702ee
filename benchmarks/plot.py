"""Plots of how something grows, as SVG of a few kilobytes: both axes logarithmic, a line for each series."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

COLOURS = ("#1d70b8", "#b8541d", "#2f7d32", "#6f3c97")
LEFT, TOP, WIDTH, HEIGHT = 70, 20, 460, 300
# A panel with its labels on all sides.
PANEL_WIDTH, PANEL_HEIGHT = 640, 380
_LINE = 15.0


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot: series of (x, y), what the axes show, and limits as (x, y, words), drawn as hollow marks."""

    series: Mapping[str, Sequence[tuple[float, float]]]
    # Where the axes have a line, and what is written there, both ascending.
    xs: Mapping[float, str]
    ys: Mapping[float, str]
    x_name: str
    y_name: str = ""
    limits: Sequence[tuple[float, float, str]] = ()


def svg(title: str, *panels: Panel) -> str:
    """Return the plots side by side. What is read aloud is the title."""
    width = PANEL_WIDTH * len(panels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {PANEL_HEIGHT}" role="img" '
        'font-family="sans-serif" font-size="13">',
        f"<title>{title}</title>",
        f'<rect width="{width}" height="{PANEL_HEIGHT}" fill="#fff"/>',
    ]
    for place, panel in enumerate(panels):
        if place:
            parts.append(f'<g transform="translate({PANEL_WIDTH * place})">')
        parts += _drawn(panel)
        if place:
            parts.append("</g>")
    return "\n".join([*parts, "</svg>", ""])


def _drawn(panel: Panel) -> list[str]:
    def between(value: float, ends: Sequence[float]) -> float:
        low, high = math.log10(ends[0]), math.log10(ends[-1])
        return (math.log10(max(value, ends[0])) - low) / (high - low)

    def x(value: float) -> float:
        return LEFT + WIDTH * between(value, list(panel.xs))

    def y(value: float) -> float:
        return TOP + HEIGHT * (1 - between(value, list(panel.ys)))

    parts = []
    for value, label in panel.ys.items():
        parts.append(f'<path d="M{LEFT} {y(value):.1f}H{LEFT + WIDTH}" stroke="#ccc"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{label}</text>')
    for value, label in panel.xs.items():
        parts.append(f'<path d="M{x(value):.1f} {TOP}V{TOP + HEIGHT}" stroke="#ccc"/>')
        parts.append(f'<text x="{x(value):.1f}" y="{TOP + HEIGHT + 20}" text-anchor="middle">{label}</text>')
    name = f'<text x="{LEFT + WIDTH / 2}" y="{TOP + HEIGHT + 42}" text-anchor="middle">{panel.x_name}</text>'
    parts.append(name)
    if panel.y_name:
        parts.append(f'<text x="{LEFT}" y="{TOP - 6}">{panel.y_name}</text>')
    ends = {}
    for (name, points), colour in zip(panel.series.items(), COLOURS, strict=False):
        places = [(x(a), y(b)) for a, b in points]
        line = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="{colour}"/>' for a, b in places]
        if places:
            ends[name, colour] = places[-1]
    for value, limit, words in panel.limits:
        at = f'cx="{x(value):.1f}" cy="{y(limit):.1f}"'
        parts.append(f'<circle {at} r="6" fill="none" stroke="#333" stroke-width="1.5"/>')
        ends[words, "#333"] = (x(value), y(limit))
    # Lines that end close together would have their names on top of each other.
    lowest = math.inf
    for (name, colour), (a, b) in sorted(ends.items(), key=lambda item: -item[1][1]):
        lowest = min(b, lowest - _LINE)
        parts.append(f'<text x="{a + 10:.1f}" y="{lowest + 4:.1f}" fill="{colour}">{name}</text>')
    return parts
