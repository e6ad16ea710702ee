"""Sweeps that find what has to be told, and tell it."""

import contextlib

from celery import shared_task
from django.core.mail import EmailMultiAlternatives, get_connection

from notices import services

# One run stays far below the broker's visibility timeout; what is left waits for the next minute.
MOST_A_RUN = 200


@shared_task(acks_late=True)
def announce_due() -> int:
    """Promise a notice for each step and comment nobody was told of, then hurry the deliveries."""
    announced = services.announce_due(MOST_A_RUN)
    if announced:
        deliver_due.delay_on_commit()  # type: ignore[attr-defined]  # the stubs know plain tasks only
    return announced


@shared_task(acks_late=True)
def deliver_due() -> int:
    """Send what is due over one connection; stop where the mail server does not answer."""
    sent = 0
    with contextlib.suppress(OSError), get_connection() as connection:

        def send(message: EmailMultiAlternatives) -> None:
            connection.send_messages([message])

        while sent < MOST_A_RUN and services.deliver_next(send):
            sent += 1
    return sent
