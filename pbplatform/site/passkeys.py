"""allauth's forms about security keys, whose field for a name has no label that could be translated."""

from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.utils.translation import gettext_lazy as _


class AddKeyForm(AddWebAuthnForm):  # type: ignore[misc]  # allauth is not typed
    name = forms.CharField(label=_("Name of the key"), required=False)


class EditKeyForm(EditWebAuthnForm):  # type: ignore[misc]  # allauth is not typed
    name = forms.CharField(label=_("Name of the key"))
