"""The message catalogues: extracted from the source, completed where libraries have gaps, compiled.

Two sets, both under `pbplatform/locale/`: `site/` holds the platform's own sentences, `libraries/` those
of Django and allauth that their own catalogues leave untranslated in a language the platform offers.
The compiled files are committed, so that running the platform needs no gettext.

Development only: needs GNU gettext and polib.
"""

import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import allauth
import django
import polib
from django.conf import settings

from core import i18n

LOCALE = settings.BASE_DIR / "pbplatform" / "locale"
PROJECT = LOCALE.parent.parent
# English is the language of the source.
LANGUAGES = tuple(code for code in i18n.LANGUAGES if code != "en")
SETS = ("site", "libraries")
FOLDERS = (*settings.OUR_PACKAGES, "templates")
# Folders of libraries' texts that visitors can read. The admin is for operators and stays unchanged.
LIBRARIES = (
    Path(django.__file__).parent / "conf" / "locale",
    Path(django.__file__).parent / "contrib" / "auth" / "locale",
    Path(django.__file__).parent / "contrib" / "humanize" / "locale",
    Path(allauth.__file__).parent / "locale",
)
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%[sd]|\{(\w*)\}")


# Sentences that are the same in every language: names, signs and placeholders alone.
SAME = frozenset({"WebAuthn", "IPv4", "IPv6", "Email", "uid", "MFA"})
_LETTER = re.compile(r"[^\W\d_]")


class NoGettext(Exception):
    """The programs that read sentences out of source are not installed."""


class UnknownSentence(Exception):
    """A sentence to be renamed is in no catalogue."""


def path_of(kind: str, language: str) -> Path:
    """Return the file of a set of sentences, one of SETS, in a language."""
    return LOCALE / kind / language / "LC_MESSAGES" / "django.po"


def extract() -> polib.POFile:
    """Return every sentence marked in our source, sorted by place. Raises NoGettext."""
    if shutil.which("xgettext") is None:
        raise NoGettext("GNU gettext is needed to read the sentences (Debian: apt-get install gettext).")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder)
        (target / "locale").mkdir()
        for name in FOLDERS:
            (target / name).symlink_to(PROJECT / name)
        subprocess.run(
            [
                sys.executable,
                "-m",
                "django",
                "makemessages",
                "--locale=xx",
                "--no-wrap",
                "--add-location=file",
                "--symlinks",
                "--ignore=locale",
                "--extension=py,html,txt",
            ],
            cwd=target,
            check=True,
            capture_output=True,
            env={"PATH": os.environ.get("PATH", os.defpath)},
        )
        return polib.pofile(str(target / "locale" / "xx" / "LC_MESSAGES" / "django.po"))


def library_gaps(language: str) -> polib.POFile:
    """Return the sentences of our libraries that they do not have in a language, or that we say otherwise.

    Those said otherwise are the ones our catalogue holds although the library has them: allauth's
    Thai, for one, has sentences with another's meaning.
    """
    gaps = polib.POFile()
    seen: set[tuple[str, str]] = set()
    path = path_of("libraries", language)
    ours = {key(entry) for entry in polib.pofile(str(path))} if path.exists() else set()
    for folder in LIBRARIES:
        source = polib.pofile(str(folder / "en" / "LC_MESSAGES" / "django.po"))
        own = folder / language / "LC_MESSAGES" / "django.po"
        translated = set()
        if own.exists():
            translated = {key(entry) for entry in polib.pofile(str(own)) if is_complete(entry)}
        for entry in source:
            if key(entry) in translated - ours or key(entry) in seen or entry.obsolete:
                continue
            seen.add(key(entry))
            gaps.append(
                polib.POEntry(
                    msgid=entry.msgid,
                    msgid_plural=entry.msgid_plural,
                    msgctxt=entry.msgctxt,
                    msgstr_plural={0: ""} if entry.msgid_plural else {},
                    flags=[flag for flag in entry.flags if flag != "fuzzy"],
                )
            )
    return gaps


def key(entry: polib.POEntry) -> tuple[str, str]:
    """Return what tells a sentence from the others: its context and its English words."""
    return (entry.msgctxt or "", entry.msgid)


def is_complete(entry: polib.POEntry) -> bool:
    """Return whether every form of the sentence is translated and none is only guessed."""
    if "fuzzy" in entry.flags:
        return False
    return all(entry.msgstr_plural.values()) if entry.msgid_plural else bool(entry.msgstr)


