"""Fields that authors fill in: one list of columns, from which all handling of a proposal's text derives."""

from typing import Any, ClassVar, TypedDict

from django.conf import settings
from django.db import models

from authorities.models import Category
from places.models import Area


class Fields(TypedDict, total=False):
    """The fields of a text as services take them, with those that a form adds; a draft may leave any out."""

    title: str
    body: str
    category: Category | None
    area: Area | None
    requested_cost_minor: int | None
    language: str
    track: str
    channel: str


class ProposalText(models.Model):
    """The columns that an author fills in, in the order of the form.

    `Proposal` holds the text as it is now, `Revision` as it was at a submission. A draft may lack anything;
    CHECK constraints of both tables say what a submitted text must have.
    """

    # Fields that a submission can leave empty: without a place it is for the authority's whole area.
    OPTIONAL: ClassVar = frozenset({"area"})
    # The text shown for a row of another table.
    KEYS: ClassVar = {"category": "category__slug", "area": "area__code"}

    title = models.CharField(max_length=120, blank=True)
    body = models.TextField(max_length=4000, blank=True)
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True, related_name="%(class)ss")
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="%(class)ss")
    # The author's estimate of the cost, in the round's currency; 0 is known from records, for a wish that
    # needs no project.
    requested_cost_minor = models.BigIntegerField(null=True, blank=True)
    language = models.CharField(max_length=5, choices=settings.LANGUAGES)

    class Meta:
        abstract = True

    @property
    def is_complete(self) -> bool:
        """Return whether everything that a submission needs is filled in."""
        return all(
            _is_filled_in(getattr(self, field.attname))
            for field in ProposalText._meta.local_fields
            if field.name not in self.OPTIONAL
        )

    def text(self) -> dict[str, Any]:
        """Return what the author filled in, by column. No query."""
        return {field.attname: getattr(self, field.attname) for field in ProposalText._meta.local_fields}


def _is_filled_in(value: Any) -> bool:
    return bool(value.strip() if isinstance(value, str) else value)


# In the order of the form.
TEXT_FIELDS = tuple(field.name for field in ProposalText._meta.local_fields)
# Free text: screened, searched, and emptied when it must go.
WORDS = tuple(
    field.name
    for field in ProposalText._meta.local_fields
    if isinstance(field, models.CharField | models.TextField) and not field.choices
)
# Query names under which a text is written out for people.
WRITTEN_OUT = tuple(ProposalText.KEYS.get(name, name) for name in TEXT_FIELDS)
