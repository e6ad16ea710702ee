"""Sending a short text to a phone. Which gateway does it is the setting SMS_GATEWAY."""

import sys
from typing import Protocol

import requests
from django.conf import settings
from django.utils.module_loading import import_string


class GatewayError(Exception):
    """The text could not be handed over."""


class Gateway(Protocol):
    """What a gateway does. `number` is "+" and digits. Raises GatewayError."""

    def send(self, number: str, text: str) -> None: ...


class HttpGateway:
    """Posts {"to", "text"} as JSON to SMS_GATEWAY_ADDRESS, with SMS_GATEWAY_TOKEN as bearer token."""

    def send(self, number: str, text: str) -> None:
        try:
            answer = requests.post(
                settings.SMS_GATEWAY_ADDRESS,
                json={"to": number, "text": text},
                headers={"Authorization": f"Bearer {settings.SMS_GATEWAY_TOKEN}"},
                timeout=5,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise GatewayError(type(error).__name__) from error
        if answer.status_code not in (200, 201, 202, 204):
            raise GatewayError(f"status {answer.status_code}")


class ConsoleGateway:
    """Writes texts to the terminal: for the demo on one machine."""

    def send(self, number: str, text: str) -> None:
        sys.stderr.write(f"Text message to {number}: {text}\n")


def gateway() -> Gateway:
    """Return the gateway in use."""
    made: Gateway = import_string(settings.SMS_GATEWAY)()
    return made
