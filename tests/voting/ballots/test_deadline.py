"""T08: Every displayed closing time is the instant that decides, with its zone and offset."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from identity.roles import Role
from rounds.models import Phase, Round
from tests.factories import make_official, make_resident
from tests.voting.votes import cast_by, codes, end_voting, fresh, make_vote, triggers_asleep, voter_of
from voting.ballots import services as ballots_services
from voting.counting import pb_files as publication
from voting.polls import services as polls_services
from voting.polls.selectors import rules_of

pytestmark = pytest.mark.django_db

# A closing time in words: a day, then "end of day" or a time, and in parentheses the zone and its offset.
SHOWN = re.compile(
    r"(?P<whole>the end of )?(?:[A-Z][a-z]+day )?(?P<day>\d{1,2}\s\w+\s\d{4})(?:, (?P<clock>\d\d:\d\d))?"
    r" \((?P<zone>[^,()]+), UTC(?P<sign>[+-])(?P<hours>\d+)(?::(?P<minutes>\d\d))?\)"
)


def _next_hour_shown_twice(zone: str) -> datetime:
    """Return the next instant, at least a day from now, at which clocks in the zone are set back."""
    place = ZoneInfo(zone)
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    hours = (now + timedelta(hours=number) for number in range(24, 24 * 400))
    return next(
        hour
        for hour in hours
        if hour.astimezone(place).utcoffset() < (hour - timedelta(hours=1)).astimezone(place).utcoffset()
    )


def _days_ahead(zone: str, days: int, clock: time) -> datetime:
    day = timezone.now().astimezone(ZoneInfo(zone)).date() + timedelta(days=days)
    return datetime.combine(day, clock, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _closes_at() -> dict[str, tuple[str, datetime]]:
    set_back = _next_hour_shown_twice("Europe/Warsaw")
    return {
        "midnight in Seoul": ("Asia/Seoul", _days_ahead("Asia/Seoul", 4, time(0))),
        "an evening in Bangkok": ("Asia/Bangkok", _days_ahead("Asia/Bangkok", 4, time(18, 30))),
        "an evening in Ho Chi Minh City": (
            "Asia/Ho_Chi_Minh",
            _days_ahead("Asia/Ho_Chi_Minh", 4, time(17)),
        ),
        "midnight in Kathmandu": ("Asia/Kathmandu", _days_ahead("Asia/Kathmandu", 4, time(0))),
        "the hour before clocks are set back": ("Europe/Warsaw", set_back - timedelta(minutes=30)),
        "the same hour again": ("Europe/Warsaw", set_back + timedelta(minutes=30)),
        "west of Greenwich": ("America/Bogota", _days_ahead("America/Bogota", 4, time(23))),
    }


CLOSES = _closes_at()


def _vote(zone: str, closes_at: datetime) -> Round:
    """A round that is open until the given time, with frozen rules."""
    round = make_vote(freeze=False, time_zone=zone)
    Phase.objects.filter(round=round, kind="voting").update(closes_at=closes_at)
    ballots_services.freeze_rules(round, actor=None)
    return fresh(round)


def _deciding_instant(round: Round) -> datetime:
    """Return the closing time in the database: ballots are accepted before this instant, not at it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT closes_at FROM rounds_phase WHERE round_id = %s AND kind = 'voting'", [round.pk]
        )
        return cursor.fetchone()[0]


def _instants_in(page: str) -> set[datetime]:
    """Return every closing time on a page as an instant."""
    found = set()
    for said in SHOWN.finditer(page.replace("\xa0", " ")):
        day = datetime.strptime(re.sub(r"\s", " ", said["day"]), "%d %B %Y").replace(tzinfo=UTC)
        if said["whole"]:
            day += timedelta(days=1)
        else:
            clock = datetime.strptime(said["clock"], "%H:%M").replace(tzinfo=UTC)
            day += timedelta(hours=clock.hour, minutes=clock.minute)
        offset = timedelta(hours=int(said["hours"]), minutes=int(said["minutes"] or 0))
        found.add(day - offset if said["sign"] == "+" else day + offset)
    return found


def _pages(round: Round) -> dict[str, str]:
    """Return every page that tells voters until when they can cast or change a ballot."""
    account = make_resident(round.authority)
    client = Client()
    client.force_login(account)
    place = [round.authority.slug, round.slug]
    pages = {
        "round": client.get(reverse("rounds:round", args=place)),
        "ballot": client.get(reverse("voting:ballot", args=place)),
        "review": client.get(reverse("voting:review", args=place)),
    }
    client.post(reverse("voting:basket", args=place), {"paper": 1, "add": codes(round)[0]})
    pages["review"] = client.get(reverse("voting:review", args=place))
    code = re.search(r'name="receipt_code" value="([^"]+)"', pages["review"].content.decode())
    pages["stored"] = client.post(
        reverse("voting:review", args=place), {"choice-1": codes(round)[0], "receipt_code": code[1]}
    )
    pages["mine"] = client.get(reverse("voting:mine", args=place))
    assert {name: page.status_code for name, page in pages.items()} == dict.fromkeys(pages, 200)
    return {name: page.content.decode() for name, page in pages.items()}


@pytest.mark.parametrize("case", CLOSES)
def test_t08_every_page_names_the_instant_that_decides(case):
    zone, closes_at = CLOSES[case]
    round = _vote(zone, closes_at)

    shown = {name: _instants_in(page) for name, page in _pages(round).items()}

    assert _deciding_instant(round) == closes_at
    assert shown == {name: {closes_at} for name in shown}


