"""The visitor's choice about cookies: asked on every page until made, changed from every page's foot."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.vary import vary_on_headers

from core.web.pages import public_page
from core.web.requests import is_htmx
from identity import cookies, services
from identity.web.forms import CookieForm

# As long as a choice holds before it is asked for again.
_KEPT_SECONDS = 365 * 24 * 60 * 60

# Every cookie of the platform: the setting with its name, and what it is for.
NECESSARY = (
    ("SESSION_COOKIE_NAME", _("keeps you signed in and keeps choices you have not submitted yet")),
    ("CSRF_COOKIE_NAME", _("checks that a form was sent from this site")),
    ("LANGUAGE_COOKIE_NAME", _("remembers the language you chose")),
    ("DISPLAY_COOKIE_NAME", _("remembers how you want pages to be shown")),
    ("COOKIE_CHOICE_NAME", _("remembers what you chose on this page")),
    ("MESSAGES_COOKIE_NAME", _("carries one message to the next page and is then deleted")),
)


def choice_of(request: HttpRequest) -> dict[str, object]:
    """Context processor: `cookie_choice`, and `asks_for_cookies` if a page should ask.

    Only pages that can be opened again ask: nobody should leave the answer to a form, such as a receipt shown
    once, for the sake of a cookie.
    """
    choice = cookies.read(request.COOKIES.get(settings.COOKIE_CHOICE_NAME, ""))
    return {
        "cookie_choice": choice,
        "asks_for_cookies": choice is None and request.method == "GET" and not is_htmx(request),
    }


@vary_on_headers("HX-Request")
@public_page(methods=["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Show what cookies there are and let the visitor choose; the banner's buttons come here, too."""
    raw = request.COOKIES.get(settings.COOKIE_CHOICE_NAME, "")
    known = cookies.read(raw)
    pressed = request.POST.get("choice", "")
    if request.method == "POST" and pressed != "choose":
        form = CookieForm(request.POST)
        if pressed in ("necessary", "all"):
            performance = targeting = pressed == "all"
        else:
            form.full_clean()
            performance, targeting = form.cleaned_data["performance"], form.cleaned_data["targeting"]
        chosen = services.choose_cookies(
            cookies.visitor_in(raw), performance=performance, targeting=targeting
        )
        answer = _kept(request)
        answer.set_cookie(
            settings.COOKIE_CHOICE_NAME,
            str(chosen),
            max_age=_KEPT_SECONDS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return answer
    if request.method == "POST":
        return redirect("cookies")
    context = {
        "form": CookieForm(
            initial={
                "performance": known is not None and known.performance,
                "targeting": known is not None and known.targeting,
            }
        ),
        "known": known,
        "version": cookies.VERSION,
        "necessary": [(getattr(settings, name), says) for name, says in NECESSARY],
        "asks_for_cookies": False,
    }
    return render(request, "pbplatform/cookies.html", context)


def _kept(request: HttpRequest) -> HttpResponse:
    """Answer the banner in its place where script asked, else lead back to the page it stood on."""
    if is_htmx(request):
        return render(request, "_cookies_kept.html")
    messages.success(
        request, _("Your cookie choice is saved. You can change it at the bottom of every page.")
    )
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return redirect(target)
    return redirect("cookies")
