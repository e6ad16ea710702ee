"""Notices by e-mail, as text and as HTML. Settings: Django's EMAIL_ ones and DEFAULT_FROM_EMAIL."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from core.gateways import mail
from identity.models import Account
from notices.channels.channel import Channel, Parcel, Send


class EmailChannel(Channel):
    code = "email"

    def address(self, account: Account) -> str:
        return str(account.email)

    @contextmanager
    def connected(self) -> Iterator[Send]:
        with mail.connected() as send:
            yield lambda parcel: send(compose(parcel))


def compose(parcel: Parcel) -> EmailMultiAlternatives:
    """Return the mail that carries a parcel."""
    context = {"message": parcel.message, "language": parcel.language}
    mail = EmailMultiAlternatives(
        # A title can contain a line break; a header cannot.
        subject=" ".join(parcel.message.title.split()),
        body=render_to_string("notices/email.txt", context),
        to=[parcel.to],
        headers={
            "Message-ID": f"<{parcel.reference}@{_domain()}>",
            "Content-Language": parcel.language,
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(render_to_string("notices/email.html", context), "text/html")
    return mail


def _domain() -> str:
    return str(settings.SITE_URL).split("://")[-1].split("/")[0].split(":")[0]
