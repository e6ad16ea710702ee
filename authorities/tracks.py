"""The kinds of proposals that every authority begins with.

From its founding on an authority has them as rows of its own, with texts of its own, and may add others.
Codes stay forever: proposals, reports and open data hold them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from core.i18n import in_every_language


class StandardTrack(StrEnum):
    """Codes of the tracks that services give by name."""

    GENERAL = "general"
    # Proposals for one neighbourhood.
    DONG = "dong"


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """A track as it is to be kept: its code and its text by language."""

    code: str
    text: Mapping[str, str]


_COMMON = (
    (StandardTrack.GENERAL, _("general proposal")),
    (StandardTrack.DONG, _("neighbourhood proposal")),
    ("petition", _("petition proposal")),
    ("youth", _("youth proposal")),
    ("global", _("global community proposal")),
)


def common_tracks() -> list[TrackRecord]:
    """Return the tracks that every authority begins with, in their order, in every language."""
    return [TrackRecord(str(code), in_every_language(text)) for code, text in _COMMON]
