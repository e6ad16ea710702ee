"""Personal data of screening."""

from django.utils.translation import gettext_lazy as _

from core.personal_data import PersonalDataSource
from moderation.models import Case, Decision

SOURCES = (
    PersonalDataSource(
        model=Case,
        columns=("hints",),
        why="To show a moderator where in a text contact data may stand: kinds and places, not the words.",
        on_erasure="stays",
        pages={
            "moderation:queue": _("queue of texts to screen, including one with contact details"),
            "moderation:case": _("screening of a text with contact details"),
        },
    ),
    PersonalDataSource(
        model=Decision,
        columns=("explanation",),
        why="To say to an author why a text was refused.",
        on_erasure="stays; it is the moderator's",
        file="proposals",
    ),
)
