"""Choosing how a round's ballots are counted, before its rules are frozen."""

from collections.abc import Iterable

from django.db import transaction

from audit.actions import Action
from audit.services import record
from identity.models import Account
from rounds import locks
from rounds.models import Round
from voting import rules
from voting.polls.exceptions import AlreadyFrozen, NotReady, PointsNeeded, RuleNotCountable
from voting.polls.models import BallotStyle, Poll, RuleSet

_WITH_POINTS = (BallotStyle.Kind.CUMULATIVE, BallotStyle.Kind.ORDINAL)
# Choices made with a rule; the tie order and its seed keep their values if not named.
_CHOSEN = tuple(name for name in rules.NAMES if name not in ("tie_order", "seed"))


@transaction.atomic
def draw_up_rules(round: Round, *, actor: Account | None, **fields: object) -> RuleSet:
    """Give a new round the rule of its count; `fields` are those of RuleSet, its seed among them.

    Raises RuleNotCountable.
    """
    rule_set = RuleSet(round=round, **fields)
    require_countable(rule_set, ())
    rule_set.save(force_insert=True)
    _record(rule_set, round, actor)
    return rule_set


@transaction.atomic
def choose_rule(round: Round, *, actor: Account | None, **fields: object) -> RuleSet:
    """Choose the rule of a round's count and its settings; `fields` are those of RuleSet.

    A setting that is not named goes back to its default, so that none outlives the rule it was made for.
    The order among equals, its seed and what becomes of ballots from outside stay as they are unless named.
    Raises AlreadyFrozen; RuleNotCountable and PointsNeeded for a rule that cannot decide this round; NotReady
    for a round without rules.
    """
    locks.lock_calendar_exclusive(round.pk)
    poll = Poll.objects.select_for_update().filter(round=round).first()
    if poll is not None and poll.is_frozen:
        raise AlreadyFrozen()
    rule_set: RuleSet | None = RuleSet.objects.select_for_update().filter(round=round).first()
    if rule_set is None:
        raise NotReady()
    untouched = RuleSet()
    settings = {name: getattr(untouched, name) for name in _CHOSEN}
    for name, value in (settings | fields).items():
        setattr(rule_set, name, value)
    require_countable(rule_set, round.ballot_styles.all())
    rule_set.save(update_fields=list(settings | fields))
    _record(rule_set, round, actor)
    return rule_set


def _record(rule_set: RuleSet, round: Round, actor: Account | None) -> None:
    record(
        Action.RULE_CHOSEN,
        round,
        actor=actor,
        authority=round.authority,
        **{name: getattr(rule_set, name) for name in _CHOSEN},
    )


def require_countable(rule_set: RuleSet, ballot_styles: Iterable[BallotStyle]) -> None:
    """Refuse a rule that cannot decide about these papers: RuleNotCountable, PointsNeeded."""
    rule = rules.RULES[rule_set.rule]
    if not rule.decides:
        raise RuleNotCountable()
    if rule.needs_points(rule_set.settings) and any(
        ballot_style.kind not in _WITH_POINTS for ballot_style in ballot_styles
    ):
        raise PointsNeeded()


def settings_to_freeze(rule_set: RuleSet, round: Round) -> dict[str, object]:
    """Return the rule and its settings by name, with what its rule makes of those that were left empty."""
    values = rule_set.settings.document()
    unset = rules.RULES[rule_set.rule].when_frozen(round.budget_minor, round.currency)
    return values | {name: value for name, value in unset.items() if values[name] is None}
