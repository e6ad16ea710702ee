"""The platform with a page, and an address of the API, that let a refusal rise."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response

from core.web.pages import public_page
from rounds.exceptions import PhaseNotOpen
from rounds.public_api import PublicView


@public_page(methods=["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    raise PhaseNotOpen()


class Machine(PublicView):
    def get(self, request: Request, **address: Any) -> Response:
        raise PhaseNotOpen()


urlpatterns = [
    path("refusing/", page),
    path("api/v1/refusing/", Machine.as_view()),
    path("", include("pbplatform.urls")),
]
