"""The demo: a whole synthetic round and an open one in each phase, made by services only."""

from pbplatform.demo import flagship, foundation, open_rounds, people
from pbplatform.demo.flagship import Progress
from rounds.models import Round

# How to sign in, a line for each account.
ACCOUNTS = people.lines()


def load(progress: Progress) -> None:
    """Load the demo. What is there already is left alone, so an interrupted load is taken up again."""
    # Published last of all: where it is, everything is.
    if Round.objects.published().filter(slug=open_rounds.DECISION.slug).exists():
        return
    authority = foundation.authority()
    parts = people.accounts(authority)
    people.ways_to_be_verified(authority)
    neighbours = people.neighbours(authority)
    progress("accounts", len(parts) + len(neighbours), len(parts) + len(neighbours))
    flagship.load(authority, (parts["budget"], parts["admin"]), progress)
    open_rounds.load(authority, parts, neighbours)
    progress("open rounds", 4, 4)
