"""Pages read in Korean, Thai or Vietnamese hold no English: every route, walked as a reader it lets in."""

import functools
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import allauth
import django
import polib
import pytest
from django.db.models import JSONField, Model
from pytest_django import DjangoDbBlocker

from authorities.models import Authority, Category, Department
from devtools.catalogues import LANGUAGES, LIBRARIES, SETS, path_of
from identity.models import Account, Membership
from identity.roles import Permission, roles_allowed
from identity.verification.models import VerificationAppeal
from pbplatform.access import ROUTES, Who
from places.models import Area
from proposals.models import Proposal
from rounds.models import Phase, Round
from tests.access import world
from tests.access.world import Door, World
from voting.paper.models import PollingPlace
from voting.polls.models import RuleSet

LATIN = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ]{2,}")
# Words that people write in Latin letters in every language: formats, products, units, addresses.
SAME_EVERYWHERE = frozenset(
    """
    csv xlsx pdf png jpeg webp json pb txt sha api qr url id ip email e-mail passkey cookie javascript won ok
    equal shares webauthn totp openid openapi etag pin thaid vneid wcag onsite kwcag utf mb
    number born area participation phone pabulib ed25519 utc
    """.split()  # noqa: SIM905  a list of words is easier to read so
)
ADDRESS = re.compile(
    r"\S+@\S+|\bhttps?:\S+|\b[\w.-]+\.(?:example|org|html|csv|json|pb)\b|/[\w/.-]+|\b[\w]*\d[\w-]*"
)
READ_ATTRIBUTES = {"alt", "aria-description", "aria-label", "aria-valuetext", "placeholder", "title"}


