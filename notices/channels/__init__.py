"""The channels that notices take to their readers: one folder each, and one line here."""

from identity.models import Account
from notices.channels.channel import Channel
from notices.channels.email import EmailChannel

# By code, the one to try first before the others.
CHANNELS: dict[str, Channel] = {channel.code: channel for channel in (EmailChannel(),)}


def reaching(account: Account) -> list[Channel]:
    """Return the channels that reach an account, preferred one first."""
    if not account.is_active:
        return []
    return [channel for channel in CHANNELS.values() if channel.address(account)]
