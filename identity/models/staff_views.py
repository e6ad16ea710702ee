"""Access log: officials who viewed personal data."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from authorities.models import Authority
from core.personal_data import page_name


class StaffView(models.Model):
    """An official's view of a page with a person's personal data; shown to that person."""

    viewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    subject = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="staff_views")
    # Empty if the platform's operator viewed it.
    authority = models.ForeignKey(Authority, models.PROTECT, null=True, blank=True, related_name="+")
    # The name of the page's address, `identity:roles`.
    page = models.CharField(max_length=100)
    seen_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-seen_at", "-pk"]
        indexes: ClassVar = [
            # For a person's access log, and for an authority's.
            models.Index(fields=["subject", "-seen_at"], name="identity_views_of_subject"),
            models.Index(fields=["authority", "-seen_at"], name="identity_views_in_authority"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(viewer=F("subject")), name="identity_staffview_is_of_somebody_else"
            ),
        ]

    def __str__(self) -> str:
        return f"view of {self.subject_id} on {self.page}"

    @property
    def page_name(self) -> str:
        """The purpose of the page, in the reader's language."""
        return page_name(self.page)
