"""Reads of areas: what took the place of one, and its history."""

from datetime import date

from django.db.models import Q

from places.models import Area


def areas_in_place_of(area: Area, day: date) -> list[Area]:
    """Return the area itself if it exists on that day, otherwise its successors, by code.

    Empty if there are none. One query for each reorganisation in between.
    """
    found: dict[int, Area] = {}
    waiting = [area]
    while waiting:
        found.update({each.pk: each for each in waiting if each.exists_on(day)})
        gone = [each.pk for each in waiting if each.valid_until is not None and each.valid_until <= day]
        waiting = list(Area.objects.filter(earlier__predecessor__in=gone).distinct()) if gone else []
    return sorted(found.values(), key=lambda each: each.code)


def sole_area_in_place_of(area: Area, day: date) -> Area | None:
    """Return the area itself if it exists on that day, else the one that took its place.

    None where several did, since which of them is not ours to guess, or none did. No query for an area
    without an end.
    """
    if area.valid_until is None or area.exists_on(day):
        return area
    found = areas_in_place_of(area, day)
    return found[0] if len(found) == 1 else None


def ids_of_place(code: str, country: str) -> set[int]:
    """Return the ids of the places that had this official code, with all that `areas_with_history` adds.

    Empty if no place had it. One query, plus those of `areas_with_history` for each.
    """
    found: set[int] = set()
    for area in Area.objects.filter(code=code, country=country):
        found |= areas_with_history(area)
    return found


def areas_with_history(area: Area) -> set[int]:
    """Return the ids of the area, of all below it, and of all that these have replaced.

    Texts about a place stay findable under its successor. One query for each reorganisation on the way back,
    and one more.
    """
    found: set[int] = set()
    waiting = [area]
    while waiting:
        lies_in = Q()
        for each in waiting:
            lies_in |= Q(path__startswith=each.path)
        found.update(Area.objects.filter(lies_in).values_list("pk", flat=True))
        waiting = list(Area.objects.filter(later__successor__in=found).exclude(pk__in=found).distinct())
    return found
