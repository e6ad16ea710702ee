"""The catalogues are whole, follow the glossary, and keep the register of a public body."""

import csv
import os
import re
import shutil
from pathlib import Path

import polib
import pytest

from devtools import catalogues

GLOSSARY = Path(catalogues.PROJECT) / "docs" / "glossary.csv"
# Words that machine translation put where the glossary's notes say something else is meant.
MISTRANSLATIONS = (
    "อัตราการสะท้อนแสง",
    "รัฐสภาแห่งชาติ",
    "การเรียกเก็บเงิน",
    "พระราชกฤษฎีกา",
    "ความกตัญญู",
)

needs_gettext = pytest.mark.skipif(
    shutil.which("xgettext") is None and not os.environ.get("CI"), reason="needs GNU gettext"
)


def glossary() -> list[dict[str, str]]:
    with GLOSSARY.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def catalogue(kind: str, language: str) -> polib.POFile:
    return polib.pofile(str(catalogues.path_of(kind, language)))


def texts(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def sentences(language: str) -> list[tuple[str, str]]:
    """Each of our own source sentences with each of its translations."""
    return [(entry.msgid, text) for entry in catalogue("site", language) for text in texts(entry)]


@needs_gettext
def test_no_sentence_is_missing_untranslated_or_uncompiled():
    assert list(catalogues.problems()) == []


@needs_gettext
def test_a_lost_placeholder_and_a_stale_compiled_catalogue_are_found(tmp_path, monkeypatch):
    shutil.copytree(catalogues.LOCALE, tmp_path / "locale")
    monkeypatch.setattr(catalogues, "LOCALE", tmp_path / "locale")
    path = catalogues.path_of("site", "th")
    changed = polib.pofile(str(path), wrapwidth=0)
    entry = changed.find("You must be at least %(from_age)s years old to do this.")
    entry.msgstr = "ดำเนินการนี้ได้เมื่ออายุครบ"
    changed.save()

    assert list(catalogues.problems()) == [
        f"site th: placeholders differ: {entry.msgid!r} / {entry.msgstr!r}",
        "site th: compiled catalogue is stale",
    ]


def _changes(folder: Path, *rows: tuple[str, str, str]) -> Path:
    path = folder / "changes.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("context", "old", "new"), *rows])
    return path


def test_a_renamed_sentence_keeps_its_translations(tmp_path, monkeypatch):
    shutil.copytree(catalogues.LOCALE, tmp_path / "locale")
    monkeypatch.setattr(catalogues, "LOCALE", tmp_path / "locale")
    old, new = "You must be at least %(from_age)s years old to do this.", "The minimum age is %(from_age)s."
    before = {language: catalogue("site", language).find(old).msgstr for language in catalogues.LANGUAGES}

    list(catalogues.rename(_changes(tmp_path, ("", old, new))))

    assert all(before.values())
    for language in catalogues.LANGUAGES:
        assert catalogue("site", language).find(new).msgstr == before[language]
        assert catalogue("site", language).find(old) is None


def test_nothing_is_renamed_if_one_sentence_is_unknown(tmp_path, monkeypatch):
    shutil.copytree(catalogues.LOCALE, tmp_path / "locale")
    monkeypatch.setattr(catalogues, "LOCALE", tmp_path / "locale")
    known = "You must be at least %(from_age)s years old to do this."
    before = catalogues.path_of("site", "ko").read_bytes()

    with pytest.raises(catalogues.UnknownSentence):
        list(catalogues.rename(_changes(tmp_path, ("", known, "Otherwise."), ("", "Never said.", "Said."))))

    assert catalogues.path_of("site", "ko").read_bytes() == before


@pytest.mark.parametrize(
    ("source", "text", "is_left"),
    [
        ("Publish the report", "Publish the report", True),
        ("%(count)s ballots", "%(count)s ballots", True),
        ("%(table)s: %(paper)s", "%(table)s: %(paper)s", False),
        ("WebAuthn", "WebAuthn", False),
        ("Publish the report", "보고서 공개", False),
    ],
)
def test_a_translation_that_repeats_the_english_is_found(source, text, is_left):
    assert catalogues.is_left_in_english(source, text) is is_left


# Names, units and the words of file formats, which stay as they are in every language.
LATIN = set(
    re.findall(
        r"\w+",
        "API ARF BHWS CSV ETag Ed ID JPEG JSON MB META OpenAPI P PDF PNG PROJECTS Pabulib Python QAT NYSK QR"
        " SHA URL UTC UTF VOTES WebP XLSX a affiliate area born f id key num number p participation pb phone"
        " points project projects resident tiles tlog type value vote voter votes ABCD EFGH N ballots",
    )
)


@pytest.mark.parametrize("language", ["ko", "th"])
def test_no_english_word_is_left_within_a_translation(language):
    other = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%[sd]|<[^>]+>|&\w+;|https?://\S+")

    assert {
        word: text
        for _source, text in sentences(language)
        for word in re.findall(r"[A-Za-z]+", other.sub("", text))
        if word not in LATIN
    } == {}


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
@pytest.mark.parametrize("kind", catalogues.SETS)
def test_a_sentence_that_is_a_term_of_the_glossary_is_translated_as_there(kind, language):
    terms = {row["en"]: row[language] for row in glossary()}

    differing = {
        entry.msgid: text
        for entry in catalogue(kind, language)
        # A context says that another meaning is meant.
        if entry.msgid in terms and not entry.msgctxt
        for text in texts(entry)
        if text != terms[entry.msgid]
    }

    assert differing == {}


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_a_term_in_small_letters_keeps_the_word_of_the_glossary(language):
    terms = {row["en"].lower(): row[language].lower() for row in glossary()}

    differing = {
        source: text
        for source, text in sentences(language)
        if source in terms and terms[source] not in text.lower()
    }

    assert differing == {}


@pytest.mark.parametrize("kind", catalogues.SETS)
def test_known_mistranslations_never_come_back(kind):
    notes = " ".join(row["note"] for row in glossary())

    assert [word for word in MISTRANSLATIONS if word not in notes] == []
    assert [
        (word, entry.msgid)
        for entry in catalogue(kind, "th")
        for word in MISTRANSLATIONS
        if any(word in text for text in texts(entry))
    ] == []


def test_korean_sentences_end_in_the_polite_form():
    ends = re.compile(r"(니다|세요|해요|어요|아요|니까|까요|나요|가요)[.?!]")

    assert [
        text
        for _source, text in sentences("ko")
        for sentence in re.findall(r"[가-힣]+[.?!](?=\s|$)", text)
        if not ends.search(sentence)
    ] == []


def test_thai_sentences_have_neither_particles_nor_full_stops():
    abbreviation = r"(?<!อปท)(?<!น)(?<!ศ)"

    assert [
        text
        for _source, text in sentences("th")
        if re.search(rf"ครับ|ค่ะ|[\u0e00-\u0e7f]{abbreviation}\.(?=\s|$)", text)
    ] == []


# A letter, the slip of the service desk and what its clerk reads aloud reach people of every age.
LETTERS = re.compile(
    r"notices/|proposals/lifecycle\.py|templates/proposals/(_assisted_consent|desk_slip)\.html"
    r"|templates/account/email/|identity/verification/services/codes\.py"
)


def test_vietnamese_says_you_in_one_way_on_screens_and_in_another_in_letters():
    def wrong_word(entry: polib.POEntry) -> str:
        is_letter = any(LETTERS.match(place) for place, _line in entry.occurrences)
        return r"\b(quý vị|quí vị|anh/chị)\b|" + (r"\bbạn\b" if is_letter else r"\bông/bà\b")

    assert [
        text
        for entry in catalogue("site", "vi")
        for text in texts(entry)
        if re.search(wrong_word(entry), text, re.I)
    ] == []
