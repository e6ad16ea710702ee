"""The demo: a whole synthetic round and an open one in each phase, made by services only."""

from devtools.demo import flagship, foundation, open_rounds, people
from devtools.demo.flagship import Progress
from rounds.models import Round

# Sign-in instructions, one line per account.
ACCOUNTS = people.lines()


def load(progress: Progress, *, n_ballots: int | None = None) -> None:
    """Load the demo. What is there already is left alone, so an interrupted load is taken up again.

    `n_ballots`: how many ballots of the large round are cast, from the first on; all of them unless given.
    """
    # Published last: if it exists, everything does.
    if Round.objects.at(foundation.SLUG, open_rounds.DECISION.slug).exists():
        return
    authority = foundation.authority()
    parts = people.accounts(authority)
    people.ways_to_be_verified(authority)
    neighbours = people.neighbours(authority)
    progress("accounts", len(parts) + len(neighbours), len(parts) + len(neighbours))
    flagship.load(authority, (parts["budget"], parts["admin"]), progress, n_ballots=n_ballots)
    open_rounds.load(authority, parts, neighbours)
    progress("open rounds", 4, 4)
