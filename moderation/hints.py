"""Automatic hints about a text before a person reads it.

A hint points at characters and says why; it decides nothing. Tuned for recall: a false hint costs a moderator
a glance, a missed phone number costs its owner more. Thai, Korean, Vietnamese and English at once, since
people mix them. Word lists are short on purpose and reviewed by hand; the measured recall, per language and
kind, is in `docs/moderation.md`.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from moderation import phrases


class Kind(StrEnum):
    """The reason why part of a text deserves a look."""

    NATIONAL_ID = "national_id"
    PHONE = "phone"
    EMAIL = "email"
    MESSENGER = "messenger"
    ADDRESS = "address"
    LINK = "link"
    ADVERTISING = "advertising"
    ABUSE = "abuse"
    POLITICAL = "political"
    PERSONAL_GAIN = "personal_gain"


# Addresses deserve a glance, not an alarm: the place of a project is an address, too.
PERSONAL_DATA = frozenset({Kind.NATIONAL_ID, Kind.PHONE, Kind.EMAIL, Kind.MESSENGER, Kind.ADDRESS})


@dataclass(frozen=True, slots=True, order=True)
class Hint:
    """Characters `start` to `end` (excluded) of the text as its author typed it."""

    start: int
    end: int
    kind: Kind


def find(text: str) -> list[Hint]:
    """Return what is noticeable in a text, in order of place. Linear in its length."""
    plain, origin = _fold(text)
    hints: list[Hint] = []
    for kind, finder in _FINDERS:
        end_before = -1
        for start, end in sorted(finder(plain)):
            if end <= start:
                continue
            hint = Hint(origin[start], origin[end - 1] + 1, kind)
            if start < end_before:
                # Two patterns saw one thing.
                hint = Hint(hints[-1].start, max(hints[-1].end, hint.end), kind)
                hints.pop()
            hints.append(hint)
            end_before = max(end_before, end)
    return sorted(hints)


def _fold(text: str) -> tuple[str, list[int]]:
    """Return the text as the patterns expect it, and where each of its characters came from.

    Compatibility forms and native digits become ASCII, invisible characters go, letters are small.
    """
    folded: list[str] = []
    origin: list[int] = []
    index = 0
    while index < len(text):
        # A letter and its marks together: Vietnamese may come with its tones apart.
        end = index + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        if unicodedata.category(text[index]) != "Cf":
            for part in unicodedata.normalize("NFKC", text[index:end]).lower():
                digit = unicodedata.digit(part, None)
                folded.append(str(digit) if digit is not None else part)
                origin.append(index)
        index = end
    return "".join(folded), origin


_GAP = r"[\s.\-–—()/·]{0,3}"


def _digits(count: int) -> str:
    return _GAP.join([r"\d"] * count)


def _spaced(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\d){pattern}(?!\d)")


_THAI_ID = _spaced(_digits(13))
_KOREAN_ID = _spaced(_digits(13))
_VIETNAMESE_ID = _spaced(_digits(12))
_ID_WORD = re.compile(
    r"เลข(?:ที่)?(?:ประจำตัว|บัตร)\S*|บัตรประชาชน|주민(?:등록)?번호|외국인등록번호|여권번호"
    r"|cccd|cmnd|căn cước|chứng minh (?:nhân dân|thư)|số định danh"
    r"|passport (?:no|number)|national id|id (?:card|number)"
)
# A national number in the making: the words, then many digits whatever their checksum says.
_ID_AFTER_WORD = re.compile(rf"(?:{_ID_WORD.pattern})[^\d\n]{{0,15}}\d(?:{_GAP}\d){{7,12}}")


def _only_digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def _is_thai_id(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number, range(13, 1, -1), strict=False))
    return number[0] != "0" and (11 - total % 11) % 10 == int(number[12])


def _is_korean_id(number: str) -> bool:
    """Return whether date and century digit match. Numbers issued since October 2020 have no checksum."""
    century = {"9": 1800, "0": 1800, "1": 1900, "2": 1900, "5": 1900, "6": 1900}.get(number[6], 2000)
    try:
        date(century + int(number[:2]), int(number[2:4]), int(number[4:6]))
    except ValueError:
        return False
    return True


def _is_vietnamese_id(number: str) -> bool:
    return 1 <= int(number[:3]) <= 96


def _national_ids(text: str) -> Iterator[tuple[int, int]]:
    for pattern, is_real in (
        (_THAI_ID, _is_thai_id),
        (_KOREAN_ID, _is_korean_id),
        (_VIETNAMESE_ID, _is_vietnamese_id),
    ):
        for match in pattern.finditer(text):
            if is_real(_only_digits(match.group())):
                yield match.span()
    for match in _ID_AFTER_WORD.finditer(text):
        yield match.span()


_PHONES = (
    _spaced(rf"(?:\+{_GAP}66|0){_GAP}[689]{_GAP}{_digits(8)}"),
    _spaced(rf"(?:\+{_GAP}82{_GAP}0?|0){_GAP}1{_GAP}[016789]{_GAP}\d{{3,4}}{_GAP}\d{{4}}"),
    _spaced(rf"(?:\+{_GAP}84|0){_GAP}[35789]{_GAP}{_digits(8)}"),
    # Landlines with an area code, and anything international.
    _spaced(rf"0(?:2|[3-6]\d){_GAP}\d{{3,4}}{_GAP}\d{{4}}"),
    re.compile(rf"(?<![\d+])\+{_GAP}[1-9](?:{_GAP}\d){{7,14}}(?!\d)"),
    # A number that is announced as one, in whatever form.
    re.compile(
        r"(?:โทร(?:ศัพท์)?|เบอร์(?:โทร|มือถือ)|전화(?:번호)?|연락처|휴대폰|핸드폰|điện thoại|sđt|hotline"
        r"|phone|mobile|call me|call us|whatsapp)"
        rf"[^\d\n]{{0,12}}\+?\d(?:{_GAP}\d){{6,13}}(?!\d)"
    ),
)
_EMAIL = re.compile(
    r"[a-z0-9._%+\-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[a-z0-9\-]{1,63}"
    r"(?:(?:\.|\s?\(dot\)\s?|\s?\[dot\]\s?)[a-z0-9\-]{1,63}){1,4}"
)
_MESSENGER = re.compile(
    r"(?:(?:ไลน์|line|카카오톡?|카톡|kakao(?:talk)?|zalo|telegram|텔레그램)\s?(?:id|ไอดี|아이디)"
    r"|(?:line|ไลน์|zalo|카톡|telegram)\s?:)\s?[:：]?\s?@?[a-z0-9._\-]{2,}"
    r"|line\.me/|open\.kakao\.com|zalo\.me/|t\.me/"
)
_ADDRESS = re.compile(
    r"บ้านเลขที่\s?\d\S*|(?:อยู่|พัก)(?:ที่)?บ้าน\S*|ห้อง\s?\d+/?\d*"
    r"|집\s?주소|\d+\s?동\s?\d+\s?호|0{2,}동\s?0{2,}호|[가-힣]+(?:로|길)\s?\d+(?:-\d+)?번?길?\s?\d*\s?,?\s?\d+호"
    r"|(?:số nhà|căn hộ(?: số)?|phòng(?: số)?|nhà số)\s?\d\S*|(?:sống|ở|trú) tại (?:số )?\d\S*"
    r"|(?:flat|apartment|apt\.?|unit|room)\s(?:no\.?\s)?\d+\w?"
    r"|lives? (?:at|in) (?:no\.? ?|flat |house )?\d\S*"
)
_LINK = re.compile(
    r"(?:https?://|www\.)\S+|(?<![@\w.\-])[a-z0-9\-]{2,}\.(?:com|net|org|shop|xyz|top|club|bet|vip|app)\b/?\S*"
)


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Match any of the phrases; those in Latin letters only as whole words, the others anywhere."""
    parts = []
    for phrase in sorted(words, key=len, reverse=True):
        pattern = re.escape(unicodedata.normalize("NFC", phrase)).replace(r"\ ", r"\s+")
        # Thai writes no spaces; Korean hangs endings on words.
        latin = unicodedata.name(phrase[0], "").startswith("LATIN")
        parts.append(rf"(?<!\w){pattern}" if latin else pattern)
    return re.compile("|".join(parts))


def _matches(*patterns: re.Pattern[str]) -> Callable[[str], Iterator[tuple[int, int]]]:
    def find_all(text: str) -> Iterator[tuple[int, int]]:
        for pattern in patterns:
            for match in pattern.finditer(text):
                yield match.span()

    return find_all


_FINDERS: tuple[tuple[Kind, Callable[[str], Iterator[tuple[int, int]]]], ...] = (
    (Kind.NATIONAL_ID, _national_ids),
    (Kind.PHONE, _matches(*_PHONES)),
    (Kind.EMAIL, _matches(_EMAIL)),
    (Kind.MESSENGER, _matches(_MESSENGER)),
    (Kind.ADDRESS, _matches(_ADDRESS)),
    (Kind.LINK, _matches(_LINK)),
    (Kind.ADVERTISING, _matches(_any_of(phrases.ADVERTISING))),
    (Kind.ABUSE, _matches(_any_of(phrases.ABUSE))),
    (Kind.POLITICAL, _matches(_any_of(phrases.POLITICAL))),
    (Kind.PERSONAL_GAIN, _matches(_any_of(phrases.PERSONAL_GAIN))),
)
