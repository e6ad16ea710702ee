"""An authority's name, what the platform is called there, its colour and its logo."""

import io
import struct
import zlib

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from PIL import Image, PngImagePlugin

from audit.actions import Action
from audit.models import Event
from authorities.exceptions import ColourTooFaint
from authorities.models import Authority
from authorities.services import set_branding
from core import colours
from core.exceptions import NotPermitted
from core.uploads import pictures
from core.uploads.exceptions import NotAPicture
from identity.roles import Role
from notices import services as notices
from notices.tasks import deliver_due
from proposals.models import Comment, Proposal
from proposals.services import publish
from rounds.models import Phase
from tests.factories import (
    make_account,
    make_authority,
    make_category,
    make_official,
    make_proposal,
    make_resident,
    make_round,
)

pytestmark = pytest.mark.django_db
DARK = "#7a1f4d"


def _picture(kind="PNG", size=(40, 20), **more):
    written = io.BytesIO()
    Image.new("RGB", size, DARK).save(written, kind, **more)
    return written.getvalue()


def _bomb():
    """A small PNG that says it is 60,000 by 60,000 pixels."""
    content = bytearray(_picture())
    content[16:24] = struct.pack(">II", 60_000, 60_000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    return bytes(content)


@pytest.fixture
def authority():
    return make_authority(slug="gangnam", name={"en": "Gangnam-gu", "ko": "강남구"})


@pytest.fixture
def page(authority):
    """The settings page, as an administrator posts it."""
    client = Client()
    client.force_login(make_official(authority, Role.AUTHORITY_ADMIN))

    def post(**typed):
        return client.post("/gangnam/desk/look/", {"name_en": "Gangnam-gu", "accent": "", **typed})

    return post


def test_t02_the_name_changes_header_title_and_mails_in_the_readers_language(authority, page):
    round = make_round(authority)
    answer = page(name_ko="강남구", platform_en="Gangnam Listens", platform_ko="강남 듣다")
    assert answer.status_code == 302

    for language, name in {"en": "Gangnam Listens", "ko": "강남 듣다", "th": "Gangnam Listens"}.items():
        body = Client(headers={"accept-language": language}).get(f"/gangnam/{round.slug}/").content.decode()
        header = body[: body.index("<main")]
        assert name in header.partition("</title>")[0], language
        assert f'<span class="pb-brand__service">{name}</span>' in header, language
    # Elsewhere it keeps its own name.
    assert "Gangnam Listens" not in Client().get("/").content.decode()
    assert Event.objects.filter(action=Action.BRANDING_SET).count() == 1


def test_t02_a_notice_names_the_platform_as_the_authority_does(authority, page):
    page(platform_en="Gangnam Listens", platform_ko="강남 듣다")
    author = make_resident(authority, language="ko")
    proposal = make_proposal(make_round(authority), state="pending", author=author)
    publish(proposal, actor=None)

    notices.announce_due(100)
    deliver_due()

    (message,) = mail.outbox
    assert "Gangnam-gu · 강남 듣다" in message.body


def test_t02_give_an_opinion_and_propose_a_solution_both_work(authority):
    round = make_round(authority, open=Phase.Kind.SUBMISSION)
    proposal = make_proposal(round, category=make_category(authority))
    client = Client()
    client.force_login(make_resident(authority))
    here = f"/gangnam/{round.slug}"
    body = client.get(f"{here}/").content.decode()
    opinion = f'href="{here}/proposals/">Give your opinion</a>'
    solution = f'href="{here}/proposals/new/">Propose a solution</a>'
    assert opinion in body
    assert solution in body

    assert f"{here}/proposals/{proposal.code}/" in client.get(f"{here}/proposals/").content.decode()
    client.post(
        f"{here}/proposals/{proposal.code}/comment/",
        {"comment-text": "A good idea.", "comment-language": "en"},
    )
    client.post(f"{here}/proposals/new/", {"title": "A bench", "language": "en"})

    assert Comment.objects.get().text == "A good idea."
    assert Proposal.objects.get(state="draft").title == "A bench"


def test_only_the_authoritys_administrator_changes_it(authority):
    for role, status in [(Role.AUTHORITY_ADMIN, 200), (Role.MODERATOR, 403)]:
        client = Client()
        client.force_login(make_official(authority, role))
        assert client.get("/gangnam/desk/look/").status_code == status
    stranger = Client()
    stranger.force_login(make_official(make_authority(), Role.AUTHORITY_ADMIN))
    assert stranger.post("/gangnam/desk/look/", {"name_en": "Mine"}).status_code == 404

    with pytest.raises(NotPermitted):
        set_branding(authority, name={"en": "Mine"}, platform_name={}, accent="", actor=make_account())
    assert Authority.objects.get(slug="gangnam").name["en"] == "Gangnam-gu"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("#000000", "#ffffff", 21.0), ("#ffffff", "#ffffff", 1.0), ("#767676", "#ffffff", 4.54)],
)
def test_contrast_is_that_of_wcag(one, other, expected):
    assert round(colours.contrast(one, other), 2) == expected
    assert colours.contrast(one, other) == colours.contrast(other, one)


