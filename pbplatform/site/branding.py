"""An authority's appearance: its name, the platform's name there, a colour and a logo."""

from typing import Any

from django import forms
from django.conf import settings as site
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from authorities.models import Authority, Logo
from authorities.services import set_branding
from core import colours
from core.exceptions import Refused
from core.i18n import LANGUAGES
from core.uploads import pictures
from core.web.forms import form_page, is_sent
from core.web.pages import public_page
from identity.pages import DeskEntry, SignedInAuthorityRequest, desk_page
from identity.roles import Permission

_FOR_EVER = "public, max-age=31536000, immutable"
_LANGUAGE_NAMES = dict(site.LANGUAGES)


class BrandingForm(forms.Form):
    """A name and a platform name in each language, a colour, a picture."""

    accent = forms.CharField(
        label=gettext_lazy("Colour of links and buttons"),
        help_text=gettext_lazy(
            "As #rrggbb, for example #14594a. It must be dark enough to read. Leave it empty to use ours."
        ),
        required=False,
        max_length=7,
    )
    picture = forms.FileField(
        label=gettext_lazy("Logo"),
        help_text=gettext_lazy("PNG, JPEG or WebP, up to 1 MB. It is shown next to your name."),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    without_logo = forms.BooleanField(label=gettext_lazy("Remove the logo"), required=False)

    def __init__(self, *args: Any, authority: Authority, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("accent", authority.accent)
        for code in LANGUAGES:
            words = {"language": str(_LANGUAGE_NAMES[code])}
            self.fields[f"name_{code}"] = forms.CharField(
                label=_("Name of the authority, in %(language)s") % words,
                max_length=80,
                required=False,
                initial=authority.name.get(code, ""),
                widget=forms.TextInput(attrs={"lang": code}),
            )
            self.fields[f"platform_{code}"] = forms.CharField(
                label=_("Name of the platform here, in %(language)s") % words,
                max_length=60,
                required=False,
                initial=authority.platform_name.get(code, ""),
                widget=forms.TextInput(attrs={"lang": code}),
            )
        order = [f"{kind}_{code}" for kind in ("name", "platform") for code in LANGUAGES]
        self.order_fields([*order, "accent", "picture", "without_logo"])
        if not authority.logo_hash:
            del self.fields["without_logo"]

    def clean_accent(self) -> str:
        accent = str(self.cleaned_data["accent"]).strip().lower()
        if accent and not colours.is_colour(accent):
            raise forms.ValidationError(_("Write the colour as # and six characters, each 0 to 9 or a to f."))
        return accent

    def texts(self, kind: str) -> dict[str, str]:
        """Return what was typed of one kind, by language, without those left empty."""
        typed = {code: self.cleaned_data.get(f"{kind}_{code}", "").strip() for code in LANGUAGES}
        return {code: text for code, text in typed.items() if text}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.texts("name"):
            self.add_error("name_en", _("Enter the name in at least one language."))
        return cleaned


@desk_page(
    Permission.SET_BRANDING,
    methods=["GET", "POST"],
    entry=DeskEntry(
        title=gettext_lazy("Name and appearance"),
        says=gettext_lazy("The authority's name, the platform's name, the colour and the logo."),
        order=10,
    ),
)
def settings(request: SignedInAuthorityRequest) -> HttpResponse:
    """Let an administrator change how the authority presents itself."""
    authority = request.authority
    form = BrandingForm(request.POST or None, request.FILES or None, authority=authority)
    if is_sent(request, form):
        picture = form.cleaned_data["picture"]
        try:
            set_branding(
                authority,
                name=form.texts("name"),
                platform_name=form.texts("platform"),
                accent=form.cleaned_data["accent"],
                # One octet more than may be: a longer file is refused without being read whole.
                picture=picture.read(pictures.MAX_BYTES + 1) if picture else None,
                without_logo=form.cleaned_data.get("without_logo", False),
                actor=request.user,
            )
        except Refused as refusal:
            form.add_error("accent" if refusal.code == "colour_too_faint" else "picture", refusal)
        else:
            messages.success(request, _("The name and appearance are saved."))
            return redirect("branding", authority.slug)
    context = {"authority": authority, "section": "work", "form": form}
    return form_page(request, "branding.html", context)


@public_page()
def logo(request: HttpRequest, authority_slug: str, digest: str) -> HttpResponse:
    """Give an authority's logo, named by its content."""
    found = get_object_or_404(
        Logo.objects.filter(authority__slug=authority_slug, authority__logo_hash=digest)
    )
    answer = HttpResponse(bytes(found.png), content_type="image/png")
    answer["Cache-Control"] = _FOR_EVER
    answer["Content-Disposition"] = 'inline; filename="logo.png"'
    return answer


@public_page()
def style(request: HttpRequest, authority_slug: str, colour: str) -> HttpResponse:
    """Give the style sheet that puts an authority's colour in the place of ours."""
    accent = f"#{colour}"
    if not Authority.objects.filter(slug=authority_slug, accent=accent).exclude(accent="").exists():
        raise Http404
    # High contrast goes before anybody's colours.
    sheet = (
        ":root:not(.pb-display-contrast){"
        f"--celadon-700:{accent};--celadon-800:{accent};--govuk-brand-colour:{accent};"
        f"--govuk-link-colour:{accent};--govuk-success-colour:{accent}}}"
    )
    answer = HttpResponse(sheet, content_type="text/css; charset=utf-8")
    answer["Cache-Control"] = _FOR_EVER
    return answer
