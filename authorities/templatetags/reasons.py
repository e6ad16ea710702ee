"""Words of an authority in templates."""

from collections.abc import Mapping
from typing import Protocol

from django import template
from django.template import Context

from authorities import institutions, selectors
from authorities.institutions import Institution
from authorities.models import Authority
from core.i18n import current_language

register = template.Library()


@register.simple_tag(takes_context=True)
def reason(context: Context, code: str, authority: Authority) -> str:
    """Write a reason of the authority in the reader's language. One query a page, however many there are."""
    request = context["request"]
    known: dict[int, dict[str, Mapping[str, str]]] = getattr(request, "reason_texts", {})
    if authority.pk not in known:
        known[authority.pk] = selectors.reason_texts(authority.slug)
        request.reason_texts = known
    return selectors.reason_in_words(known[authority.pk], code)


@register.simple_tag(takes_context=True)
def track(context: Context, code: str, authority: Authority) -> str:
    """Write a kind of proposal in the reader's language. One query a page, however many there are."""
    request = context["request"]
    known: dict[int, dict[str, Mapping[str, str]]] = getattr(request, "track_texts", {})
    if authority.pk not in known:
        known[authority.pk] = selectors.track_texts(authority.slug)
        request.track_texts = known
    return selectors.track_in_words(known[authority.pk], code)


@register.filter
def institution(authority: Authority, term: str) -> str:
    """Return what an institution of the authority's country is called in the reader's language."""
    return institutions.institution(Institution(term), authority.area.country, current_language())


class _Act(Protocol):
    """Something done by a body of a round."""

    body: str

    def get_body_display(self) -> str: ...


@register.simple_tag
def body_of(act: _Act, authority: Authority) -> str:
    """Write who acted: an institution of the country by its name there, anybody else by a general word."""
    if act.body in set(Institution):
        return institution(authority, act.body)
    return act.get_body_display()
