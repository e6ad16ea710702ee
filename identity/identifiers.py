"""Identifiers of a person, normalised to one spelling and hashed under a key.

Without one spelling, "081-234 5678" and "+66 81 234 5678" would be two persons.
"""

import hashlib
import hmac
import re
import unicodedata

# Country calling codes of the countries the platform knows, by ISO 3166.
CALLING_CODES = {"KR": "82", "TH": "66", "VN": "84"}


def phone(typed: str, country: str) -> bytes:
    """Return a phone number as international digits with a plus, for hashing. Raises ValueError.

    Numbers without a country code belong to `country` (ISO 3166, two letters).
    """
    text = _plain(typed)
    digits = re.sub(r"[\s().\-/]", "", text)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if not digits.startswith("+"):
        if country not in CALLING_CODES:
            raise ValueError("no calling code for this country")
        digits = f"+{CALLING_CODES[country]}{digits.removeprefix('0')}"
    if not re.fullmatch(r"\+[1-9][0-9]{7,14}", digits):
        raise ValueError("not a phone number")
    return digits.encode()


def register_entry(number: str, born: str) -> bytes:
    """Return a register's entry number and date of birth (ISO 8601), for hashing. Raises ValueError.

    The date makes guessing entry numbers useless; neither is kept.
    """
    entry = re.sub(r"[\s.\-/]", "", _plain(number)).upper()
    born = _plain(born).strip()
    if not entry or len(entry) > 40 or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", born):
        raise ValueError("not a register entry")
    return f"{entry}|{born}".encode()


def document(number: str) -> bytes:
    """Return the number of a document shown in person, for hashing. Raises ValueError."""
    digits = re.sub(r"[\s.\-/]", "", _plain(number)).upper()
    if not 4 <= len(digits) <= 40:
        raise ValueError("not a document's number")
    return digits.encode()


def subject(issuer: str, claim: str) -> bytes:
    """Return an identity provider's name for a person, for hashing."""
    return f"{issuer}|{claim}".encode()


def mailbox(address: str) -> str:
    """Return which mailbox an e-mail address leads to: without a tag after a plus, dots and case apart.

    Some providers tell dots apart and others do not: two addresses of one mailbox are a hint, not a proof.
    """
    name, _, host = _plain(address).strip().lower().rpartition("@")
    return f"{name.partition('+')[0].replace('.', '')}@{host}"


def is_national_number(typed: str, country: str) -> bool:
    """Return whether this is a number the law forbids to collect: Korea's resident registration number.

    Personal Information Protection Act, article 24-2. Six digits of a date, a digit for century and
    sex, six more.
    """
    digits = re.sub(r"[\s.\-/]", "", _plain(typed))
    if country != "KR" or not re.fullmatch(r"\d{13}", digits):
        return False
    return 1 <= int(digits[2:4]) <= 12 and 1 <= int(digits[4:6]) <= 31 and "1" <= digits[6] <= "8"


def keyed_hash(key: bytes, authority_id: int, kind: str, identifier: bytes) -> bytes:
    """Return the 32 bytes that represent an identifier in one authority.

    The authority is part of the hash, so that rows of two authorities cannot be joined on it.
    """
    return hmac.digest(key, f"{authority_id}|{kind}|".encode() + identifier, hashlib.sha256)


def _plain(text: str) -> str:
    """Return the text in compatibility form, native digits as ASCII, without invisible signs."""
    text = unicodedata.normalize("NFKC", text)
    return "".join(
        str(unicodedata.digit(sign)) if sign.isdigit() else sign
        for sign in text
        if unicodedata.category(sign) != "Cf"
    )
