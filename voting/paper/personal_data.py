"""Personal data of voting on paper."""

from core.personal_data import PersonalDataSource
from voting.paper.models import CancelledCheckIn

SOURCES = (
    PersonalDataSource(
        model=CancelledCheckIn,
        columns=("check_in", "reason"),
        why="To show that a mark on the list of voters was taken back, and why. In no file.",
        on_erasure="stays; a hash that names nobody",
    ),
)
