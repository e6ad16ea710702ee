"""The HTTP gateway for text messages: what it posts, and which answers are for good."""

import json
import socket
import threading
import traceback
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from core.gateways import GatewayDown, GatewayError, sms

NUMBER = "+821055550101"


class _Provider(HTTPServer):
    def __init__(self) -> None:
        self.status = 202
        self.seen: list[tuple[str | None, dict[str, str]]] = []
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Provider

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.headers["Authorization"], json.loads(body)))
        self.send_response(self.server.status)
        self.send_header("Location", "https://elsewhere.example/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args) -> None:
        pass


@pytest.fixture
def provider(settings):
    server = _Provider()
    settings.SMS_GATEWAY = "core.gateways.sms.HttpGateway"
    settings.SMS_GATEWAY_ADDRESS = f"http://127.0.0.1:{server.server_port}/messages"
    settings.SMS_GATEWAY_TOKEN = "secret"
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    yield server
    server.shutdown()
    serving.join()
    server.server_close()


def test_a_text_is_posted_with_the_token(provider):
    sms.gateway().send(NUMBER, "Your verification code is 123456")

    assert provider.seen == [("Bearer secret", {"to": NUMBER, "text": "Your verification code is 123456"})]


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(422, True), (404, True), (401, False), (429, False), (503, False), (302, False)],
)
def test_what_is_said_of_the_number_is_for_good_and_what_is_said_of_us_or_them_is_not(
    provider, status, permanent
):
    provider.status = status

    with pytest.raises(GatewayError) as raised:
        sms.gateway().send(NUMBER, "a text")

    assert not isinstance(raised.value, GatewayDown)
    assert (raised.value.code, raised.value.permanent) == (f"status_{status}", permanent)
    assert len(provider.seen) == 1, "a redirection is not followed"


def test_a_provider_that_does_not_answer_is_an_outage_whose_error_holds_neither_number_nor_text(settings):
    settings.SMS_GATEWAY = "core.gateways.sms.HttpGateway"
    with socket.create_server(("127.0.0.1", 0)) as free:
        settings.SMS_GATEWAY_ADDRESS = f"http://127.0.0.1:{free.getsockname()[1]}/"

    text = "secret"[::-1]
    with pytest.raises(GatewayDown) as raised:
        sms.gateway().send(NUMBER, text)

    assert raised.value.code == "ConnectionError"
    written = "".join(traceback.format_exception(raised.value))
    assert NUMBER not in written
    assert text not in written
