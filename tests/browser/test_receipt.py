"""The receipt's QR code, read as a phone reads it, and where it leads."""

import io
import re

import pytest
import zxingcpp
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from rounds.models import Round
from tests.browser.conftest import at_both_widths
from tests.browser.voters import cast, choose, sign_in
from tests.factories import make_resident
from tests.voting.votes import codes, make_vote
from voting.ballots import services

pytestmark = pytest.mark.django_db(transaction=True)


def _url(name: str, round: Round) -> str:
    return reverse(f"voting:{name}", args=[round.authority.slug, round.slug])


def _read(picture: bytes) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))]


@at_both_widths
def test_the_code_on_the_printed_receipt_leads_to_the_check_and_is_never_sent(
    page: Page, browser: Browser, browser_context_args, live_server, transactional_db, settings
):
    round = make_vote()
    chosen = codes(round)[0]
    sign_in(page, make_resident(round.authority), live_server)
    page.goto(_url("ballot", round))
    choose(page, chosen)
    code = cast(page)
    # The entry is in the log at once, not with the hour.
    settings.LOG_BATCH_ENTRIES = 1
    services.sequence(round)
    picture = page.get_by_role("img", name=re.compile("^QR code"))

    page.emulate_media(media="print")
    expect(picture).to_be_visible()
    (address,) = _read(picture.screenshot())

    assert address == f"{live_server.url}{_url('check', round)}#{code}"

    # A phone of somebody who has never been here.
    asked: list[str] = []
    other = browser.new_context(**browser_context_args)
    try:
        phone = other.new_page()
        phone.on(
            "request", lambda request: asked.append(f"{request.url} {request.post_data} {request.headers}")
        )
        phone.goto(address)
        expect(phone.locator("[data-said=included]")).to_be_visible()
        assert phone.url == f"{live_server.url}{_url('check', round)}"
    finally:
        other.close()
    # Browsers keep what stands behind the # to themselves, and so does the page.
    sent = [line.partition("#")[0] for line in asked]
    assert len(sent) > 1
    assert not any(code in line or code.replace("-", "") in line for line in sent)


@pytest.mark.parametrize("script", [False])
def test_without_script_there_is_no_empty_frame_where_the_picture_would_be(
    page: Page, live_server, transactional_db
):
    round = make_vote()
    chosen = codes(round)[0]
    sign_in(page, make_resident(round.authority), live_server)
    page.goto(_url("ballot", round))
    choose(page, chosen)

    cast(page)

    expect(page.locator("[data-qr]")).to_be_hidden()
