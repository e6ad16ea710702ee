"""Facts about a request beyond Django's own."""

from django.http import HttpRequest


def is_htmx(request: HttpRequest) -> bool:
    """Return whether script asks for a part of the page; django-htmx's middleware has read the header."""
    return bool(request.htmx)  # type: ignore[attr-defined]


def is_mobile(request: HttpRequest) -> bool:
    """Return whether the browser says it runs on a phone or tablet: enough for a figure, and no proof."""
    said = request.headers.get("Sec-CH-UA-Mobile") == "?1"
    return said or "Mobi" in request.headers.get("User-Agent", "")
