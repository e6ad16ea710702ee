"""Access log, for the administrator of the authority."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from identity import selectors
from identity.pages import DeskEntry, SignedInAuthorityRequest, desk_page
from identity.roles import Permission

PAGE = 50


@desk_page(
    Permission.SEE_VIEWS,
    entry=DeskEntry(
        title=_("Who viewed personal data"),
        says=_("Which official opened which page showing whose data."),
        order=40,
    ),
)
def staff_views(request: SignedInAuthorityRequest) -> HttpResponse:
    """List who looked at which page with personal data of whom, the latest first. Three queries.

    People are named by the number of their account: the list is about the officials.
    """
    page = Paginator(selectors.views_in(request.authority), PAGE).get_page(request.GET.get("page"))
    return render(request, "identity/staff_views.html", {"authority": request.authority, "page": page})
