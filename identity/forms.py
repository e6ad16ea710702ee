"""What is typed about accounts and roles."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from identity.models import Account
from identity.roles import Role
from rounds.models import Authority, Department
from rounds.multilingual import choose


class SignupForm(forms.Form):
    """What signing up asks for beside an e-mail address and a password."""

    display_name = forms.CharField(
        label=_("Name shown to others"),
        help_text=_("It stands beside what you propose and comment. It need not be your real name."),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    field_order = ("email", "display_name", "password1")

    def signup(self, request: HttpRequest, user: Account) -> None:
        """Do nothing: `AccountAdapter.save_user` has kept the name already, with the account."""


class AccountForm(forms.Form):
    """What people set about themselves."""

    display_name = forms.CharField(
        label=_("Name shown to others"),
        help_text=_("It stands beside what you propose and comment. It need not be your real name."),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    language = forms.ChoiceField(label=_("Language of your e-mails"), choices=settings.LANGUAGES)


class GrantForm(forms.Form):
    """A role for an account, by its e-mail address."""

    email = forms.EmailField(
        label=_("E-mail address of the account"),
        help_text=_("The person signs up first, as everybody does."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role)
    department = forms.ChoiceField(label=_("Department"), help_text=_("Only for reviewers."), required=False)
    reason = forms.CharField(label=_("Reason"), help_text=_("It is kept in the record."), max_length=200)

    def __init__(self, *args: Any, authority: Authority, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._departments = {department.slug: department for department in authority.departments.all()}
        department = self.fields["department"]
        assert isinstance(department, forms.ChoiceField)
        department.choices = [("", _("None"))] + [
            (slug, choose(row.name, language)[0]) for slug, row in self._departments.items()
        ]

    def clean_department(self) -> Department | None:
        slug = self.cleaned_data["department"]
        return self._departments[slug] if slug else None

    def clean(self) -> dict[str, Any]:
        """Find the account. That an official learns whether an address has one is meant."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "email" in cleaned:
            account = Account.objects.filter(email=cleaned["email"].lower(), is_active=True).first()
            cleaned["account"] = account
            if account is None:
                self.add_error("email", _("No account has this address. Ask the person to sign up first."))
        return cleaned


class EndForm(forms.Form):
    """Why a role ends."""

    reason = forms.CharField(label=_("Reason"), help_text=_("It is kept in the record."), max_length=200)
