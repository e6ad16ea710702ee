"""Refusals of ballots."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from rounds.exceptions import Refused


class VotedOnPaper(Refused):
    code = "voted_on_paper"
    message = _("You have voted on paper in this round. You cannot cast a ballot online as well.")


class ReceiptUsed(Refused):
    code = "receipt_used"
    message = _("This receipt code was used before. Nothing was changed. Go back and cast your ballot again.")


class NotYourBallotStyle(Refused):
    code = "not_your_paper"
    message = _("One of the ballots is for a different area than yours. Nothing was recorded.")


class OutsideNotAllowed(Refused):
    code = "outside_not_allowed"
    message = _("In this round only people who live, work or study here can vote.")


class AccountNeeded(Refused):
    code = "account_needed"
    message = _("In this round you need an account to vote. Sign in or create an account first.")


class BallotRefused(Refused):
    """A ballot that breaks the rules of its paper; one sentence for each problem."""

    code = "ballot_refused"
    message = _("This ballot cannot be cast in this form.")

    def __init__(self, problems: Iterable[object]) -> None:
        ValidationError.__init__(
            self,
            [ValidationError(problem, code=self.code) for problem in problems],  # type: ignore[arg-type]
        )


class CommitmentDiffers(Refused):
    code = "commitment_differs"
    message = _(
        "The receipt made in your browser does not match your choices. Nothing was recorded. Reload the page."
    )


class LoadingRefused(Refused):
    code = "loading_refused"
    message = _("Ballots can be loaded only into imported rounds, after their rules are frozen.")


class BallotDamaged(Refused):
    code = "ballot_damaged"
    message = _(
        "This person's online ballot cannot be unsealed, so it cannot be withdrawn. "
        "Tell the operator of the platform."
    )


class BoxDoesNotReconcile(Exception):
    """Ballot box, log and register do not fit together; says what was found, without naming a voter."""
