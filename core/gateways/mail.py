"""Mail. Which server carries it are Django's EMAIL_ settings; EMAIL_TIMEOUT bounds each wait for it."""

import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.mail import EmailMessage, get_connection

from core.gateways import GatewayDown, GatewayError


@contextmanager
def connected() -> Iterator[Callable[[EmailMessage], None]]:
    """Return a function that sends messages over one connection.

    Raises GatewayDown if the server cannot be reached. The function raises that too, and GatewayError if the
    server refuses a message: permanently only if it knows no such mailbox, since other refusals are more
    often our own settings.
    """
    connection = get_connection()
    try:
        connection.open()
    except OSError as error:
        raise GatewayDown(_code(error)) from None

    def send_over(message: EmailMessage) -> None:
        try:
            connection.send_messages([message])
        except smtplib.SMTPRecipientsRefused as refusal:
            status = next(iter(refusal.recipients.values()), (0, b""))[0]
            raise GatewayError(f"recipient_refused_{status}", permanent=500 <= status < 600) from None
        except smtplib.SMTPResponseException as error:
            raise GatewayError(_code(error)) from None
        except OSError as error:
            raise GatewayDown(
                _code(error), midway=isinstance(error, smtplib.SMTPServerDisconnected)
            ) from None

    try:
        yield send_over
    finally:
        connection.close()


def send(message: EmailMessage) -> None:
    """Send one message. Raises GatewayError."""
    with connected() as send_over:
        send_over(message)


def _code(error: OSError) -> str:
    name = type(error).__name__
    return f"{name}_{error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else name
