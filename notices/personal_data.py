"""Personal data of notices."""

from core.personal_data import Part, PersonalDataSource, own_rows
from notices.models import Delivery, Notice

SOURCES = (
    PersonalDataSource(
        model=Notice,
        columns=("account", "kind"),
        why="To tell somebody once what became of what they wrote.",
        on_erasure="stays; it names a number",
        part=Part(
            "notices",
            190,
            own_rows(
                Notice,
                "account",
                "kind",
                "announced_at",
                "deliveries__channel",
                "deliveries__state",
                "deliveries__sent_at",
            ),
        ),
    ),
    PersonalDataSource(
        model=Delivery,
        columns=("channel",),
        why="To try again what did not arrive. The address is the account's, and not kept here.",
        on_erasure="stays; it names a number",
        file="notices",
    ),
)
