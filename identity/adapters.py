"""How allauth's flows meet this platform: one event for a sign-up, mail in the recipient's language."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.forms import BaseForm
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import get_language

from identity import sealing, services
from identity.models import Account
from identity.services.vault import checked_key


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sends sign-ups through `services.register` and writes mail in the recipient's language."""

    def save_user(self, request: HttpRequest, user: Account, form: BaseForm, commit: bool = True) -> Account:
        super().save_user(request, user, form, commit=False)
        if commit:
            services.register(
                user,
                display_name=form.cleaned_data.get("display_name", ""),
                language=get_language() or "en",
            )
        return user

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send one of allauth's mails. Whoever has no account gets it in the language of the page."""
        account = context.get("user")
        if account is None:
            account = Account.objects.filter(email=email.lower()).first()
        with translation.override(account.language if account else get_language()):
            super().send_mail(template_prefix, email, context)

    def format_email_subject(self, subject: str) -> str:
        return str(subject)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps secrets of code generators and recovery codes sealed: a stolen database signs nobody in."""

    def encrypt(self, text: str) -> str:
        return sealing.seal(checked_key("fields"), "second factor", text)

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.unseal(checked_key("fields"), "second factor", encrypted_text)
