"""The addresses of the API, its description, and the answer to whatever is not one of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, re_path
from django.urls.resolvers import URLPattern
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.request import Request

from core.web.pages import Row, Who, public_page
from proposals.web.api import ProposalDetail, ProposalList
from reports.web.api import Report
from rounds.public_api import PublicView
from rounds.web.api import RoundBySlug, RoundDetail, RoundList
from voting.ballots.web import api as ballots_api
from voting.publication.web import api as publication_api


class Missing(PublicView):
    """Whatever is no address of the API: a machine gets its 404 as JSON."""

    @extend_schema(exclude=True)
    def get(self, request: Request, rest: str) -> HttpResponse:
        raise Http404


class Schema(SpectacularJSONAPIView):
    """The OpenAPI description."""

    row = Row(Who.EVERYBODY)

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        answer: HttpResponse = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        return answer


@public_page()
def reference(request: HttpRequest) -> HttpResponse:
    """Show the API's description to a person: the same as the schema, nothing fetched from elsewhere."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    parts = schema["components"]["schemas"]
    return render(
        request,
        "api/reference.html",
        {
            "operations": list(_operations(schema)),
            "parts": [
                {
                    "name": name,
                    "description": part.get("description", ""),
                    "fields": list(_fields(part)),
                    "values": part.get("enum"),
                }
                for name, part in sorted(parts.items())
            ],
        },
    )


def _operations(schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for address, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield {
                "method": method.upper(),
                "address": address,
                "id": operation["operationId"],
                "summary": operation.get("summary", ""),
                "description": operation.get("description", ""),
                "parameters": [
                    {
                        "name": parameter["name"],
                        "place": parameter["in"],
                        "type": _type(parameter["schema"])[0],
                        "values": parameter["schema"].get("enum"),
                        "description": parameter.get("description", ""),
                        "required": parameter.get("required", False),
                    }
                    for parameter in operation.get("parameters", [])
                ],
                "responses": [
                    {
                        "status": status,
                        "description": response.get("description", ""),
                        "part": _part(response),
                    }
                    for status, response in operation["responses"].items()
                ],
            }


def _part(response: Mapping[str, Any]) -> str:
    """The name of the part a response is made of; whatever its kind of content, it is the same."""
    contents: list[Mapping[str, Any]] = list(response.get("content", {}).values())
    return _type(contents[0].get("schema", {}))[1] if contents else ""


def _fields(part: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, field in part.get("properties", {}).items():
        words, target = _type(field)
        yield {"name": name, "type": words, "part": target, "description": field.get("description", "")}


def _type(field: Mapping[str, Any]) -> tuple[str, str]:
    """Return a type in words, and the name of the part it refers to, or ""."""
    for key in ("allOf", "oneOf", "anyOf"):
        if key in field:
            found = [_type(each) for each in field[key]]
            return " / ".join(words for words, _ in found), next((part for _, part in found if part), "")
    if "$ref" in field:
        name = field["$ref"].rsplit("/", 1)[-1]
        return name, name
    if field.get("type") == "array":
        words, part = _type(field["items"])
        return f"[{words}]", part
    words = str(field.get("type", ""))
    if "format" in field:
        words += f" ({field['format']})"
    return words + (" | null" if field.get("nullable") else ""), ""


_ROUND = "rounds/<slug:authority>/<slug:slug>"
# The rest of the address when a round's own slug was its whole address.
_BEHIND_ROUND = (
    r"(?:proposals/(?:[-\w]+/)?|report/|results/|log/(?:(?:checkpoints|entries|consistency|inclusion/[-\w]+)/)?"
    r"|ballots/[-\w]+/)?"
)

urlpatterns: list[URLPattern] = [
    path("", reference, name="reference"),
    path("schema/", Schema.as_view(), name="schema"),
    path("rounds/", RoundList.as_view(), name="rounds"),
    # No round is called by one of these words, so no address below means anything else.
    re_path(
        rf"^rounds/(?P<slug>[-\w]+)/(?P<rest>{_BEHIND_ROUND})$", RoundBySlug.as_view(), name="round_by_slug"
    ),
    path(f"{_ROUND}/", RoundDetail.as_view(), name="round"),
    path(f"{_ROUND}/proposals/", ProposalList.as_view(), name="proposals"),
    path(f"{_ROUND}/proposals/<slug:code>/", ProposalDetail.as_view(), name="proposal"),
    path(f"{_ROUND}/report/", Report.as_view(), name="report"),
    path(f"{_ROUND}/results/", publication_api.Results.as_view(), name="results"),
    path(f"{_ROUND}/log/", ballots_api.Log.as_view(), name="log"),
    path(f"{_ROUND}/log/checkpoints/", ballots_api.Checkpoints.as_view(), name="checkpoints"),
    path(f"{_ROUND}/log/entries/", ballots_api.Entries.as_view(), name="entries"),
    path(f"{_ROUND}/log/inclusion/<slug:log_ref>/", ballots_api.Inclusion.as_view(), name="inclusion"),
    path(f"{_ROUND}/log/consistency/", ballots_api.Consistency.as_view(), name="consistency"),
    path(f"{_ROUND}/ballots/<slug:ballot_ref>/", ballots_api.CountedBallot.as_view(), name="counted"),
    # Whatever else, line breaks too, which a `path` converter does not match.
    re_path(r"^(?P<rest>[\s\S]+)$", Missing.as_view(), name="missing"),
]
app_name = "api"
