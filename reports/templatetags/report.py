"""Shares of a report as written for the reader."""

from django import template

from reports.render import tables

register = template.Library()


@register.filter
def percent(display: str) -> str:
    """A share's digits with the percent sign; empty for a share of nothing. Vietnamese writes a comma."""
    return tables.percent(display)
