"""Personal data of voting on paper."""

from core.personal_data import PersonalDataSource
from voting.paper.models import WithdrawnMark

SOURCES = (
    PersonalDataSource(
        model=WithdrawnMark,
        columns=("mark", "reason"),
        why="To show that a mark on the list of voters was taken back, and why. In no file.",
        on_erasure="stays; a hash that names nobody",
    ),
)