def update() -> Iterator[str]:
    """Bring the catalogues up to date with source and libraries; yields what changed, a line each."""
    source = extract()
    for language in LANGUAGES:
        for kind, template in (("site", source), ("libraries", library_gaps(language))):
            path = path_of(kind, language)
            known = {key(entry): entry for entry in polib.pofile(str(path))} if path.exists() else {}
            fresh = polib.POFile(wrapwidth=0)
            fresh.metadata = {
                "Content-Type": "text/plain; charset=UTF-8",
                "Content-Transfer-Encoding": "8bit",
                "Language": language,
                # Korean, Thai and Vietnamese do not change a word by number.
                "Plural-Forms": "nplurals=1; plural=0;",
            }
            for entry in template:
                old = known.get(key(entry))
                fresh.append(
                    polib.POEntry(
                        msgid=entry.msgid,
                        msgid_plural=entry.msgid_plural,
                        msgctxt=entry.msgctxt,
                        comment=entry.comment,
                        occurrences=[(place, "") for place, _line in entry.occurrences],
                        flags=[flag for flag in entry.flags if flag.endswith("-format")],
                        msgstr=old.msgstr if old and not entry.msgid_plural else "",
                        msgstr_plural=(
                            {0: old.msgstr_plural.get(0, "") if old else ""} if entry.msgid_plural else {}
                        ),
                    )
                )
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh.save(str(path))
            missing = sum(not is_complete(entry) for entry in fresh)
            yield f"{kind} {language}: {len(fresh)} sentences, {missing} to translate"


def rename(changes: Path) -> Iterator[str]:
    """Give sentences other English words and keep their translations; yields a line for each language.

    `changes` is a CSV file with the columns `context`, `old` and `new`. A sentence with a plural is named
    by its singular; its new plural is in the column `plural`. Where the new sentence has a translation
    already, that one stays. Only catalogues are changed: change the source as well. Raises UnknownSentence,
    and changes nothing, if a sentence is in no catalogue.
    """
    with changes.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["old"] != row["new"]]
    renamed = []
    for language in LANGUAGES:
        path = path_of("site", language)
        catalogue = polib.pofile(str(path), wrapwidth=0)
        known = {key(entry): entry for entry in catalogue}
        for row in rows:
            context = row.get("context") or ""
            entry = known.pop((context, row["old"]), None)
            if entry is None:
                raise UnknownSentence(f"{language}: {row['old']!r}")
            if (context, row["new"]) in known:
                catalogue.remove(entry)
                continue
            entry.msgid = row["new"]
            if entry.msgid_plural:
                entry.msgid_plural = row.get("plural") or row["new"]
            known[key(entry)] = entry
        renamed.append((language, catalogue, path))
    for language, catalogue, path in renamed:
        catalogue.save(str(path))
        yield f"site {language}: {len(rows)} sentences renamed"


def compile_all() -> Iterator[str]:
    """Compile each catalogue into a file next to it."""
    for kind in SETS:
        for language in LANGUAGES:
            path = path_of(kind, language)
            polib.pofile(str(path)).save_as_mofile(str(path.with_suffix(".mo")))
            yield f"{kind} {language}: compiled"


def problems() -> Iterator[str]:
    """Yield what is wrong with the catalogues: untranslated, stale, or a placeholder lost. None is good."""
    source = {key(entry) for entry in extract()}
    for language in LANGUAGES:
        for kind, wanted in (("site", source), ("libraries", {key(e) for e in library_gaps(language)})):
            path = path_of(kind, language)
            catalogue = polib.pofile(str(path))
            have = {key(entry) for entry in catalogue}
            for _context, text in sorted(wanted - have):
                yield f"{kind} {language}: not in the catalogue: {text!r}"
            for entry in catalogue:
                if not is_complete(entry):
                    yield f"{kind} {language}: not translated: {entry.msgid!r}"
                    continue
                texts = entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]
                allowed = placeholders(entry.msgid_plural or entry.msgid)
                for text in texts:
                    if is_left_in_english(entry.msgid, text):
                        yield f"{kind} {language}: left in English: {entry.msgid!r}"
                    if placeholders(text) != allowed and not entry.msgid_plural:
                        yield f"{kind} {language}: placeholders differ: {entry.msgid!r} / {text!r}"
                    elif not placeholders(text) <= allowed | placeholders(entry.msgid):
                        yield f"{kind} {language}: unknown placeholder: {entry.msgid!r} / {text!r}"
            compiled = path.with_suffix(".mo")
            if not compiled.exists() or compiled.read_bytes() != catalogue.to_binary():
                yield f"{kind} {language}: compiled catalogue is stale"
        yield from library_faults(language)


def library_faults(language: str) -> Iterator[str]:
    """Yield sentences that a library translates with a placeholder nobody fills in: the page would fail."""
    ours = {key(entry) for entry in polib.pofile(str(path_of("libraries", language)))}
    for folder in LIBRARIES:
        path = folder / language / "LC_MESSAGES" / "django.po"
        for entry in polib.pofile(str(path)) if path.exists() else ():
            if entry.obsolete or not is_complete(entry) or key(entry) in ours:
                continue
            known = placeholders(entry.msgid) | placeholders(entry.msgid_plural)
            for text in (entry.msgstr, *entry.msgstr_plural.values()):
                if not placeholders(text) <= known:
                    yield f"libraries {language}: a library loses: {entry.msgid!r} / {text!r}"


def is_left_in_english(source: str, text: str) -> bool:
    """Return whether a translation only repeats the English, which has words and is not a name."""
    return text == source and source not in SAME and bool(_LETTER.search(PLACEHOLDER.sub("", source)))


def placeholders(text: str) -> set[str]:
    """Return the placeholders of a sentence as they are written; a doubled percent sign is none."""
    return {match.group(0) for match in PLACEHOLDER.finditer(text.replace("%%", ""))}