@pytest.mark.parametrize("faint", ["#ffd166", "#7f7f7f", "#ffffff", "#ff0000"])
def test_a_colour_that_cannot_be_read_is_refused_and_nothing_changes(authority, page, faint):
    with pytest.raises(ColourTooFaint):
        set_branding(authority, name={"en": "x"}, platform_name={}, accent=faint, actor=None)

    answer = page(accent=faint, platform_en="Kept as typed")

    assert answer.status_code == 422
    body = answer.content.decode()
    assert str(ColourTooFaint.message) in body
    assert "Kept as typed" in body
    assert Authority.objects.get(slug="gangnam").accent == ""


def test_a_readable_colour_is_served_as_a_style_sheet_of_its_own(authority, page, client):
    page(accent=DARK.upper())

    body = client.get("/gangnam/").content.decode()
    sheet = client.get("/gangnam/look/7a1f4d.css")

    assert '<link rel="stylesheet" href="/gangnam/look/7a1f4d.css">' in body
    assert sheet.headers["Content-Type"].startswith("text/css")
    assert f"--celadon-700:{DARK}" in sheet.content.decode()
    # High contrast goes before it, and no other colour is served under the authority's name.
    assert sheet.content.decode().startswith(":root:not(.pb-display-contrast){")
    assert client.get("/gangnam/look/000000.css").status_code == 404


def test_the_database_keeps_what_is_no_colour_out(authority):
    with pytest.raises(IntegrityError), transaction.atomic():
        Authority.objects.filter(pk=authority.pk).update(accent="red}*{x")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_written_anew_and_served_so_that_it_can_do_nothing(authority, page, client, kind):
    answer = page(picture=SimpleUploadedFile(f"logo.{kind.lower()}", _picture(kind, (2000, 1000))))
    assert answer.status_code == 302

    authority.refresh_from_db()
    served = client.get(f"/gangnam/look/{authority.logo_hash}.png")

    assert f"/gangnam/look/{authority.logo_hash}.png" in client.get("/gangnam/").content.decode()
    assert served.headers["Content-Type"] == "image/png"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    with Image.open(io.BytesIO(served.content)) as shown:
        assert (shown.format, shown.size) == ("PNG", (320, 160))
    page(without_logo="on")
    assert client.get(f"/gangnam/look/{authority.logo_hash}.png").status_code == 404
    assert "/look/" not in client.get("/gangnam/").content.decode()


def test_t50_nothing_of_the_file_stays_but_its_pixels():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "CANARY")
    exif = Image.Exif()
    exif[0x010E] = "CANARY"

    for content in (
        _picture("PNG", pnginfo=notes, icc_profile=b"CANARY" * 20),
        _picture("JPEG", comment=b"CANARY", exif=exif.tobytes()),
    ):
        assert b"CANARY" in content or b"iCCP" in content
        written = pictures.logo(content)
        assert b"CANARY" not in written
        assert b"iCCP" not in written


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a" + b"\0" * 40,
        _picture()[:-30],
        _picture()[:20],
        _bomb(),
        _picture(size=(4000, 1001)),
        b"\x89PNG\r\n\x1a\n" + b"<html>",
        b"x" * (pictures.MAX_BYTES + 1),
    ],
    ids=["empty", "svg", "gif", "truncated", "header", "bomb", "large", "html", "long"],
)
def test_t49_t51_what_is_no_small_still_picture_is_refused_and_the_logo_stays(authority, page, content):
    page(picture=SimpleUploadedFile("logo.png", _picture()))
    before = Authority.objects.get(slug="gangnam").logo_hash

    with pytest.raises(NotAPicture):
        pictures.logo(content)
    answer = page(picture=SimpleUploadedFile("logo.png", content or b"x"))

    assert answer.status_code == 422
    assert Authority.objects.get(slug="gangnam").logo_hash == before != ""


def test_an_animation_is_refused():
    frames = [Image.new("RGB", (10, 10), colour) for colour in ("red", "blue")]
    written = io.BytesIO()
    frames[0].save(written, "WEBP", save_all=True, append_images=frames[1:])

    with pytest.raises(NotAPicture):
        pictures.logo(written.getvalue())
