"""A mail server whose answers a test chooses."""

from collections.abc import Sequence
from typing import ClassVar

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class Answering(BaseEmailBackend):
    """A mail server that answers each message with the next of `answers`, an error or None."""

    answers: ClassVar[list[Exception | None]] = []
    n_closed: ClassVar[int] = 0

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        answer = Answering.answers.pop(0)
        if answer is not None:
            raise answer
        return len(messages)

    def close(self) -> None:
        Answering.n_closed += 1
