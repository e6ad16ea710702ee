"""Adapters of allauth: one event per registration, mail in the recipient's language.

Of a sign-in provider, only the subject (hashed) and the e-mail address are kept.
"""

import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from allauth.account import app_settings as account_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db.models import Q
from django.forms import BaseForm
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import get_random_string
from django.utils.translation import gettext

from authorities.models import Authority
from core.gateways import mail
from core.i18n import current_language, localize, text_in
from identity import fields, identifiers, keys, selectors, services
from identity.models import Account, SignInProvider
from identity.services.resealing import SECOND_FACTOR
from identity.services.vault import identity_key

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Site:
    """A site in the library's sense, by the name that people know."""

    name: str
    domain: str


def _sender() -> str:
    """Return who writes, in the active language: the site's only authority, or else the platform."""
    authorities = list(Authority.objects.all()[:2])
    if len(authorities) == 1:
        return localize(authorities[0].name)
    return gettext("Participatory budgeting")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sends sign-ups through `services.register` and writes mail in the recipient's language."""

    def save_user(self, request: HttpRequest, user: Account, form: BaseForm, commit: bool = True) -> Account:
        super().save_user(request, user, form, commit=False)
        if commit:
            accepted = form.cleaned_data.get("accept_terms") and form.cleaned_data.get("accept_privacy")
            services.register(
                user,
                display_name=form.cleaned_data.get("display_name", ""),
                language=current_language(),
                agrees_to=selectors.policies_in_force() if accepted else (),
            )
        return user

    def post_login(self, request: HttpRequest, user: Account, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Lead users who have not agreed to the texts in force via them; they can still read."""
        answer: HttpResponseBase = super().post_login(request, user, *args, **kwargs)
        if settings.CONSENT_ASKED and answer.status_code == 302 and selectors.policies_to_accept(user):
            query = urlencode({"next": answer.headers["Location"]})
            return redirect(f"{reverse('identity:consent')}?{query}")
        return answer

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send one of allauth's mails through the mail gateway. Raises GatewayError.

        People without an account get it in the language of the page.
        """
        account = context.get("user")
        if account is None:
            account = Account.objects.filter(email=email.lower()).first()
        with translation.override(account.language if account else current_language()):
            request = allauth_context.request
            sender = _sender()
            about = {
                "request": request,
                "email": email,
                # The library's own sentences name a site: they get the city's name, never a host's.
                "current_site": _Site(sender, sender),
                "sender": sender,
                "minutes": account_settings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT // 60,
                "link_minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
            }
            mail.send(self.render_mail(template_prefix, email, context | about))

    def send_account_already_exists_mail(self, email: str) -> None:
        """Tell the owner of an address that someone tried to register with it.

        A password is hashed as for a new account: otherwise a quick answer would reveal the account.
        """
        make_password(get_random_string(32))
        super().send_account_already_exists_mail(email)

    def format_email_subject(self, subject: str) -> str:
        return f"{_sender()}: {subject}"


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps secrets of code generators and recovery codes sealed: a stolen database signs nobody in."""

    def encrypt(self, text: str) -> str:
        return fields.seal(SECOND_FACTOR, text)

    def decrypt(self, encrypted_text: str) -> str:
        return fields.unseal(SECOND_FACTOR, encrypted_text)


class OpenIDProvider(OpenIDConnectProvider):  # type: ignore[misc]
    """A sign-in provider from which only the minimum is requested and kept."""

    def extract_uid(self, data: dict[str, Any]) -> str:
        """Return a keyed hash of the subject, since it may be a national number."""
        subject = identifiers.subject(self.app.settings["issuer"], super().extract_uid(data))
        return identifiers.keyed_hash(identity_key(), 0, "sign-in", subject).hex()

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        return {}

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"email": super().extract_common_fields(data)["email"]}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[EmailAddress]:
        found = super().extract_email_addresses(data)
        for address in found:
            # A text "true" is not the claim.
            address.verified = address.verified is True and self.app.settings["trusts_addresses"]
        return list(found)

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:
        """Return the operator's scope; words in the address add nothing to it."""
        return list(self.get_scope())

    def serialize(self) -> dict[str, Any]:
        # By its slug: two issuers may have given the same client id.
        return {"id": self.app.provider_id}


class SignInAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Offers the providers an operator has opened, and ties none to an account without proof."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        found = SignInProvider.objects.filter(is_open=True).select_related("authority")
        if provider and provider != OpenIDConnectProvider.id:
            found = found.filter(Q(slug=provider))
        if client_id:
            found = found.filter(client_id=client_id)
        return [app for app in map(self._app, found) if app is not None]

    def _app(self, provider: SignInProvider) -> SocialApp | None:
        language = current_language()
        name = text_in(provider.name, language)
        if provider.authority is not None:
            name = f"{name} ({text_in(provider.authority.name, language)})"
        try:
            secret = keys.secret(f"sign-in-{provider.slug}")
        except keys.KeyUnavailable as error:
            # The other ways to sign in must go on working.
            logger.error("sign-in with %s is not possible: %s", provider.slug, error)
            return None
        return SocialApp(
            provider=OpenIDConnectProvider.id,
            provider_id=provider.slug,
            name=name,
            client_id=provider.client_id,
            secret=secret,
            settings={
                "server_url": provider.issuer,
                "issuer": provider.issuer,
                "scope": provider.scope.split(),
                "oauth_pkce_enabled": True,
                "trusts_addresses": provider.trusts_addresses,
            },
        )

    def get_provider(
        self, request: HttpRequest, provider: str, client_id: str | None = None
    ) -> OpenIDProvider:
        return OpenIDProvider(request, app=self.get_app(request, provider=provider, client_id=client_id))

    def list_providers(self, request: HttpRequest) -> list[OpenIDProvider]:
        return [OpenIDProvider(request, app=app) for app in self.list_apps(request)]

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:
        """Return whether the provider's addresses are trusted and the account has confirmed the same address.

        Otherwise someone who once registered with another person's address would be waiting in that account.
        """
        return bool(login.provider.app.settings["trusts_addresses"]) and (
            EmailAddress.objects.filter(email=email.lower(), verified=True).exists()
        )

    def save_user(
        self, request: HttpRequest, sociallogin: SocialLogin, form: BaseForm | None = None
    ) -> Account:
        account: Account = sociallogin.user
        if form is None:
            account.set_unusable_password()
            services.register(account, display_name="", language=current_language())
            sociallogin.save(request)
            return account
        saved: Account = super().save_user(request, sociallogin, form)
        return saved
