"""Personal data of the ballot box."""

from django.utils.translation import gettext_lazy as _

from core.personal_data import PersonalDataSource, Term
from voting.ballots.models import BallotBox
from voting.ballots.services import withdraw_ballots

SOURCES = (
    PersonalDataSource(
        model=BallotBox,
        columns=("voter_tag", "sealed", "residency", "age_group"),
        why="To count one ballot of each person. Sealed; nothing stored says whose it is, so no file has it.",
        on_erasure="withdrawn where the vote is open and the ballot was cast online, else stays",
        # By itself: row versions of one transaction would tell which ballot was the account's.
        before_erasure=withdraw_ballots,
        terms=(
            Term(
                _("The sealed ballot"),
                _("until the vote is counted and the key is destroyed; it never names you"),
            ),
        ),
    ),
)
