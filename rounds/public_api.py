"""Shared by the open data of every app: views, paged lists, answers, and the round."""

from typing import Any

from django.http import Http404
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.web.pages import Row, Who
from rounds.models import Round

MOST_ON_A_PAGE = 100


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
class TextsField(serializers.JSONField):
    """A text by language code: `{"ko": "…", "en": "…"}`, in the languages there are."""


class ProblemSerializer(serializers.Serializer[Any]):
    """The problem, in words."""

    detail = serializers.CharField()


UNCHANGED = OpenApiResponse(description="Nothing has changed since the ETag that was sent.")
NOT_FOUND = OpenApiResponse(ProblemSerializer, description="There is no such thing, or it is not public.")
REFUSED = OpenApiResponse(
    {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    description="A query word is not understood: what is wrong, by its name.",
)
ROUND = tuple(
    OpenApiParameter(name, str, OpenApiParameter.PATH, description=says, pattern="^[-a-zA-Z0-9_]+$")
    for name, says in (
        ("authority", "The name in addresses of the authority that holds the round."),
        ("slug", "The round's name in addresses; another authority may have one of the same name."),
    )
)


@method_decorator(conditional_page, name="dispatch")
class PublicView(APIView):
    """Open data: nobody signs in, any site may read it, and an ETag spares what has not changed."""

    row = Row(Who.EVERYBODY)
    authentication_classes = []
    permission_classes = [AllowAny]

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response


class PageSerializer(serializers.Serializer[Any]):
    """The requested page of a list."""

    page = serializers.IntegerField(min_value=1, max_value=100_000, default=1)
    page_size = serializers.IntegerField(min_value=1, max_value=MOST_ON_A_PAGE, default=50)


def asked_for(form: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return what the query words ask for, read by `form`. Raises ValidationError (400) if not understood.

    A word with nothing behind it is none of its values, and one that is given twice is not one value: both
    are refused as any other that is not understood would be.
    """
    # As a plain mapping: of a form that was sent, empty fields would be left out in silence.
    given = {name: said[0] if len(said) == 1 else said for name, said in request.query_params.lists()}
    words = form(data=given)
    words.is_valid(raise_exception=True)
    values: dict[str, Any] = words.validated_data
    return values


def page_of(rows: Any, asked: dict[str, Any]) -> tuple[int, list[Any]]:
    """Return how many rows there are, and those of the page that was asked for. Two queries."""
    start = (asked["page"] - 1) * asked["page_size"]
    return rows.count(), list(rows[start : start + asked["page_size"]])


def published_round(authority: str, slug: str) -> Round:
    """Return a published round with its authority and phases, or raise Http404. Two queries."""
    round = Round.objects.at(authority, slug).prefetch_related("phases").first()
    if round is None:
        raise Http404
    return round
