"""Setting up authorities, places and rounds, and asking whether a phase is open."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat, Substr
from django.utils import timezone

from audit.actions import Action
from audit.services import record, record_all
from rounds import colours, locks, pictures
from rounds.areas import AreaRecord, Tree
from rounds.exceptions import AreaNotThere, AuthorityEnded, ColourTooFaint, NotPermitted, PhaseNotOpen
from rounds.models import (
    Area,
    Authority,
    Category,
    Department,
    Entitlement,
    Logo,
    Phase,
    Round,
    Succession,
)

# Rows written by one statement.
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class DepartmentRecord:
    """A part of an authority and the categories it reviews, by slug and names, in order of display."""

    slug: str
    name: Mapping[str, str]
    categories: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PhaseDates:
    """When a phase opens (included) and closes (excluded); aware datetimes."""

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


def hold(round: Round) -> datetime:
    """Keep the round's calendar from changing until the transaction ends; return the one clock's time.

    For acts that no phase limits. Two statements.
    """
    locks.share(round.pk)
    return locks.database_clock()


def require_open(round: Round, *kinds: Phase.Kind) -> datetime:
    """Hold one of the round's phases open for the rest of the transaction; return the one clock's time.

    Raises PhaseNotOpen if none of the kinds is open. Three statements.
    """
    now = hold(round)
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
    locks.exclude(round.pk)
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


@transaction.atomic
def load_areas(records: Iterable[AreaRecord], *, actor: AbstractBaseUser | None) -> list[Area]:
    """Add areas from a register, parents before children, and return them in that order.

    A place known already, by country, code, kind and first day, is returned as it stands. Raises
    ValueError where a parent is neither known nor listed before. A few statements for each tier.
    """
    records = list(records)
    known = {
        (area.country, area.code, area.kind, area.valid_from): area
        for area in Area.objects.filter(country__in={place.country for place in records})
    }
    # The latest place of a code is the one that others lie in.
    around = {(area.country, area.code): area for area in sorted(known.values(), key=lambda area: area.pk)}
    tiers: list[list[Area]] = []
    tier_of: dict[int, int] = {}
    areas = []
    for place in records:
        key = (place.country, place.code, place.kind, place.valid_from)
        if key not in known:
            parent = around.get((place.country, place.parent)) if place.parent else None
            if place.parent and parent is None:
                raise ValueError(f"{place.country} {place.code}: there is no area {place.parent}")
            area = Area(
                country=place.country,
                code=place.code,
                kind=place.kind,
                name=dict(place.name),
                parent=parent,
                path=_path(place, parent),
                valid_from=place.valid_from,
                valid_until=place.valid_until,
                latitude=place.latitude,
                longitude=place.longitude,
                source=place.source,
            )
            # Rows of one statement cannot point at each other: children wait for the next.
            tier = tier_of.get(id(parent), -1) + 1
            tier_of[id(area)] = tier
            if tier == len(tiers):
                tiers.append([])
            tiers[tier].append(area)
            known[key] = around[place.country, place.code] = area
        areas.append(known[key])
    for added in tiers:
        Area.objects.bulk_create(added, batch_size=_BATCH)
        record_all(Action.AREA_ADDED, ((area, {}) for area in added), actor=actor)
    return areas


def _path(place: AreaRecord, parent: Area | None) -> str:
    # The country itself, where it is an area: everything in it lies within.
    if place.code == place.country:
        return f"{place.country}."
    return f"{parent.path if parent else place.country + '.'}{place.code}."


@transaction.atomic
def load_tree(tree: Tree, *, actor: AbstractBaseUser | None) -> list[Area]:
    """Add a tree's areas and what became of those that ended; repeating it adds nothing."""
    areas = load_areas(tree.places, actor=actor)
    by_code = {(area.country, area.code): area for area in areas}
    for link in tree.successions:
        _succeed(
            by_code[link.country, link.predecessor],
            by_code[link.country, link.successor],
            on=link.on,
            actor=actor,
        )
    return areas


@transaction.atomic
def reorganise_areas(
    ending: Iterable[Area],
    beginning: Iterable[AreaRecord | Area],
    *,
    on: date,
    actor: AbstractBaseUser | None,
) -> list[Area]:
    """End areas on a day and let others take their place; return these.

    One into one is a renaming, several into one a merger, one into several a split; an area among
    `beginning` exists already and goes on. Nothing that refers to an ended area is changed: its
    history stays its own and is reached from the successor (`selectors.areas_with_history`). What lies
    below an ended area moves to the successor if there is only one. An authority of an ended area
    follows it likewise. Raises AreaNotThere if one to end has ended or not begun by then.
    """
    ending = list(Area.objects.select_for_update().filter(pk__in=[area.pk for area in ending]))
    if not ending or any(not area.exists_on(on - timedelta(days=1)) for area in ending):
        raise AreaNotThere()
    successors = [
        entry
        if isinstance(entry, Area)
        else load_areas([replace(entry, valid_from=on, valid_until=None)], actor=actor)[0]
        for entry in beginning
    ]
    for area in ending:
        area.valid_until = on
        area.save(update_fields=["valid_until"])
        record(Action.AREA_ENDED, area, actor=actor, on=on.isoformat())
        for successor in successors:
            _succeed(area, successor, on=on, actor=actor)
    if len(successors) == 1:
        (successor,) = successors
        for child in Area.objects.filter(parent__in=ending).valid_on(on):
            _move(child, successor)
        for authority in Authority.objects.filter(area__in=ending):
            authority.area = successor
            authority.save(update_fields=["area"])
            record(Action.AUTHORITY_MOVED, authority, actor=actor, authority=authority, area=successor.pk)
    return successors