class Page(HTMLParser):
    """A page's text in the reader's own language: islands of other languages are left out."""

    VOID = frozenset(["area", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
    SILENT = frozenset(("script", "style", "code", "pre", "template"))

    def __init__(self, language: str, titles: frozenset[str]) -> None:
        super().__init__()
        self.language = language
        self.titles = titles
        # Of each open element: its name, whether it is not prose, and the language it is in.
        self.open: list[tuple[str, bool, str]] = [("", False, language)]
        self.said: list[str] = []

    def is_heard(self) -> bool:
        return self.open[-1][2] == self.language and not any(silent for _tag, silent, _language in self.open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.open.append((tag, tag in self.SILENT, values.get("lang") or self.open[-1][2]))
        if self.is_heard():
            self.said += [value for name, value in attrs if name in READ_ATTRIBUTES and value]
            if tag == "input" and values.get("type") in ("submit", "button"):
                self.said.append(values.get("value") or "")
        if tag in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self.open) - 1, 0, -1):
            if self.open[place][0] == tag:
                del self.open[place:]
                return

    def handle_data(self, data: str) -> None:
        if self.open[-1][0] == "title":
            # Nothing inside it can be marked as being in another language.
            for title in self.titles:
                data = data.replace(title, "")
        if self.is_heard() and data.strip():
            self.said.append(" ".join(data.split()))


def words(text: str) -> set[str]:
    return {word.lower() for word in LATIN.findall(text)}


@functools.cache
def english() -> frozenset[str]:
    """The words of every English sentence that is translated, and no others."""
    catalogues = [polib.pofile(str(folder / "en" / "LC_MESSAGES" / "django.po")) for folder in LIBRARIES]
    catalogues += [polib.pofile(str(path_of(kind, "vi"))) for kind in SETS]
    return frozenset(word for catalogue in catalogues for entry in catalogue for word in words(entry.msgid))


@functools.cache
def vietnamese() -> frozenset[str]:
    """The words of every Vietnamese sentence: many look like English ones."""
    folders = [Path(django.__file__).parent / "conf" / "locale", Path(allauth.__file__).parent / "locale"]
    paths = [folder / "vi" / "LC_MESSAGES" / "django.po" for folder in folders]
    paths += [path_of(kind, "vi") for kind in SETS]
    return frozenset(
        word
        for path in paths
        if path.exists()
        for entry in polib.pofile(str(path))
        for text in (entry.msgstr, *entry.msgstr_plural.values())
        for word in words(text)
    )


def english_in(
    html: str, language: str, *, names: frozenset[str] = frozenset(), titles: frozenset[str] = frozenset()
) -> list[str]:
    """Return what a page says in English outside of passages marked as being in another language.

    `names` are words of people's own, `titles` those of proposals, which a page's title repeats.
    """
    page = Page(language, titles)
    page.feed(html)
    page.close()
    found = []
    for text in page.said:
        left = words(ADDRESS.sub(" ", text)) - SAME_EVERYWHERE - names
        if language == "vi":
            left = {word for word in left if word in english() and word not in vietnamese()}
        if left:
            found.append(text)
    return found


def test_english_is_found_and_passages_in_other_languages_are_not():
    page = '<h1>제안</h1><p title="Close">닫기</p><p>Next <b lang="en">Park bench</b></p><code>a b</code>'

    assert english_in(page, "ko") == ["Close", "Next"]
    assert english_in('<i lang="en">Old <b lang="ko">New</b></i>', "ko") == ["New"]
    assert english_in("<p>Hãy chọn trang sau</p><p>Choose a page</p>", "vi") == ["Choose a page"]
    assert english_in("<p>ดาวน์โหลด CSV</p><p>Download CSV</p>", "th") == ["Download CSV"]


def speak(model: type[Model]) -> None:
    """Give every name that is kept in several languages a text in each, so that no other is shown."""
    fields = [field.name for field in model._meta.get_fields() if isinstance(field, JSONField)]
    for row in model._default_manager.all():
        texts = {
            name: {"ko": "이름", "th": "ชื่อ", "vi": "tên", "en": "Name"}
            for name in fields
            if getattr(row, name) and set(getattr(row, name)) <= {"ko", "th", "vi", "en"}
        }
        model._default_manager.filter(pk=row.pk).update(**texts)


def reader_of(who: Who | Permission) -> str:
    if isinstance(who, Permission):
        return roles_allowed(who)[0].value
    return "resident"


@pytest.fixture(scope="module")
def place(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with django_db_blocker.unblock(), world.built(Phase.Kind.VOTING) as here:
        for model in (Authority, Round, Area, Category, Department):
            speak(model)
        # What people write to officials, or officials for the record, has no language of its own.
        Membership.objects.update(grant_reason="1")
        VerificationAppeal.objects.update(text="1")
        yield here


@pytest.mark.slow(10)
@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_says_anything_in_english_to_who_reads_another_language(place, language):
    titles = frozenset(Proposal.objects.values_list("title", flat=True))
    own = [f"{account.display_name} {account.email}" for account in Account.objects.all()]
    own += [
        *RuleSet.objects.values_list("seed", flat=True),
        *PollingPlace.objects.values_list("name", flat=True),
    ]
    names = frozenset(word for text in own for word in words(text))
    found, read = {}, 0
    doors: dict[str, Door] = {}
    for route in world.routes():
        # A route without a row or an address is the matter of tests/access/.
        if route.name.startswith(("admin", "accounts/")) or route.name not in ROUTES:
            continue
        try:
            address = place.address(route)
        except LookupError:
            continue
        who = ROUTES[route.name].who
        for reader in ["resident", "anonymous"] if who is Who.EVERYBODY else [reader_of(who)]:
            if reader not in doors:
                doors[reader] = Door(place, reader, language)
            for method in ("get",) if reader == "anonymous" else ("get", "post"):
                with doors[reader].knock(method, address) as answer:
                    if answer.headers.get("Content-Type", "").startswith("text/html"):
                        read += 1
                        english = english_in(answer.content.decode(), language, names=names, titles=titles)
                        if english:
                            found[f"{method} {address} as {reader}"] = sorted(set(english))

    assert read > 20
    assert not found, "\n".join(f"{address}: {texts}" for address, texts in found.items())
