"""Forms about oneself and, for officials, about others: accounts, agreements, roles."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from authorities.models import Authority, Department
from core.i18n import text_in
from identity import selectors
from identity.models import Account, Policy
from identity.roles import Role
from identity.selectors import Version

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def _display_name() -> forms.CharField:
    return forms.CharField(
        label=_("Display name"),
        help_text=_("It is shown with your proposals and comments. It does not have to be your real name."),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )


class SignupForm(forms.Form):
    """Fields of registration in addition to e-mail address and password."""

    display_name = _display_name()
    accept_terms = forms.BooleanField(label=_("I agree to the terms of use"))
    accept_privacy = forms.BooleanField(
        label=_("I have read the privacy notice and agree to the use of my data as described there")
    )
    field_order = ("email", "display_name", "password1", "accept_terms", "accept_privacy")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not settings.CONSENT_ASKED:
            del self.fields["accept_terms"], self.fields["accept_privacy"]
            return
        self.fields["accept_terms"].help_text = _link("terms", _("Read the terms of use"))
        self.fields["accept_privacy"].help_text = _link("privacy", _("Read the privacy notice"))

    def signup(self, request: HttpRequest, user: Account) -> None:
        """Do nothing: `AccountAdapter.save_user` has kept the name already, with the account."""


def _link(route: str, words: "StrOrPromise") -> str:
    return format_html('<a href="{}" target="_blank" rel="noopener">{}</a>', reverse(route), words)


class AgreementForm(forms.Form):
    """The texts not yet agreed to, one box each."""

    def __init__(self, *args: Any, versions: Sequence[Version], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = {
            Policy.Kind.TERMS: (_("I agree to the terms of use"), _("Read the terms of use")),
            Policy.Kind.PRIVACY: (
                _("I have read the privacy notice and agree to the use of my data as described there"),
                _("Read the privacy notice"),
            ),
        }
        for version in versions:
            label, link = words[version.kind]
            self.fields[f"accept_{version.kind.value}"] = forms.BooleanField(
                label=label, help_text=_link(version.kind.value, link)
            )


class EraseForm(forms.Form):
    """Choices when an account is erased."""

    texts = forms.ChoiceField(
        label=_("What should happen to your public proposals?"),
        choices=[
            ("keep", _("They stay, under the name “former participant”.")),
            (
                "withdraw",
                _(
                    "They are withdrawn if the round still allows it. They stay readable, marked "
                    "as withdrawn."
                ),
            ),
        ],
        initial="keep",
        widget=forms.RadioSelect,
    )
    is_certain = forms.BooleanField(label=_("Erase my account. This cannot be undone."))


class CookieForm(forms.Form):
    """Consent to cookies other than the necessary ones."""

    performance = forms.BooleanField(
        label=_("Performance cookies"),
        help_text=_(
            "They count which pages are read, without identifying anyone. This site currently sets none."
        ),
        required=False,
    )
    targeting = forms.BooleanField(
        label=_("Targeting cookies"),
        help_text=_("Third parties use them to decide what to show you. This site sets none."),
        required=False,
    )


class AccountForm(forms.Form):
    """A person's own settings."""

    display_name = _display_name()
    language = forms.ChoiceField(label=_("Language of your e-mails"), choices=settings.LANGUAGES)


def _reason() -> forms.CharField:
    return forms.CharField(label=_("Reason"), help_text=_("It is kept on record."), max_length=200)


class GrantForm(forms.Form):
    """A role for an account, by its e-mail address."""

    email = forms.EmailField(
        label=_("E-mail address of the account"),
        help_text=_("The person must first create an account."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role)
    department = forms.ChoiceField(label=_("Department"), help_text=_("Only for reviewers."), required=False)
    reason = _reason()

    def __init__(self, *args: Any, authority: Authority, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._departments = {department.slug: department for department in authority.departments.all()}
        department = self.fields["department"]
        assert isinstance(department, forms.ChoiceField)
        department.choices = [("", _("None"))] + [
            (slug, text_in(row.name, language)) for slug, row in self._departments.items()
        ]

    def clean_department(self) -> Department | None:
        slug = self.cleaned_data["department"]
        return self._departments[slug] if slug else None

    def clean(self) -> dict[str, Any]:
        """Find the account. That an official learns whether an address has one is meant."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "email" in cleaned:
            account = selectors.active_account_at(cleaned["email"])
            cleaned["account"] = account
            if account is None:
                self.add_error(
                    "email", _("No account has this address. Ask the person to create an account first.")
                )
        return cleaned


class EndForm(forms.Form):
    """The reason for ending a role."""

    reason = _reason()
