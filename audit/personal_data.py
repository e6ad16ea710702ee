"""Personal data in the audit record."""

from django.utils.translation import gettext_lazy as _

from audit.models import Event
from core.personal_data import Part, PersonalDataSource, Term, own_rows

SOURCES = (
    PersonalDataSource(
        model=Event,
        columns=("actor", "subject_id", "details"),
        why="To show who did what, by numbers without names, and that nothing was changed.",
        on_erasure="stays; it names a number",
        part=Part(
            "record", 140, own_rows(Event, "actor", "at", "action", "subject_type", "subject_id", "details")
        ),
        terms=(
            Term(
                _("The record of who did what, by number, without names"),
                _("permanently: it proves that nothing was changed"),
            ),
        ),
    ),
)
