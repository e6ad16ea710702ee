"""Founding, branding and ending authorities."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from audit.actions import Action
from audit.services import record
from authorities.exceptions import (
    AuthorityEnded,
    ColourTooFaint,
    ReasonKnown,
    ReasonNeeded,
    SettingUnknown,
    TrackKnown,
)
from authorities.models import (
    SETTINGS,
    Authority,
    AuthoritySettings,
    Category,
    Department,
    Logo,
    Reason,
    ReasonCode,
    Track,
)
from authorities.reasons import ReasonRecord, StandardReason, common_reasons
from authorities.tracks import TrackRecord, common_tracks
from core import colours
from core.exceptions import NotPermitted
from core.uploads import pictures
from places.exceptions import AreaNotThere
from places.models import Area
from places.services import load_areas, move_area, succeed
from places.trees import AreaRecord


@dataclass(frozen=True, slots=True)
class DepartmentRecord:
    """A part of an authority and the categories it reviews, by slug and names, in order of display."""

    slug: str
    name: Mapping[str, str]
    categories: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@transaction.atomic
def reorganise_areas(
    ending: Iterable[Area],
    beginning: Iterable[AreaRecord | Area],
    *,
    on: date,
    actor: AbstractBaseUser | None,
) -> list[Area]:
    """End areas on a day and let others replace them; return these.

    One into one is a renaming, several into one a merger, one into several a split; an area among `beginning`
    already exists and continues. Nothing that refers to an ended area is changed: its history stays its own
    and is reached from the successor (`selectors.areas_with_history`). Areas below an ended area move to the
    successor if there is only one; so does an authority of an ended area. Raises AreaNotThere if an area to
    end has already ended or has not begun by then.
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
            succeed(area, successor, on=on, actor=actor)
    if len(successors) == 1:
        (successor,) = successors
        for child in Area.objects.filter(parent__in=ending).valid_on(on):
            move_area(child, successor)
        for authority in Authority.objects.filter(area__in=ending):
            authority.area = successor
            authority.save(update_fields=["area"])
            record(Action.AUTHORITY_MOVED, authority, actor=actor, authority=authority, area=successor.pk)
    return successors


@transaction.atomic
def end_authority(
    authority: Authority, *, into: Authority, on: date, actor: AbstractBaseUser | None
) -> Authority:
    """Let another authority continue the open work of an authority dissolved on a day.

    Rounds, proposals and persons stay where they are, and so do their addresses; from now on, everybody with
    a role in the successor has it here too. Authorities that were merged into this one follow. Repeating the
    call changes nothing. Raises AuthorityEnded if it was merged into another one, or if `into` has itself
    ended.
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
    """Add an authority with its departments, the categories they review and the reasons all begin with.

    Two statements per row, and two for all reasons.
    """
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
    give_common_reasons(authority)
    give_common_tracks(authority)
    record(Action.AUTHORITY_FOUNDED, authority, actor=actor, authority=authority)
    return authority


def give_common_reasons(authority: Authority) -> None:
    """Add the reasons that every authority begins with. Two statements."""
    _add_reasons(authority, common_reasons(authority.area.country), first=0)


def give_common_tracks(authority: Authority) -> None:
    """Add the tracks that every authority begins with. One statement."""
    Track.objects.bulk_create(
        Track(authority=authority, code=each.code, text=dict(each.text), position=place)
        for place, each in enumerate(common_tracks())
    )


@transaction.atomic
def add_track(authority: Authority, track: TrackRecord, *, actor: AbstractBaseUser | None) -> Track:
    """Let an authority have one more kind of proposal, offered after the others from now on.

    Raises TrackKnown for a code it already has, ValidationError for a code or a text that cannot be kept.
    """
    # Its row is the lock: two tracks added at once get places of their own.
    authority = Authority.objects.select_for_update(of=("self",)).get(pk=authority.pk)
    if authority.tracks.filter(code=track.code).exists():
        raise TrackKnown()
    row = Track(
        authority=authority, code=track.code, text=dict(track.text), position=authority.tracks.count()
    )
    row.full_clean()
    row.save()
    record(Action.TRACK_ADDED, row, actor=actor, authority=authority, code=track.code)
    return row


def _add_reasons(authority: Authority, records: Iterable[ReasonRecord], *, first: int) -> list[Reason]:
    records = list(records)
    ReasonCode.objects.bulk_create([ReasonCode(each.code) for each in records], ignore_conflicts=True)
    return Reason.objects.bulk_create(
        Reason(
            authority=authority,
            code_id=each.code,
            text=dict(each.text),
            serves=[str(purpose) for purpose in each.serves],
            position=first + place,
        )
        for place, each in enumerate(records)
    )


@transaction.atomic
def add_reason(authority: Authority, reason: ReasonRecord, *, actor: AbstractBaseUser | None) -> Reason:
    """Let an authority say no for one more reason, offered after the others from now on.

    Raises ReasonKnown for a code it has already, ValidationError for a code or a text that cannot be kept.
    """
    # Its row is the lock: two reasons added at once get places of their own.
    authority = Authority.objects.select_for_update(of=("self",)).get(pk=authority.pk)
    if authority.reasons.filter(code=reason.code).exists():
        raise ReasonKnown()
    ReasonCode(reason.code).full_clean(validate_unique=False)
    Reason._meta.get_field("text").clean(dict(reason.text), None)
    (row,) = _add_reasons(authority, [reason], first=authority.reasons.count())
    record(
        Action.REASON_ADDED,
        row,
        actor=actor,
        authority=authority,
        code=reason.code,
        serves=[str(purpose) for purpose in reason.serves],
    )
    return row


@transaction.atomic
def retire_reason(authority: Authority, code: str, *, actor: AbstractBaseUser | None) -> None:
    """Give a reason no longer. What was said by it keeps its words. Retiring twice is once.

    Raises ReasonNeeded for one that no official chooses, Reason.DoesNotExist for one it does not have.
    """
    if code in set(StandardReason):
        raise ReasonNeeded()
    row = authority.reasons.select_for_update().get(code=code)
    if not row.is_active:
        return
    row.is_active = False
    row.save(update_fields=["is_active"])
    record(Action.REASON_RETIRED, row, actor=actor, authority=authority, code=code)


@transaction.atomic
def change_settings(
    authority: Authority, *, actor: AbstractBaseUser | None, **values: int | str
) -> AuthoritySettings:
    """Change the policies of an authority: `values` are fields of AuthoritySettings, by name.

    What was begun under the old ones keeps its dates. Raises SettingUnknown for another name, ValidationError
    for a value out of bounds.
    """
    unknown = values.keys() - set(SETTINGS)
    if unknown:
        raise SettingUnknown(names=", ".join(sorted(unknown)))
    authority = Authority.objects.select_for_update(of=("self",)).get(pk=authority.pk)
    row, _is_new = AuthoritySettings.objects.get_or_create(authority=authority)
    before = {name: getattr(row, name) for name in values}
    for name, value in values.items():
        setattr(row, name, value)
    row.full_clean()
    row.save(update_fields=list(values))
    record(Action.SETTINGS_CHANGED, row, actor=actor, authority=authority, before=before, after=values)
    return row
