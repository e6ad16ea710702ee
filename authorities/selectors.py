"""Reads of an authority's own words."""

from collections.abc import Mapping

from authorities.ballot_marks import BallotMark, usual_mark
from authorities.models import Authority, AuthoritySettings, Reason, Track
from authorities.reasons import Serves
from core.i18n import localize


def offered_reasons(authority_id: int, purpose: Serves) -> list[tuple[str, str]]:
    """Return code and text, in the reader's language, of what can be given as a reason. One query."""
    rows = Reason.objects.filter(authority=authority_id, is_active=True, serves__contains=[purpose])
    return [(row.code_id, localize(row.text)) for row in rows]


def purposes_of(authority_id: int, code: str) -> set[str]:
    """Return the decisions a reason can be given for; empty if the authority does not give it. One query."""
    found = Reason.objects.filter(authority=authority_id, is_active=True, code=code)
    return set(found.values_list("serves", flat=True).first() or ())


def reason_texts(authority_slug: str) -> dict[str, Mapping[str, str]]:
    """Return the text of each reason of an authority by code, also of those given no longer. One query."""
    return dict(Reason.objects.filter(authority__slug=authority_slug).values_list("code", "text"))


def reason_in_words(texts: Mapping[str, Mapping[str, str]], code: str) -> str:
    """Return a reason in the reader's language; its code if the authority has no such reason."""
    return localize(texts[code]) if code in texts else code


def track_texts(authority_slug: str) -> dict[str, Mapping[str, str]]:
    """Return the text of each track of an authority by code, in its order. One query."""
    return dict(Track.objects.filter(authority__slug=authority_slug).values_list("code", "text"))


def track_in_words(texts: Mapping[str, Mapping[str, str]], code: str) -> str:
    """Return a track in the reader's language; its code if the authority has no such track."""
    return localize(texts[code]) if code in texts else code


def settings_of(authority_id: int) -> AuthoritySettings:
    """Return the authority's settings, or the defaults if it has none. One query."""
    found = AuthoritySettings.objects.filter(authority=authority_id).first()
    return found or AuthoritySettings(authority_id=authority_id)


def ballot_mark_of(authority: Authority) -> BallotMark:
    """Return the mark on the paper ballots of an authority: its setting or the usual one. Up to 2 queries."""
    chosen = settings_of(authority.pk).ballot_mark
    return BallotMark(chosen) if chosen else usual_mark(authority.area.country)
