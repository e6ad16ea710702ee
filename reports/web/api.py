"""A round's published report for machines: `/api/v1/rounds/<authority>/<slug>/report/`."""

from typing import Any

from django.http import Http404
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.plumbing import ResolvedComponent, list_hash
from drf_spectacular.utils import extend_schema
from pydantic import Field
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import LiteralSchema, ModelSchema, NullableSchema
from rest_framework.request import Request
from rest_framework.response import Response

from proposals import lifecycle
from reports import assembly, selectors
from reports.figures import FIGURES
from reports.schema import Instant, Model
from rounds.public_api import NOT_FOUND, ROUND, UNCHANGED, PublicView, published_round


class PublishedReport(Model):
    """A report as it was published. Amounts in minor units, names in every language there is."""

    number: int
    published_at: Instant
    sha256: str = Field(description="Of the report's JSON file.")
    corrects: int | None = Field(description="The number of the report it corrects.")
    correction: str


# Lists that other parts of the API have too: known by this to be the same, and named once.
_NAMED_CHOICES = {
    tuple(lifecycle.codes()): list_hash(lifecycle.choices()),
}


class _OpenApi(GenerateJsonSchema):
    """JSON schema as OpenAPI 3.0 has it: `nullable` for a type "null", an `enum` of one for a constant."""

    def nullable_schema(self, schema: NullableSchema) -> JsonSchemaValue:
        inner = self.generate_inner(schema["schema"])
        return {"allOf": [inner], "nullable": True} if "$ref" in inner else {**inner, "nullable": True}

    def model_schema(self, schema: ModelSchema) -> JsonSchemaValue:
        described = super().model_schema(schema)
        # The next figure is no break with the description of today.
        for name in ("additionalProperties", "title"):
            described.pop(name, None)
        for field in described["properties"].values():
            if tuple(field.get("enum", ())) in _NAMED_CHOICES:
                field["x-spec-enum-id"] = _NAMED_CHOICES[tuple(field["enum"])]
        return described

    def literal_schema(self, schema: LiteralSchema) -> JsonSchemaValue:
        return {"type": "string", "enum": schema["expected"]}

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


class PublishedReportExtension(OpenApiSerializerExtension):
    """Describes a report: its publication, its heading, and every figure there is."""

    target_class = PublishedReport
    priority = 1

    def get_name(self, auto_schema: Any, direction: Any) -> str:
        return "Report"

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        document = assembly.model(assembly.current_format())
        schema = _described(PublishedReport)
        parts = _described(document)
        for name, part in (parts.pop("$defs", {}) | schema.pop("$defs", {})).items():
            component = ResolvedComponent(name, ResolvedComponent.SCHEMA, schema=part, object=name)
            auto_schema.registry.register(component)
        newer = {figure.key for figure in FIGURES if figure.since > 1}
        return schema | {
            "properties": schema["properties"] | parts["properties"],
            "required": schema["required"] + [name for name in parts["required"] if name not in newer],
        }


def _described(part: type[Model]) -> dict[str, Any]:
    return part.model_json_schema(
        mode="serialization", ref_template="#/components/schemas/{model}", schema_generator=_OpenApi
    )


class Report(PublicView):
    @extend_schema(
        operation_id="report",
        summary="The report of a round that stands",
        parameters=[*ROUND],
        responses={200: PublishedReport, 304: UNCHANGED, 404: NOT_FOUND},
    )
    def get(self, request: Request, authority: str, slug: str) -> Response:
        """Return how many proposals were adopted and why the others were not; nothing is computed again."""
        snapshot = selectors.latest(published_round(authority, slug))
        if snapshot is None:
            raise Http404
        published = {
            "number": snapshot.number,
            "published_at": snapshot.taken_at.isoformat(),
            "sha256": snapshot.sha256,
            # Each report but the first corrects the one before.
            "corrects": snapshot.number - 1 if snapshot.corrects_id else None,
            "correction": snapshot.correction,
        }
        # In the order of the description; stored JSON has none.
        names = assembly.model(snapshot.document["format"]).model_fields
        return Response(published | {name: snapshot.document[name] for name in names})