def _succeed(predecessor: Area, successor: Area, *, on: date, actor: AbstractBaseUser | None) -> None:
    link, is_new = Succession.objects.get_or_create(
        predecessor=predecessor, successor=successor, defaults={"on": on}
    )
    if is_new:
        record(Action.AREA_SUCCEEDED, link, actor=actor, before=predecessor.code, after=successor.code)


def _move(area: Area, parent: Area) -> None:
    """Put an area and everything below it under another; paths follow."""
    before, after = area.path, f"{parent.path}{area.code}."
    Area.objects.filter(pk=area.pk).update(parent=parent)
    Area.objects.filter(path__startswith=before).update(
        path=Concat(Value(after), Substr("path", len(before) + 1))
    )


@transaction.atomic
def end_authority(
    authority: Authority, *, into: Authority, on: date, actor: AbstractBaseUser | None
) -> Authority:
    """Let another authority carry an authority's open work on since the day it ceased to exist.

    Rounds, proposals and persons stay where they are, and so do their addresses; from now on whoever has a
    role in the successor has it here too. Authorities that had gone into this one follow. Doing so twice is
    once. Raises AuthorityEnded if it has gone into another one, or `into` has itself ended.
    """
    rows = Authority.objects.select_for_update(of=("self",)).filter(pk__in=[authority.pk, into.pk])
    locked = {row.pk: row for row in rows.order_by("pk")}
    authority, into = locked[authority.pk], locked[into.pk]
    if authority.successor_id == into.pk:
        return authority
    if authority.successor_id is not None or into.successor_id is not None or authority.pk == into.pk:
        raise AuthorityEnded()
    authority.successor = into
    authority.ended_on = on
    authority.save(update_fields=["successor", "ended_on"])
    Authority.objects.filter(successor=authority).update(successor=into)
    record(
        Action.AUTHORITY_SUCCEEDED,
        authority,
        actor=actor,
        authority=authority,
        successor=into.slug,
        on=on.isoformat(),
    )
    return authority


@transaction.atomic
def set_branding(
    authority: Authority,
    *,
    name: Mapping[str, str],
    platform_name: Mapping[str, str],
    accent: str,
    picture: bytes | None = None,
    without_logo: bool = False,
    actor: AbstractBaseUser | None,
) -> Authority:
    """Change what an authority and the platform are called there, its colour and its logo.

    `picture` is an uploaded file, None to keep the logo. Raises NotPermitted, ColourTooFaint, NotAPicture.
    """
    if actor is not None and not actor.has_perm("rounds.set_branding", authority):  # type: ignore[attr-defined]
        raise NotPermitted()
    if accent and not (colours.is_colour(accent) and colours.can_be_read(accent)):
        raise ColourTooFaint()
    png = pictures.logo(picture) if picture is not None else None
    authority = Authority.objects.select_for_update(of=("self",)).get(pk=authority.pk)
    authority.name = dict(name)
    authority.platform_name = dict(platform_name)
    authority.accent = accent
    if png is not None:
        Logo.objects.update_or_create(authority=authority, defaults={"png": png})
        authority.logo_hash = hashlib.sha256(png).hexdigest()
    elif without_logo:
        Logo.objects.filter(authority=authority).delete()
        authority.logo_hash = ""
    authority.save(update_fields=["name", "platform_name", "accent", "logo_hash"])
    record(
        Action.BRANDING_SET,
        authority,
        actor=actor,
        authority=authority,
        accent=accent,
        logo=authority.logo_hash,
        languages=sorted(platform_name),
    )
    return authority


@transaction.atomic
def found_authority(
    slug: str,
    *,
    name: Mapping[str, str],
    area: Area,
    currency: str,
    time_zone: str,
    language: str,
    contact: str,
    departments: Iterable[DepartmentRecord],
    actor: AbstractBaseUser | None,
) -> Authority:
    """Add an authority with its departments and the categories they review. Two statements per row."""
    authority = Authority.objects.create(
        slug=slug,
        name=dict(name),
        area=area,
        currency=currency,
        time_zone=time_zone,
        language=language,
        contact=contact,
    )
    position = 0
    for listed in departments:
        department = Department.objects.create(authority=authority, slug=listed.slug, name=dict(listed.name))
        for category_slug, category_name in listed.categories.items():
            Category.objects.create(
                authority=authority,
                slug=category_slug,
                name=dict(category_name),
                position=position,
                department=department,
            )
            position += 1
    record(Action.AUTHORITY_FOUNDED, authority, actor=actor, authority=authority)
    return authority
