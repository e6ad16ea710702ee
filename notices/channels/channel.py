"""What a channel is: a way in which messages reach people."""

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

    `reference` is the same for each attempt, so that whoever carries or receives it can drop a repeat.
    """

    to: str
    language: str
    reference: str
    message: Message


Send = Callable[[Parcel], None]


class Channel(ABC):
    """A channel. One object of each stands in `notices.channels.CHANNELS`."""

    # Stored with each delivery: never changed or used again.
    code: str

    @abstractmethod
    def address(self, account: Account) -> str:
        """Return where the channel reaches somebody; empty if it does not."""

    @abstractmethod
    def connected(self) -> AbstractContextManager[Send]:
        """Give what sends one parcel after the other, in the active language, for one run.

        Entering and sending raise GatewayDown when nobody answers; sending raises GatewayError, with
        `permanent` where trying this reader again is no use.
        """
