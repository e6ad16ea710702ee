"""Money, dates and times as people write them in each interface language.

Plain functions: the language and the zone are arguments. Django's own locale formats know neither the
Buddhist Era nor a round's zone, nor that a phase closing at midnight is closed by "the day before".
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from core import money
from core.days import day_in, last_day

NBSP = "\u00a0"

_MONTHS_EN = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_MONTHS_TH = (
    "ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.",
    "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค.",
)  # fmt: skip
_BUDDHIST_ERA = 543

_ZONES = {
    "Asia/Seoul": {"en": "Korea time", "ko": "한국 시간", "th": "เวลาเกาหลี", "vi": "giờ Hàn Quốc"},
    "Asia/Bangkok": {"en": "Thailand time", "ko": "태국 시간", "th": "เวลาไทย", "vi": "giờ Thái Lan"},
    "Asia/Ho_Chi_Minh": {
        "en": "Viet Nam time",
        "ko": "베트남 시간",
        "th": "เวลาเวียดนาม",
        "vi": "giờ Việt Nam",
    },
}


def _primary(language: str) -> str:
    return language.split("-")[0]


number = money.grouped
amount = money.written


def money_affix(currency: str, language: str) -> str:
    """Return the word or code that stands after a field for an amount: 원, บาท, đồng, or KRW."""
    return money.affix(currency, language)


def public_date(day: date, language: str) -> str:
    """Return a day in words: 21 June 2022; 2022년 6월 21일; 21 มิ.ย. 2565; 21/06/2022."""
    match _primary(language):
        case "ko":
            return f"{day.year}년{NBSP}{day.month}월{NBSP}{day.day}일"
        case "th":
            return f"{day.day}{NBSP}{_MONTHS_TH[day.month - 1]}{NBSP}{day.year + _BUDDHIST_ERA}"
        case "vi":
            return f"{day:%d/%m/%Y}"
    return f"{day.day}{NBSP}{_MONTHS_EN[day.month - 1]}{NBSP}{day.year}"


def fiscal_year(year: int, language: str) -> str:
    """Return a fiscal year's number: 2026, in Thai of the Buddhist Era 2569."""
    return str(year + _BUDDHIST_ERA if _primary(language) == "th" else year)


def zone_name(zone: str, language: str) -> str:
    """Return what readers call a zone, or its IANA name where no word of ours is known."""
    return _ZONES.get(zone, {}).get(_primary(language), zone)


def offset(when: datetime, zone: str) -> str:
    """Return how far the zone is from universal time at that instant: UTC+9, UTC-3:30, UTC."""
    shift = when.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    hours, minutes = divmod(abs(shift) // timedelta(minutes=1), 60)
    if not hours and not minutes:
        return "UTC"
    sign = "+" if shift > timedelta() else "-"
    return f"UTC{sign}{hours}:{minutes:02}" if minutes else f"UTC{sign}{hours}"


def public_datetime(when: datetime, zone: str, language: str) -> str:
    """Return day and time in the zone, with the zone's name, since readers may be elsewhere.

    Where clocks are set back and show the time twice, with the offset too.
    """
    local = when.astimezone(ZoneInfo(zone))
    is_shown_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return _day_and_clock(local, zone, language, with_offset=is_shown_twice)


def _day_and_clock(local: datetime, zone: str, language: str, *, with_offset: bool) -> str:
    day, clock, name = public_date(local.date(), language), f"{local:%H:%M}", zone_name(zone, language)
    if with_offset:
        name = f"{name}, {offset(local, zone)}"
    match _primary(language):
        case "th":
            return f"{day} {clock}{NBSP}น. ({name})"
        case "vi":
            return f"{clock} {day} ({name})"
        case "ko":
            return f"{day} {clock}({name})"
    return f"{day}, {clock} ({name})"


def public_close(closes_at: datetime, zone: str, language: str) -> str:
    """Return an end as people say it after "until": the end of its last day if whole, else day and time.

    With the zone and its offset from universal time, so that it is one instant for readers anywhere.
    Only English needs words for the end of a day: elsewhere "until" a day includes that day.
    """
    local = closes_at.astimezone(ZoneInfo(zone))
    if (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0):
        day = public_date(last_day(zone, closes_at), language)
        where = f"({zone_name(zone, language)}, {offset(closes_at, zone)})"
        match _primary(language):
            case "en":
                return f"the end of {day} {where}"
            case "ko":
                return f"{day}{where}"
        return f"{day} {where}"
    return _day_and_clock(local, zone, language, with_offset=True)


def public_period(opens_at: datetime, closes_at: datetime, zone: str, language: str) -> str:
    """Return the days of a phase, first to last; the year once where both days share it."""
    first, last = day_in(zone, opens_at), last_day(zone, closes_at)
    if first == last:
        return public_date(first, language)
    start, end = public_date(first, language), public_date(last, language)
    same_year = first.year == last.year
    match _primary(language):
        case "ko":
            if same_year:
                end = f"{last.month}월{NBSP}{last.day}일"
            return f"{start} ~ {end}"
        case "th":
            if same_year:
                start = f"{first.day}{NBSP}{_MONTHS_TH[first.month - 1]}"
        case "en":
            if same_year:
                start = f"{first.day}{NBSP}{_MONTHS_EN[first.month - 1]}"
    return f"{start} – {end}"
