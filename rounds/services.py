"""Setting up authorities, places and rounds, and asking whether a phase is open."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from audit.actions import Action
from audit.services import record
from authorities.models import Authority
from core.db import clock as db_clock
from rounds import locks
from rounds.exceptions import PhaseNotOpen
from rounds.models import Entitlement, Phase, Round


@dataclass(frozen=True, slots=True)
class PhaseDates:
    """Opening (included) and closing (excluded) of a phase; aware datetimes."""

    kind: Phase.Kind
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class RoundPlan:
    """Everything a round is announced with. Amounts in minor units of `currency`."""

    slug: str
    title: Mapping[str, str]
    summary: Mapping[str, str]
    fiscal_year: int
    budget_minor: int
    proposal_prefix: str
    phases: Iterable[PhaseDates]
    # Fields of each Entitlement, by name.
    entitlements: Iterable[Mapping[str, object]]
    # Remaining fields of Round, by name.
    more: Mapping[str, object] = field(default_factory=dict)


def lock_calendar_and_read_clock(round: Round) -> datetime:
    """Keep the round's calendar from changing until the transaction ends; return the one clock's time.

    For acts that no phase limits. Two statements.
    """
    locks.lock_calendar_shared(round.pk)
    return db_clock.database_clock()


def require_open(round: Round, *kinds: Phase.Kind) -> datetime:
    """Hold one of the round's phases open for the rest of the transaction; return the one clock's time.

    Raises PhaseNotOpen if none of the kinds is open. Three statements.
    """
    now = lock_calendar_and_read_clock(round)
    if not round.phases.open_at(now).filter(kind__in=kinds).exists():
        raise PhaseNotOpen()
    return now


@transaction.atomic
def create_round(authority: Authority, plan: RoundPlan, *, actor: AbstractBaseUser | None) -> Round:
    """Create a round with its phases and entitlements, not yet published."""
    round = Round.objects.create(
        authority=authority,
        slug=plan.slug,
        title=dict(plan.title),
        summary=dict(plan.summary),
        fiscal_year=plan.fiscal_year,
        currency=authority.currency,
        time_zone=authority.time_zone,
        budget_minor=plan.budget_minor,
        proposal_prefix=plan.proposal_prefix,
        **plan.more,
    )
    Phase.objects.bulk_create(
        Phase(round=round, kind=dates.kind, opens_at=dates.opens_at, closes_at=dates.closes_at)
        for dates in plan.phases
    )
    Entitlement.objects.bulk_create(Entitlement(round=round, **fields) for fields in plan.entitlements)
    record(Action.ROUND_CREATED, round, actor=actor, authority=authority)
    return round


@transaction.atomic
def publish_round(round: Round, *, actor: AbstractBaseUser | None) -> None:
    """Show the round to everybody. Publishing twice is once."""
    round = Round.objects.select_for_update().get(pk=round.pk)
    if round.published_at is not None:
        return
    round.published_at = timezone.now()
    round.save(update_fields=["published_at"])
    record(Action.ROUND_PUBLISHED, round, actor=actor, authority=round.authority)


@transaction.atomic
def reschedule_phase(
    round: Round, kind: Phase.Kind, *, opens_at: datetime, closes_at: datetime, actor: AbstractBaseUser | None
) -> None:
    """Move a phase; acts in flight finish before, later ones see the new dates."""
    locks.lock_calendar_exclusive(round.pk)
    phase = round.phases.get(kind=kind)
    before = [phase.opens_at.isoformat(), phase.closes_at.isoformat()]
    phase.opens_at = opens_at
    phase.closes_at = closes_at
    phase.save(update_fields=["opens_at", "closes_at"])
    record(
        Action.PHASE_RESCHEDULED,
        phase,
        actor=actor,
        authority=round.authority,
        before=before,
        after=[opens_at.isoformat(), closes_at.isoformat()],
    )
