"""Text messages. The setting SMS_GATEWAY names the class that hands them over."""

import sys
from typing import Protocol

import requests
from django.conf import settings
from django.utils.module_loading import import_string

from core.gateways import GatewayDown, GatewayError

# Answers that say something about this number or text, and will be the same the next time.
_PERMANENT = frozenset({400, 404, 410, 422})
_TIMEOUT_SECONDS = 5


class Gateway(Protocol):
    """Sender of text messages. `number` is "+" and digits. Raises GatewayError."""

    def send(self, number: str, text: str) -> None: ...


class HttpGateway:
    """Posts {"to", "text"} as JSON to SMS_GATEWAY_ADDRESS, with SMS_GATEWAY_TOKEN as bearer token."""

    def send(self, number: str, text: str) -> None:
        try:
            answer = requests.post(
                settings.SMS_GATEWAY_ADDRESS,
                json={"to": number, "text": text},
                headers={"Authorization": f"Bearer {settings.SMS_GATEWAY_TOKEN}"},
                timeout=_TIMEOUT_SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise GatewayDown(type(error).__name__) from None
        if answer.status_code not in (200, 201, 202, 204):
            raise GatewayError(f"status_{answer.status_code}", permanent=answer.status_code in _PERMANENT)


class ConsoleGateway:
    """Writes texts to the terminal: for the demo on one machine."""

    def send(self, number: str, text: str) -> None:
        sys.stderr.write(f"Text message to {number}: {text}\n")


def gateway() -> Gateway:
    """Return the gateway in use."""
    made: Gateway = import_string(settings.SMS_GATEWAY)()
    return made
