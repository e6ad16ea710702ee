"""Display settings of a visitor: larger text, high contrast, plain language.

Kept in a cookie that the visitor asked for, with or without account and script; nothing else reads it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from core.web.forms import form_page, is_sent
from core.web.pages import public_page

_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Display:
    """A visitor's display settings; defaults unless chosen."""

    large: bool = False
    contrast: bool = False
    plain: bool = False

    @classmethod
    def of(cls, request: HttpRequest) -> "Display":
        words = request.COOKIES.get(settings.DISPLAY_COOKIE_NAME, "").split(".")
        return cls(**{name: name in words for name in cls.__slots__})

    @property
    def words(self) -> list[str]:
        """The names of what is chosen: the cookie's value, and the classes of the page."""
        return [name for name, is_chosen in asdict(self).items() if is_chosen]

    @property
    def classes(self) -> str:
        return " ".join(f"pb-display-{word}" for word in self.words)


class DisplayForm(forms.Form):
    """The three choices."""

    says_optional = False

    large = forms.BooleanField(label=_("Larger text"), required=False)
    contrast = forms.BooleanField(
        label=_("High contrast"),
        required=False,
        help_text=_("Black on white, with strong outlines."),
    )
    plain = forms.BooleanField(
        label=_("Plain language"),
        required=False,
        help_text=_("Short sentences and simple words, where available."),
    )
    next = forms.CharField(required=False, widget=forms.HiddenInput)


def shown(request: HttpRequest) -> Mapping[str, Display]:
    """Give templates the visitor's `display`."""
    return {"display": Display.of(request)}


@public_page(methods=["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Let a visitor choose; on POST, keep the choice and return to the previous page."""
    chosen = Display.of(request)
    form = DisplayForm(request.POST or None, initial={**asdict(chosen), "next": request.GET.get("next", "")})
    if not is_sent(request, form):
        return form_page(request, "display.html", {"form": form})
    target = form.cleaned_data.pop("next")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    answer = redirect(target)
    words = Display(**form.cleaned_data).words
    if words:
        answer.set_cookie(
            settings.DISPLAY_COOKIE_NAME,
            ".".join(words),
            max_age=_YEAR,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    else:
        answer.delete_cookie(settings.DISPLAY_COOKIE_NAME, samesite="Lax")
    return answer
