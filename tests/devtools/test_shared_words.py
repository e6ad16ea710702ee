"""A word that appears in two kinds of place has one meaning in both, or a context that tells them apart."""

import csv

import polib
from django.conf import settings

from devtools.catalogues import path_of

LIST = settings.BASE_DIR / "docs" / "shared-words.csv"
# Templates that only officials see, wherever they are.
_OFFICIALS = {"moderation", "reviews"}
_OFFICIALS_FILES = (
    "desk",
    "role",
    "staff_views",
    "watch",
    "observer",
    "overview",
    "rollup",
    "preview",
    "adopted",
    "_export",
)


def _kind(place: str) -> str:
    """Return the kind of place where a sentence appears: whose page, or which room's code."""
    parts = place.split("/")
    if parts[0] != "templates":
        return "/".join(parts[: 2 if parts[0] == "voting" else 1])
    room = parts[1] if len(parts) > 2 else "site"
    is_officials = room in _OFFICIALS or parts[-1].startswith(_OFFICIALS_FILES)
    return f"{'officials' if is_officials else 'residents'} {room}"


def shared() -> dict[str, list[str]]:
    """Return words and short phrases without a context that appear in several kinds of place, with these."""
    found = {}
    for entry in polib.pofile(str(path_of("site", "ko"))):
        if entry.msgctxt or "%" in entry.msgid or len(entry.msgid.split()) > 2:
            continue
        kinds = {_kind(place) for place, _line in entry.occurrences}
        if len(kinds) > 1:
            found[entry.msgid] = sorted(kinds)
    return found


def test_words_in_two_kinds_of_place_are_listed_with_the_one_meaning_they_have():
    with LIST.open(encoding="utf-8", newline="") as file:
        listed = {row["word"]: row["meaning"] for row in csv.DictReader(file)}

    found = shared()

    assert found
    assert all(listed.values())
    unlisted = {word: places for word, places in found.items() if word not in listed}
    assert unlisted == {}, "give each a context (pgettext), or its one meaning in docs/shared-words.csv"
    assert sorted(listed) == sorted(found), "these appear in one kind of place only: take them off the list"
