"""Words of an authority in templates."""

from collections.abc import Mapping

from django import template
from django.template import Context

from authorities import selectors
from authorities.models import Authority

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
