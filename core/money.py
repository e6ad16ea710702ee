"""Money as whole numbers of a currency's minor unit."""

from decimal import Decimal, InvalidOperation
from functools import cache

from babel.numbers import get_currency_precision, is_currency


@cache
def exponent(currency: str) -> int:
    """Return how many decimals people of a currency (ISO 4217) write. Raises KeyError for an unknown one."""
    # XXX is the code of no currency.
    if currency == "XXX" or not is_currency(currency):
        raise KeyError(currency)
    return get_currency_precision(currency)


def major(amount_minor: int, currency: str) -> Decimal:
    """Return the amount in whole units: `major(1050, "THB")` is Decimal("10.50"). Exact."""
    return Decimal(amount_minor).scaleb(-exponent(currency))


def parse(text: str, currency: str) -> int:
    """Return what a person typed, in minor units; spaces and grouping commas are allowed.

    Raises ValueError for anything else: letters, a sign, more decimals than the currency has.
    """
    cleaned = text.strip().replace(",", "").replace(" ", "").replace("\u00a0", "")
    if not cleaned or not all(sign in "0123456789." for sign in cleaned):
        raise ValueError(text)
    try:
        amount = Decimal(cleaned).scaleb(exponent(currency))
    except InvalidOperation as error:
        raise ValueError(text) from error
    if amount != amount.to_integral_value():
        raise ValueError(text)
    return int(amount)


NBSP = "\u00a0"

# Forms of amounts: the sign before or after the number, as in public budgets.
_MONEY = {
    "en": {
        "KRW": "₩{}",
        "THB": "฿{}",
        "VND": "₫{}",
        "JPY": "¥{}",
        "EUR": "€{}",
        "USD": "US${}",
        "GBP": "£{}",
    },
    "ko": {
        "KRW": "{}원",
        "THB": "{}바트",
        "VND": "{}동(VND)",
        "JPY": "{}엔",
        "EUR": "{}유로",
        "USD": "{}달러",
    },
    "th": {
        "KRW": "{}" + NBSP + "วอน",
        "THB": "{}" + NBSP + "บาท",
        "VND": "{}" + NBSP + "ดอง",
        "JPY": "{}" + NBSP + "เยน",
        "EUR": "{}" + NBSP + "ยูโร",
    },
    "vi": {
        "VND": "{}" + NBSP + "đồng",
        "KRW": "{}" + NBSP + "won",
        "THB": "{}" + NBSP + "baht",
        "JPY": "{}" + NBSP + "yên",
        "EUR": "{}" + NBSP + "euro",
    },
}


def grouped(value: int, language: str) -> str:
    """Return a whole number with its groups of three: 3,998,700,000; 3.998.700.000 in Vietnamese."""
    digits = f"{value:,}"
    return digits.replace(",", ".") if language.split("-")[0] == "vi" else digits


def written(amount_minor: int, currency: str, language: str) -> str:
    """Return a sum of money as written in `language`, never broken over two lines.

    Decimals are shown only if the sum has them. Raises KeyError for an unknown currency.
    """
    language = language.split("-")[0]
    digits_after = exponent(currency)
    whole, part = divmod(abs(amount_minor), 10**digits_after)
    digits = grouped(whole, language)
    if part:
        digits += ("," if language == "vi" else ".") + str(part).zfill(digits_after)
    form = _MONEY.get(language, {}).get(currency, "{}" + NBSP + currency)
    return ("\u2212" if amount_minor < 0 else "") + form.format(digits)


# Large units by language, greatest first, with the decimals that still read well before the unit.
_UNITS = {
    "en": ((10**9, "billion", 2), (10**6, "million", 3)),
    "th": ((10**6, "ล้าน", 3),),
    "vi": ((10**9, "tỷ", 2), (10**6, "triệu", 3)),
}
_EOK, _MAN = 10**8, 10**4


def in_prose(amount_minor: int, currency: str, language: str) -> str:
    """Return a sum as people write it within a sentence: 40억 원, 4 tỷ đồng, 4,000 ล้านบาท, ₩4 billion.

    Always exact: a sum that has no short form is written in full. Raises KeyError for an unknown currency.
    """
    language = language.split("-")[0]
    whole, rest = divmod(amount_minor, 10 ** exponent(currency))
    short = _short(whole, language) if whole > 0 and not rest else ""
    form = _MONEY.get(language, {}).get(currency)
    if not short or form is None:
        return written(amount_minor, currency, language)
    if language == "ko":
        return form.format(short + NBSP)
    if language == "th":
        # The unit and the currency are one word: ล้านบาท.
        return form.replace(NBSP, "").format(short)
    return form.format(short)


def _short(whole: int, language: str) -> str:
    if language == "ko":
        eok, rest = divmod(whole, _EOK)
        man, rest = divmod(rest, _MAN)
        if not eok or rest:
            return ""
        return f"{eok:,}억" + (f"{NBSP}{man:,}만" if man else "")
    for unit, name, decimals in _UNITS.get(language, ()):
        thousandths = whole * 10**decimals
        if whole >= unit and thousandths % unit == 0:
            number, part = divmod(thousandths // unit, 10**decimals)
            digits = str(part).zfill(decimals).rstrip("0")
            point = "," if language == "vi" else "."
            return grouped(number, language) + (point + digits if digits else "") + NBSP + name
    return ""


# The word that people write after an amount they type; otherwise the ISO code.
_AFFIXES = {
    ("ko", "KRW"): "원",
    ("ko", "THB"): "바트",
    ("th", "KRW"): "วอน",
    ("th", "THB"): "บาท",
    ("th", "VND"): "ดอง",
    ("vi", "VND"): "đồng",
}


def affix(currency: str, language: str) -> str:
    """Return the word or code written after an amount field: 원, บาท, đồng, or KRW."""
    return _AFFIXES.get((language.split("-")[0], currency), currency)
