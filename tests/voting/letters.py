"""A vote for the tests in which each rule funds different projects; the projects are named by letters."""

from typing import Any

from rounds.models import Round
from tests.voting.votes import cast_by, codes, end_voting, fresh, make_vote, voter_of
from voting.ballots import services as ballots_services
from voting.polls import services as polls_services

# Six voters and a budget of 1200, so 200 each. A costs 900 and has votes from 1, 2, 3 and 4; B costs 300 and
# has 1, 2 and 3; C costs 400 and has 5 and 6; D costs 600 and has no votes.
COSTS = (900, 300, 400, 600)
VOTES = ("AB", "AB", "AB", "A", "C", "C")


def voted(rule: dict[str, Any], **fields: Any) -> tuple[Round, dict[str, str]]:
    """Return a round after its vote, to be counted by the rule, and the projects' codes by their letters."""
    round = make_vote(costs=COSTS, budget_minor=1200, freeze=False, **fields)
    polls_services.choose_rule(round, actor=None, **rule)
    ballots_services.freeze_rules(round, actor=None)
    round = fresh(round)
    by_letter = dict(zip("ABCD", codes(round), strict=True))
    for chosen in VOTES:
        cast_by(voter_of(round), *(by_letter[letter] for letter in chosen))
    return end_voting(round), by_letter
