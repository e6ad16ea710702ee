"""Larger text, high contrast and plain language: asked for without script, kept, and taken back."""

import pytest
from django.test import Client

from pbplatform.site.display import Display
from rounds.models import Phase
from tests.factories import make_resident, make_round
from tests.voting.votes import make_vote

pytestmark = pytest.mark.django_db


def _choose(client, *words, next="/"):
    return client.post("/display/", {word: "on" for word in words} | {"next": next})


def _root(client, path="/"):
    page = client.get(path).content.decode()
    return page[page.index("<html") : page.index(">", page.index("<html"))]


def test_what_is_chosen_holds_on_the_next_pages_until_it_is_taken_back(client):
    assert "class=" not in _root(client)

    answer = _choose(client, "large", "contrast", next="/accounts/login/?next=/")

    assert (answer.status_code, answer.url) == (302, "/accounts/login/?next=/")
    cookie = client.cookies["display"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (
        "large.contrast",
        True,
        "Lax",
        31_536_000,
    )
    for path in ("/", "/accounts/login/"):
        assert 'class="pb-display-large pb-display-contrast"' in _root(client, path)
    page = client.get("/display/").content.decode()
    assert page.count(" checked") == 2
    _choose(client)
    assert "class=" not in _root(client)


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", ""])
def test_t41_saving_never_leads_to_another_site(client, target):
    assert _choose(client, "large", next=target).url == "/"


@pytest.mark.parametrize("value", ["", "large", "evil", "large.large", "a.b.c.plain", "<script>", "." * 5000])
def test_a_cookie_somebody_made_up_is_read_as_far_as_it_makes_sense(client, rf, value):
    request = rf.get("/")
    request.COOKIES["display"] = value

    assert Display.of(request) == Display(large="large" in value.split("."), plain="plain" in value)


def test_the_way_there_is_on_every_page_and_comes_back(client):
    round = make_round(open=Phase.Kind.SUBMISSION)
    paths = [
        "/",
        f"/{round.authority.slug}/",
        f"/{round.authority.slug}/{round.slug}/",
        f"/{round.authority.slug}/{round.slug}/proposals/",
        "/accounts/login/",
        "/accounts/signup/",
    ]

    for path in paths:
        page = client.get(path).content.decode()
        header, footer = page[: page.index("<main")], page[page.index("<footer") :]
        for part in (header, footer):
            assert f"/display/?next={path}" in part, path


def test_texts_with_a_plain_variant_use_it_where_it_is_asked_for():
    round = make_vote()
    round_path = f"/{round.authority.slug}/{round.slug}"
    signed_in, plain = Client(), Client()
    account = make_resident(round.authority)
    for client in (signed_in, plain):
        client.force_login(account)
    visitor, plain_visitor = Client(), Client()
    for client in (plain, plain_visitor):
        _choose(client, "plain")

    said = {
        f"{round_path}/": "This is how it works.",
        f"{round_path}/ballot/": "Choosing is not voting yet.",
        f"{round_path}/ballot/review/": "Read your list once more.",
        f"/{round.authority.slug}/verify/": "This way, every person has one vote.",
    }
    for path, words in said.items():
        assert words in plain.get(path).content.decode(), path
        assert words not in signed_in.get(path).content.decode(), path
    for path, words in {
        "/accounts/signup/": "Create an account here.",
        "/accounts/login/": "Sign in here.",
    }.items():
        assert words in plain_visitor.get(path).content.decode()
        assert words not in visitor.get(path).content.decode()
