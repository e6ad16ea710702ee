"""The mail gateway says why a message was not taken, for good or for now, and names nobody."""

import smtplib
import socket
import traceback

import pytest
from django.core import mail as outgoing
from django.core.mail import EmailMessage

from core.gateways import GatewayDown, GatewayError, mail
from tests.core.peers import Answering

ADDRESS = "canary@example.org"


@pytest.fixture
def server(settings):
    settings.EMAIL_BACKEND = "tests.core.peers.Answering"
    Answering.answers, Answering.n_closed = [], 0
    return Answering


def _message() -> EmailMessage:
    return EmailMessage("Hello", "A text", to=[ADDRESS])


@pytest.mark.parametrize(
    ("answer", "code", "permanent"),
    [
        (smtplib.SMTPRecipientsRefused({ADDRESS: (550, b"no")}), "recipient_refused_550", True),
        (smtplib.SMTPRecipientsRefused({ADDRESS: (450, b"busy")}), "recipient_refused_450", False),
        (smtplib.SMTPDataError(451, ADDRESS.encode()), "SMTPDataError_451", False),
        # Most often a setting of ours: giving up would lose every message until somebody mends it.
        (smtplib.SMTPSenderRefused(550, b"who are you?", ADDRESS), "SMTPSenderRefused_550", False),
    ],
)
def test_a_message_that_is_not_taken_has_a_code_and_its_error_holds_no_address(
    server, answer, code, permanent
):
    server.answers = [answer]

    with pytest.raises(GatewayError) as raised:
        mail.send(_message())

    assert not isinstance(raised.value, GatewayDown)
    assert (raised.value.code, raised.value.permanent) == (code, permanent)
    assert ADDRESS not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize(
    ("answer", "midway"),
    [
        (smtplib.SMTPServerDisconnected("gone"), True),
        (TimeoutError(), False),
        (ConnectionResetError(), False),
    ],
)
def test_a_conversation_that_breaks_off_is_an_outage_and_may_be_the_messages_fault(server, answer, midway):
    server.answers = [answer]

    with pytest.raises(GatewayDown) as raised:
        mail.send(_message())

    assert (raised.value.code, raised.value.midway) == (type(answer).__name__, midway)
    assert raised.value.permanent is False


def test_a_server_that_nobody_answers_at_is_an_outage_before_anything_is_sent(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with socket.create_server(("127.0.0.1", 0)) as free:
        settings.EMAIL_PORT = free.getsockname()[1]

    with pytest.raises(GatewayDown, match="ConnectionRefusedError"), mail.connected():
        pytest.fail("not connected")


def test_several_messages_go_over_one_connection_which_is_closed_whatever_happens(server):
    server.answers = [None, smtplib.SMTPDataError(451, b"later"), None]

    with mail.connected() as send:
        send(_message())
        with pytest.raises(GatewayError):
            send(_message())
        send(_message())
    assert (server.answers, server.n_closed) == ([], 1)

    with pytest.raises(KeyError), mail.connected():
        raise KeyError
    assert server.n_closed == 2


def test_a_message_arrives():
    mail.send(_message())

    assert [message.to for message in outgoing.outbox] == [[ADDRESS]]
