"""A round with an open poll, and an eligible voter."""

import pytest

from identity.models import Account
from rounds.models import Round
from tests.factories import make_resident
from tests.voting.votes import make_vote


@pytest.fixture
def round() -> Round:
    """A round whose projects cost 600, 300 and 300; a ballot chooses two of them, for up to 700."""
    return make_vote(costs=(600, 300, 300), ballot_style={"max_choices": 2, "ballot_budget_minor": 700})


@pytest.fixture
def resident(round: Round) -> Account:
    """A resident of the round's authority, with an account."""
    return make_resident(round.authority)
