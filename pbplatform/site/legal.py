"""The texts that people agree to, as pages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from authorities.models import Authority
from core.personal_data import terms as terms_of_data
from core.web.pages import public_page
from identity import selectors
from identity.models import Policy


@public_page()
def terms(request: HttpRequest) -> HttpResponse:
    """Show the terms of use in force. One query."""
    return render(request, "pbplatform/terms.html", {"policy": selectors.policy(Policy.Kind.TERMS)})


@public_page()
def privacy(request: HttpRequest) -> HttpResponse:
    """Show the privacy notice in force, with what is kept for how long. Two queries."""
    context = {
        "policy": selectors.policy(Policy.Kind.PRIVACY),
        "authorities": Authority.objects.order_by("slug"),
        # Data that a task removes first.
        "terms": sorted(terms_of_data(), key=lambda term: term.remove is None),
    }
    return render(request, "pbplatform/privacy.html", context)
