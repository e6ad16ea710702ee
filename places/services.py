"""Loading areas, and carrying out what becomes of them: renamings, mergers, splits."""

from collections.abc import Iterable
from datetime import date

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat, Substr

from audit.actions import Action
from audit.services import record, record_all
from places.models import Area, Succession
from places.trees import AreaRecord, Tree

# Rows written by one statement.
_BATCH = 1_000


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
    # The latest place of a code is the parent of others.
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
    # The country itself, if it is an area: everything is inside it.
    if place.code == place.country:
        return f"{place.country}."
    return f"{parent.path if parent else place.country + '.'}{place.code}."


@transaction.atomic
def load_tree(tree: Tree, *, actor: AbstractBaseUser | None) -> list[Area]:
    """Add a tree's areas and what became of those that ended; repeating it adds nothing."""
    areas = load_areas(tree.places, actor=actor)
    by_code = {(area.country, area.code): area for area in areas}
    for link in tree.successions:
        succeed(
            by_code[link.country, link.predecessor],
            by_code[link.country, link.successor],
            on=link.on,
            actor=actor,
        )
    return areas


def succeed(predecessor: Area, successor: Area, *, on: date, actor: AbstractBaseUser | None) -> None:
    link, is_new = Succession.objects.get_or_create(
        predecessor=predecessor, successor=successor, defaults={"on": on}
    )
    if is_new:
        record(Action.AREA_SUCCEEDED, link, actor=actor, before=predecessor.code, after=successor.code)


def move_area(area: Area, parent: Area) -> None:
    """Put an area and everything below it under another; paths follow."""
    before, after = area.path, f"{parent.path}{area.code}."
    Area.objects.filter(pk=area.pk).update(parent=parent)
    Area.objects.filter(path__startswith=before).update(
        path=Concat(Value(after), Substr("path", len(before) + 1))
    )
