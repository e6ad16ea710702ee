"""Which official looked at whose data, for the administrator of the authority."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from identity import selectors
from identity.reach import authority_for
from identity.requests import SignedInRequest
from identity.roles import Permission

PAGE = 50


@login_required
def staff_views(request: SignedInRequest, authority_slug: str) -> HttpResponse:
    """List who looked at which page with personal data of whom, the latest first. Three queries.

    People are named by the number of their account: the list is about the officials.
    """
    authority = authority_for(request.user, authority_slug, Permission.SEE_VIEWS)
    page = Paginator(selectors.views_in(authority), PAGE).get_page(request.GET.get("page"))
    return render(request, "identity/staff_views.html", {"authority": authority, "page": page})
