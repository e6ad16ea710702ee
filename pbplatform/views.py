"""The start page, which knows every authority."""

from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from rounds import selectors


def home(request: HttpRequest) -> HttpResponse:
    """Show every authority with its rounds, those that are open first. Two queries for any number."""
    now = timezone.now()
    glances = selectors.rounds_at_a_glance(now)
    authorities = [
        (authority, list(group)) for authority, group in groupby(glances, key=lambda g: g.round.authority)
    ]
    return render(request, "home.html", {"authorities": authorities, "now": now})
