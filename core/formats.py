"""Money, dates and times as people write them in each interface language.

Plain functions: the language and the zone are arguments. Django's own locale formats know neither the
Buddhist Era nor a round's zone, nor that a phase closing at midnight is closed by "the day before".
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_location

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
BUDDHIST_ERA = 543

_WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "ko": ("월", "화", "수", "목", "금", "토", "일"),
    "th": ("วันจันทร์", "วันอังคาร", "วันพุธ", "วันพฤหัสบดี", "วันศุกร์", "วันเสาร์", "วันอาทิตย์"),
    "vi": ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật"),
}

# The zone that readers of a language take for granted. English is read everywhere.
_HOME = {"ko": "Asia/Seoul", "th": "Asia/Bangkok", "vi": "Asia/Ho_Chi_Minh"}

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


_OF_NO_COUNTRY = {"UTC", "Etc/UTC", "GMT"}


def _primary(language: str) -> str:
    return language.split("-")[0]


number = money.grouped
amount = money.written
amount_in_prose = money.in_prose


def money_affix(currency: str, language: str) -> str:
    """Return the word or code written after an amount field: 원, บาท, đồng, or KRW."""
    return money.affix(currency, language)


def public_date(day: date, language: str) -> str:
    """Return a day in words: 21 June 2022; 2022년 6월 21일; 21 มิ.ย. 2565; 21/06/2022."""
    match _primary(language):
        case "ko":
            return f"{day.year}년{NBSP}{day.month}월{NBSP}{day.day}일"
        case "th":
            return f"{day.day}{NBSP}{_MONTHS_TH[day.month - 1]}{NBSP}{day.year + BUDDHIST_ERA}"
        case "vi":
            return f"{day:%d/%m/%Y}"
    return f"{day.day}{NBSP}{_MONTHS_EN[day.month - 1]}{NBSP}{day.year}"


def typed_date(day: date, language: str) -> str:
    """Return a day as readers of a language type it: 1990-12-31; 31/12/1990; in Thai 31/12/2533."""
    match _primary(language):
        case "ko":
            return f"{day:%Y-%m-%d}"
        case "th":
            return f"{day:%d/%m}/{day.year + BUDDHIST_ERA}"
    return f"{day:%d/%m/%Y}"


def weekday_date(day: date, language: str) -> str:
    """Return a day with its weekday, for deadlines: Tuesday 21 June 2022; 2022년 6월 21일(화)."""
    weekday, written = _WEEKDAYS[_primary(language)][day.weekday()], public_date(day, language)
    match _primary(language):
        case "ko":
            return f"{written}({weekday})"
        case "th":
            return f"{written} ({weekday})"
        case "vi":
            return f"{written} ({weekday})"
    return f"{weekday}{NBSP}{written}"


def clock(when: time, language: str) -> str:
    """Return a time of day, 24 hours: 18:00; in Thai 18.00 น."""
    return f"{when:%H.%M}{NBSP}น." if _primary(language) == "th" else f"{when:%H:%M}"


def fiscal_year(year: int, language: str) -> str:
    """Return a fiscal year's number: 2026, in Thai of the Buddhist Era 2569."""
    return str(year + BUDDHIST_ERA if _primary(language) == "th" else year)


def zone_name(zone: str, language: str) -> str:
    """Return what readers call a zone: Korea time, Poland Time; its IANA name if it is of no country."""
    ours = _ZONES.get(zone, {}).get(_primary(language))
    if ours:
        return ours
    if zone in _OF_NO_COUNTRY:
        return zone
    return get_timezone_location(zone, locale=_primary(language))


def offset(when: datetime, zone: str) -> str:
    """Return how far the zone is from universal time at that instant: UTC+9, UTC-3:30, UTC."""
    shift = when.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    hours, minutes = divmod(abs(shift) // timedelta(minutes=1), 60)
    if not hours and not minutes:
        return "UTC"
    sign = "+" if shift > timedelta() else "-"
    return f"UTC{sign}{hours}:{minutes:02}" if minutes else f"UTC{sign}{hours}"


def public_datetime(when: datetime, zone: str, language: str) -> str:
    """Return day and time in the zone, with the zone's name unless the reader is at home there.

    If clocks are set back and show the time twice, the offset is added.
    """
    local = when.astimezone(ZoneInfo(zone))
    is_shown_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    where = _where(local, zone, language, with_offset=is_shown_twice)
    return _join_clock(public_date(local.date(), language), local.time(), language) + where


def _join_clock(day: str, at: time, language: str) -> str:
    written = clock(at, language)
    match _primary(language):
        case "th":
            return f"{day} เวลา{NBSP}{written}"
        case "vi":
            return f"{written} ngày{NBSP}{day}"
        case "ko":
            return f"{day} {written}"
    return f"{day}, {written}"


def _where(local: datetime, zone: str, language: str, *, with_offset: bool) -> str:
    """Return the zone in brackets, with its offset from universal time; nothing at home."""
    names = [] if _HOME.get(_primary(language)) == zone else [zone_name(zone, language)]
    if with_offset and (names or local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()):
        names.append(offset(local, zone))
    if not names:
        return ""
    return ("" if _primary(language) == "ko" else " ") + f"({', '.join(names)})"


def _is_midnight(local: datetime) -> bool:
    return local.time() == time()


def public_close(closes_at: datetime, zone: str, language: str) -> str:
    """Return a deadline as people write it after "until", with its weekday.

    The end of the last day if that day is whole, else day and time. Away from home the zone and its offset
    follow, so that it is one instant for readers anywhere. Korean and Thai need no word for the end of a day:
    "until" a day includes it.
    """
    local = closes_at.astimezone(ZoneInfo(zone))
    where = _where(local, zone, language, with_offset=True)
    if not _is_midnight(local):
        return _join_clock(weekday_date(local.date(), language), local.time(), language) + where
    day = weekday_date(last_day(zone, closes_at), language)
    match _primary(language):
        case "en":
            return f"the end of {day}{where}"
        case "vi":
            return f"hết ngày{NBSP}{day}{where}"
    return day + where


def public_period(opens_at: datetime, closes_at: datetime, zone: str, language: str) -> str:
    """Return a phase, first day to last; the year once if both share it, an hour unless it is midnight."""
    starts, ends = (when.astimezone(ZoneInfo(zone)) for when in (opens_at, closes_at))
    first, last = day_in(zone, opens_at), last_day(zone, closes_at)
    if first == last and _is_midnight(starts) and _is_midnight(ends):
        return public_date(first, language)
    start, end = public_date(first, language), public_date(last, language)
    same_year = first.year == last.year and first != last
    dash = "–"
    match _primary(language):
        case "ko":
            dash = "~"
            if same_year:
                end = f"{last.month}월{NBSP}{last.day}일"
        case "th":
            if same_year:
                start = f"{first.day}{NBSP}{_MONTHS_TH[first.month - 1]}"
        case "en":
            if same_year:
                start = f"{first.day}{NBSP}{_MONTHS_EN[first.month - 1]}"
    if not _is_midnight(starts):
        start = _join_clock(start, starts.time(), language)
    if not _is_midnight(ends):
        end = _join_clock(end, ends.time(), language) if first != last else clock(ends.time(), language)
    return f"{start} {dash} {end}"
