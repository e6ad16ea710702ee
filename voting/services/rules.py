"""Choosing how a round's ballots are counted, before its rules are frozen."""

from collections.abc import Iterable

from django.db import transaction

from audit.actions import Action
from audit.services import record
from identity.models import Account
from rounds import locks
from rounds.models import Round, RuleSet
from rounds.money import exponent
from voting.exceptions import AlreadyFrozen, NotReady, PointsNeeded, RuleNotCountable
from voting.models import BallotPaper, Poll

_WITH_POINTS = (BallotPaper.Kind.CUMULATIVE, BallotPaper.Kind.ORDINAL)
# A raise is to be small beside a share: of a budget, this part at most.
_RAISE = 1_000_000


@transaction.atomic
def choose_rule(round: Round, *, actor: Account | None, **fields: object) -> RuleSet:
    """Choose the rule of a round's count and its settings; `fields` are those of RuleSet.

    A setting that is not named goes back to its default, so that none outlives the rule it was made for.
    The order among equals, its seed and what becomes of ballots from outside stay as they are unless named.
    Raises AlreadyFrozen; RuleNotCountable and PointsNeeded for a rule that cannot decide this round; NotReady
    for a round without rules.
    """
    locks.exclude(round.pk)
    poll = Poll.objects.select_for_update().filter(round=round).first()
    if poll is not None and poll.is_frozen:
        raise AlreadyFrozen()
    rule_set: RuleSet | None = RuleSet.objects.select_for_update().filter(round=round).first()
    if rule_set is None:
        raise NotReady()
    untouched = RuleSet()
    settings = {name: getattr(untouched, name) for name in _SETTINGS}
    for name, value in (settings | fields).items():
        setattr(rule_set, name, value)
    require_countable(rule_set, round.ballot_papers.all())
    rule_set.save(update_fields=list(settings | fields))
    record(
        Action.RULE_CHOSEN,
        round,
        actor=actor,
        authority=round.authority,
        **{name: getattr(rule_set, name) for name in _SETTINGS},
    )
    return rule_set


_SETTINGS = (
    "rule",
    "threshold",
    "stops_at_first_misfit",
    "topup_percent",
    "utility",
    "completion",
    "comparison",
    "step_minor",
)


def require_countable(rule_set: RuleSet, papers: Iterable[BallotPaper]) -> None:
    """Refuse a rule that cannot decide about these papers: RuleNotCountable, PointsNeeded."""
    if rule_set.rule == RuleSet.Rule.MAX_WELFARE:
        raise RuleNotCountable()
    if rule_set.utility == RuleSet.Utility.POINTS and any(paper.kind not in _WITH_POINTS for paper in papers):
        raise PointsNeeded()


def step_of(rule_set: RuleSet, round: Round) -> int | None:
    """Return the raise of Equal Shares with Add1 in minor units, None under other rules.

    Unless chosen: the largest power of ten currency units that is at most a millionth of the round's budget,
    and at least one unit. So a raise is worth about as much in won or dong as in euro.
    """
    if rule_set.rule != RuleSet.Rule.EQUAL_SHARES_ADD1:
        return None
    if rule_set.step_minor is not None:
        return rule_set.step_minor
    unit = 10 ** exponent(round.currency)
    millionth = round.budget_minor // (_RAISE * unit)
    return int(unit * 10 ** max(0, len(str(millionth)) - 1))
