"""Legibility of text on a colour: contrast as defined by WCAG 2.2."""

import re

# Backgrounds of links and headings, see frontend/_tokens.scss: white, paper, celadon-50.
GROUNDS = ("#ffffff", "#f7f5f0", "#f0f6f3")
# Level AA for text of any size.
ENOUGH = 4.5


def is_colour(text: str) -> bool:
    """Return whether this is a colour as #rrggbb in small letters."""
    return re.fullmatch(r"#[0-9a-f]{6}", text) is not None


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    darker, lighter = sorted([_luminance(one), _luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def can_be_read(colour: str) -> bool:
    """Return whether text of this colour can be read on every ground, and white text on it."""
    return all(contrast(colour, ground) >= ENOUGH for ground in GROUNDS)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
