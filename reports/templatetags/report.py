"""How shares of a report are written for the reader."""

from django import template

from core.i18n import current_language

register = template.Library()


@register.filter
def percent(display: str) -> str:
    """A share's digits with the percent sign; empty for a share of nothing. Vietnamese writes a comma."""
    if not display:
        return ""
    digits = display.replace("-", "\u2212")
    if current_language() == "vi":
        digits = digits.replace(".", ",")
    return f"{digits}%"


@register.filter
def points(display: str | None) -> str:
    """Percentage points, in the reader's digits."""
    return percent(display or "").removesuffix("%")
