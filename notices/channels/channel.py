"""Channels: ways in which messages reach people."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from identity.models import Account
from notices.messages.kind import Message


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message on its way to one reader.

    `reference` is the same for each attempt, so that carrier and recipient can drop a duplicate.
    """

    to: str
    language: str
    reference: str
    message: Message


Send = Callable[[Parcel], None]


class Channel(ABC):
    """A channel. One object of each is in `notices.channels.CHANNELS`."""

    # Stored with each delivery: never changed or used again.
    code: str

    @abstractmethod
    def address(self, account: Account) -> str:
        """Return the account's address on this channel; empty if it has none."""

    @abstractmethod
    def connected(self) -> AbstractContextManager[Send]:
        """Give what sends one parcel after the other, in the active language, for one run.

        Entering and sending raise GatewayDown when nobody answers; sending raises GatewayError, with
        `permanent` where trying this reader again is no use.
        """
