"""Extending a poll beyond its frozen closing time takes two officials while it is open."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.actions import Action
from audit.models import Event
from core.exceptions import NotPermitted
from identity.exceptions import ReasonNeeded
from identity.roles import Role
from rounds.models import Phase
from tests.factories import make_official
from tests.voting.votes import (
    cast_by,
    codes,
    end_voting,
    fresh,
    make_vote,
    poll_of,
    triggers_asleep,
    voter_of,
)
from voting.ballots import services as ballots_services
from voting.counting import ballot_files as bundles
from voting.counting import services as counting_services
from voting.polls import ruleset
from voting.polls import services as polls_services
from voting.polls.exceptions import (
    ExtensionApproved,
    ExtensionMustBeLater,
    ExtensionWaits,
    NeedsAnotherOfficial,
    StillOpen,
    VotingClosed,
)
from voting.polls.models import Extension

pytestmark = pytest.mark.django_db


@pytest.fixture
def round():
    return make_vote()


@pytest.fixture
def officer(round):
    return make_official(round.authority, Role.BUDGET_OFFICER)


@pytest.fixture
def administrator(round):
    return make_official(round.authority, Role.AUTHORITY_ADMIN)


def _phase(round) -> Phase:
    return Phase.objects.get(round=round, kind="voting")


def _later(round):
    return _phase(round).closes_at + timedelta(hours=6)


def _refused(sql: str, *values: object, match: str) -> None:
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match=match), transaction.atomic():
        cursor.execute(sql, values)


def test_two_officials_extend_an_open_vote_and_its_rules_stay_as_they_were(round, officer, administrator):
    before, rules, later = _phase(round), poll_of(round).rules, _later(round)

    asked = polls_services.request_extension(
        round, closes_at=later, reason="The site was down.", actor=officer
    )
    assert _phase(round).closes_at == before.closes_at
    polls_services.approve_extension(asked, actor=administrator)
    polls_services.approve_extension(asked, actor=administrator)

    after = _phase(round)
    assert (after.opens_at, after.closes_at) == (before.opens_at, later)
    assert poll_of(round).rules == rules
    events = Event.objects.filter(action__in=[Action.EXTENSION_REQUESTED, Action.EXTENSION_APPROVED])
    assert [(event.action, event.actor) for event in events.order_by("pk")] == [
        (Action.EXTENSION_REQUESTED, officer),
        (Action.EXTENSION_APPROVED, administrator),
    ]
    assert Event.objects.filter(action=Action.PHASE_RESCHEDULED).count() == 1


def test_t38_one_official_alone_extends_nothing(round, officer):
    asked = polls_services.request_extension(
        round, closes_at=_later(round), reason="The site was down.", actor=officer
    )

    with pytest.raises(NeedsAnotherOfficial):
        polls_services.approve_extension(asked, actor=officer)
    with pytest.raises(IntegrityError, match="polls_extension_by_two_people"), transaction.atomic():
        Extension.objects.filter(pk=asked.pk).update(approved_by=officer, approved_at=timezone.now())
    _refused(
        "UPDATE rounds_phase SET closes_at = %s WHERE round_id = %s AND kind = 'voting'",
        asked.closes_at,
        round.pk,
        match="frozen",
    )

    assert _phase(round).closes_at == asked.closes_before


def test_the_database_lets_through_what_was_approved_and_nothing_else(round, officer, administrator):
    asked = polls_services.request_extension(round, closes_at=_later(round), reason="Down.", actor=officer)
    Extension.objects.filter(pk=asked.pk).update(approved_by=administrator, approved_at=timezone.now())
    update = "UPDATE rounds_phase SET {} WHERE round_id = %s AND kind = 'voting'"

    for change in (
        "closes_at = closes_at + interval '1 day'",
        "closes_at = closes_at + interval '6 hours', opens_at = opens_at - interval '1 hour'",
        "opens_at = opens_at + interval '1 minute'",
        "kind = 'review'",
    ):
        _refused(update.format(change), round.pk, match="frozen|one_of_each_kind")
    with connection.cursor() as cursor:
        cursor.execute(update.format("closes_at = closes_at + interval '6 hours'"), [round.pk])
    _refused(update.format("closes_at = closes_at - interval '6 hours'"), round.pk, match="frozen")


@pytest.mark.parametrize(
    ("sql", "match"),
    [
        ("UPDATE polls_extension SET closes_at = closes_at + interval '1 day'", "stays as it is"),
        ("UPDATE polls_extension SET reason = 'x'", "stays as it is"),
        ("UPDATE polls_extension SET approved_by_id = NULL, approved_at = NULL", "stays as it is"),
        ("DELETE FROM polls_extension", "was announced stays"),
        ("TRUNCATE polls_extension", "append-only"),
    ],
)
def test_an_extension_that_was_approved_stays(round, officer, administrator, sql, match):
    asked = polls_services.request_extension(round, closes_at=_later(round), reason="Down.", actor=officer)
    polls_services.approve_extension(asked, actor=administrator)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    _refused(sql, match=match)


def test_an_extension_is_not_written_as_approved_nor_earlier_nor_without_a_reason(
    round, officer, administrator
):
    phase = _phase(round)
    fields = {
        "round": round,
        "closes_before": phase.closes_at,
        "closes_at": _later(round),
        "reason": "Down.",
        "requested_by": officer,
        "requested_at": timezone.now(),
    }

    for change, match in (
        ({"approved_by": administrator, "approved_at": timezone.now()}, "asked for, then approved"),
        ({"closes_at": phase.closes_at}, "closes_later"),
        ({"reason": ""}, "has_a_reason"),
        ({"closes_before": phase.closes_at - timedelta(hours=1)}, "not open until then"),
    ):
        with pytest.raises(DatabaseError, match=match), transaction.atomic():
            Extension.objects.create(**{**fields, **change})
    first = Extension.objects.create(**fields)
    with pytest.raises(IntegrityError, match="one_waits"), transaction.atomic():
        Extension.objects.create(**fields)
    with pytest.raises(IntegrityError, match="has_a_time"), transaction.atomic():
        Extension.objects.filter(pk=first.pk).update(approved_by=administrator)


def test_refusals_change_nothing(round, officer, administrator):
    clerk = make_official(round.authority, Role.CLERK)
    request = polls_services.request_extension

    with pytest.raises(NotPermitted):
        request(round, closes_at=_later(round), reason="Down.", actor=clerk)
    with pytest.raises(ReasonNeeded):
        request(round, closes_at=_later(round), reason=" ", actor=officer)
    with pytest.raises(ExtensionMustBeLater):
        request(round, closes_at=_phase(round).closes_at, reason="Down.", actor=officer)
    assert Extension.objects.count() == 0
    asked = request(round, closes_at=_later(round), reason="Down.", actor=officer)
    with pytest.raises(ExtensionWaits):
        request(round, closes_at=_later(round), reason="Down.", actor=administrator)
    with pytest.raises(NotPermitted):
        polls_services.approve_extension(asked, actor=clerk)
    polls_services.withdraw_extension(asked, actor=officer)
    again = request(round, closes_at=_later(round), reason="Down.", actor=administrator)
    polls_services.approve_extension(again, actor=officer)
    with pytest.raises(ExtensionApproved):
        polls_services.withdraw_extension(again, actor=administrator)


def test_f12_a_vote_that_has_closed_is_not_extended(round, officer, administrator):
    asked = polls_services.request_extension(round, closes_at=_later(round), reason="Down.", actor=officer)
    end_voting(round)

    with pytest.raises(VotingClosed):
        polls_services.approve_extension(asked, actor=administrator)
    with pytest.raises(VotingClosed):
        polls_services.request_extension(round, closes_at=_later(round), reason="Down.", actor=administrator)

    counting_services.count(fresh(round))
    assert poll_of(round).state == "counted"


def test_an_extended_vote_takes_ballots_until_the_later_time_and_is_not_closed_before(
    round, officer, administrator
):
    voter, (first, *_) = voter_of(round), codes(round)
    asked = polls_services.request_extension(round, closes_at=_later(round), reason="Down.", actor=officer)
    polls_services.approve_extension(asked, actor=administrator)
    with triggers_asleep():
        # The earlier closing time has passed.
        Phase.objects.filter(round=round, kind="voting").update(
            opens_at=timezone.now() - timedelta(days=9), closes_at=timezone.now() + timedelta(hours=6)
        )

    assert cast_by(voter, first).kind == "cast"
    with pytest.raises(StillOpen):
        counting_services.count(fresh(round))


def test_officials_extend_on_a_page_and_voters_read_why(round, officer, administrator):
    def url(name):
        return reverse(f"voting:{name}", args=[round.authority.slug, round.slug])

    first, second, voter = Client(), Client(), Client()
    first.force_login(officer)
    second.force_login(administrator)
    bad = first.post(url("desk_extension"), {"action": "request", "closes_at": "tomorrow", "reason": "Down."})
    assert bad.status_code == 422
    assert "tomorrow" in bad.content.decode()

    typed = "2099-05-31 18:00"
    first.post(
        url("desk_extension"), {"action": "request", "closes_at": typed, "reason": "The site was down."}
    )
    assert "Another official must approve it" in first.get(url("desk_extension")).content.decode()
    alone = first.post(url("desk_extension"), {"action": "approve"})
    assert alone.status_code == 422
    assert "The site was down." not in voter.get(url("ballot")).content.decode()
    second.post(url("desk_extension"), {"action": "approve"})

    # Seoul is nine hours ahead of UTC.
    assert _phase(round).closes_at.isoformat() == "2099-05-31T09:00:00+00:00"
    ballot, rules = (voter.get(url(name)).content.decode() for name in ("ballot", "rules"))
    assert "The site was down." in ballot
    assert "31\u00a0May\u00a02099, 18:00" in ballot
    assert "Addendum to the frozen rules" in rules
    assert "The site was down." in rules


def test_the_file_of_ballots_names_the_day_on_which_an_extended_vote_ended():
    # The last moment of 31 May in Seoul is the afternoon before in UTC: the file names the local day.
    zone = ZoneInfo("Asia/Seoul")
    round = make_vote(time_zone="Asia/Seoul", freeze=False)
    today = timezone.now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    Phase.objects.filter(round=round, kind="voting").update(closes_at=today + timedelta(days=3))
    ballots_services.freeze_rules(round, actor=None)
    round = fresh(round)
    rules = ruleset.read(round.poll.rules)

    def last_day() -> str:
        file = b"".join(bundles.ballot_file(round, rules, rules.ballot_styles[0], "everybody")).decode()
        return file.split("date_end;")[1].split("\n")[0]

    before = last_day()
    officials = [make_official(round.authority, role) for role in (Role.BUDGET_OFFICER, Role.AUTHORITY_ADMIN)]
    asked = polls_services.request_extension(
        round, closes_at=today + timedelta(days=5, hours=18), reason="The site was down.", actor=officials[0]
    )
    waiting = last_day()
    polls_services.approve_extension(asked, actor=officials[1])

    third = (today + timedelta(days=2)).strftime("%d.%m.%Y")
    assert (before, waiting, last_day()) == (third, third, (today + timedelta(days=5)).strftime("%d.%m.%Y"))
