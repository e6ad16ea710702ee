import pytest

from core.approvals import TwoPersonRequest
from identity.models import Account
from voting.polls.models import Approval, Extension


@pytest.mark.parametrize("model", [Approval, Extension])
def test_whoever_asked_is_not_whoever_may_approve(model: type[TwoPersonRequest]):
    first, second = Account(pk=1), Account(pk=2)
    request = model(requested_by=first)

    assert (request.is_asked_by(first), request.is_asked_by(second)) == (True, False)


@pytest.mark.parametrize("model", [Approval, Extension])
def test_every_such_table_is_checked_for_two_people_and_a_time(model: type[TwoPersonRequest]):
    names = {constraint.name for constraint in model._meta.constraints}

    assert {f"{model._meta.db_table}_{rule}" for rule in ("by_two_people", "has_a_time")} <= names