@pytest.mark.parametrize("case", CLOSES)
def test_t08_machines_are_told_the_same_instant_and_the_zone(case, client):
    zone, closes_at = CLOSES[case]
    round = _vote(zone, closes_at)

    told = client.get(f"/api/v1/rounds/{round.full_slug}/").json()
    rules = rules_of(round.poll)
    closes_at = datetime.fromisoformat(rules.closes_at)
    blocks = publication.pb(rules.ballot_styles[0], rules, [], n_votes=0, closes_at=closes_at, unit="inside")
    file = b"".join(blocks).decode()

    (phase,) = [phase for phase in told["phases"] if phase["kind"] == "voting"]
    assert (datetime.fromisoformat(phase["closes_at"]), told["time_zone"]) == (closes_at, zone)
    assert (datetime.fromisoformat(rules.closes_at), rules.time_zone) == (closes_at, zone)
    # Dates in a file use the round's zone: the last day on which voting is open, not the day after.
    last = (closes_at - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date()
    opens = Phase.objects.get(round=round, kind="voting").opens_at.astimezone(ZoneInfo(zone)).date()
    assert f"date_begin;{opens:%d.%m.%Y}\ndate_end;{last:%d.%m.%Y}\n" in file


@pytest.mark.parametrize(
    ("zone", "offset"),
    [("Asia/Seoul", "UTC+9"), ("Asia/Bangkok", "UTC+7"), ("Asia/Ho_Chi_Minh", "UTC+7")],
)
@pytest.mark.parametrize("language", ["en", "ko", "th", "vi"])
def test_t08_clock_zone_and_offset_are_there_in_every_language_but_at_home(client, zone, offset, language):
    is_home = (language, zone) in {("ko", "Asia/Seoul"), ("th", "Asia/Bangkok"), ("vi", "Asia/Ho_Chi_Minh")}
    round = _vote(zone, _days_ahead(zone, 4, time(18, 30)))

    page = client.get(
        reverse("voting:ballot", args=[round.authority.slug, round.slug]),
        headers={"Accept-Language": language},
    ).content.decode()

    assert f'lang="{language}"' in page
    assert re.search(r"18[:.]30", page)
    assert bool(re.search(r"18[:.]30.{0,60}" + re.escape(offset), page.replace("\xa0", " "))) != is_home


def test_t08_the_zone_of_the_server_changes_no_page():
    round = _vote(*CLOSES["midnight in Seoul"])
    client = Client()
    address = reverse("voting:ballot", args=[round.authority.slug, round.slug])

    def words() -> str:
        page = client.get(address).content.decode()
        return re.sub(r'(nonce|value)="[^"]*"', "", page)

    here = words()
    with timezone.override("America/New_York"):
        there = words()

    assert here == there


def test_t08_no_script_reckons_with_the_clock_or_zone_of_the_browser():
    scripts = [path for path in Path("static/js").glob("*.js") if "vendor" not in path.parts]

    assert scripts
    for script in scripts:
        assert not re.search(r"\bnew Date\b|\bDate\.|\bIntl\.|toLocale\w*(Date|Time)", script.read_text()), (
            script
        )


def test_t08_an_extension_is_announced_in_the_rounds_zone_and_decides_from_then_on():
    zone, closes_at = CLOSES["the hour before clocks are set back"]
    round = _vote(zone, closes_at)
    later = closes_at + timedelta(hours=1)
    officials = [make_official(round.authority, role) for role in (Role.BUDGET_OFFICER, Role.AUTHORITY_ADMIN)]
    asked = polls_services.request_extension(
        round, closes_at=later, reason="The site was down.", actor=officials[0]
    )
    polls_services.approve_extension(asked, actor=officials[1])

    page = _pages(fresh(round))["ballot"]

    assert _deciding_instant(round) == later
    # The same clock time twice, an hour apart: only the offset distinguishes them.
    assert _instants_in(page) == {closes_at, later}
    assert page.replace("\xa0", " ").count("02:30 (Poland Time, UTC+2)") == 1


def test_t08_after_the_close_the_page_names_the_minute_of_the_close():
    zone, _ = CLOSES["an evening in Bangkok"]
    round = make_vote(time_zone=zone)
    with triggers_asleep():
        Phase.objects.filter(round=round, kind="voting").update(
            opens_at=timezone.now() - timedelta(days=9),
            closes_at=(timezone.now() - timedelta(minutes=5)).replace(second=0, microsecond=0),
        )

    page = Client().get(reverse("voting:ballot", args=[round.authority.slug, round.slug])).content.decode()

    assert _instants_in(page) == {_deciding_instant(round)}


def test_t08_a_receipt_names_the_day_of_the_rounds_zone():
    days = set()
    for zone in ("Pacific/Kiritimati", "Pacific/Niue"):
        round = make_vote(time_zone=zone)

        receipt = cast_by(voter_of(round), codes(round)[0]).receipt

        today = {
            moment.astimezone(ZoneInfo(zone)).date() for moment in (timezone.now(), round.poll.frozen_at)
        }
        assert receipt.recorded_on in today
        days.add(receipt.recorded_on)
        end_voting(round)
    # 25 hours apart: never the same day in both zones.
    assert len(days) == 2
