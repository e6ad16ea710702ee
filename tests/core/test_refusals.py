"""A refusal that no view handles is a 422 that says what it is; on a form it is next to the typed text."""

import pytest
from django import forms
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.utils import translation
from django_htmx.middleware import HtmxMiddleware

from core.web.forms import form_page, is_sent, refusals_on
from rounds.exceptions import PhaseNotOpen

SAYS = "This part of the round is not open now. Nothing was changed."
BEFORE = "http://testserver/refusing/"


@pytest.fixture
def client() -> Client:
    """A browser that meets a server: an exception that reaches the edge is an answer, not a failed test."""
    with override_settings(ROOT_URLCONF="tests.core.refusing_urls"):
        yield Client(raise_request_exception=False)


@pytest.mark.django_db
def test_a_refusal_that_no_view_shows_is_a_page_that_says_so_and_leads_back(client):
    answer = client.post("/refusing/", headers={"referer": BEFORE})
    page = answer.content.decode()

    assert answer.status_code == 422
    assert f"<p>{SAYS}</p>" in page
    assert f'href="{BEFORE}"' in page
    assert "use your browser’s Back button: the form still holds it" in page
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("before", ["", "https://elsewhere.example/", "javascript:alert(1)"])
def test_it_leads_to_the_start_page_where_the_reader_came_from_no_page_of_ours(client, before):
    page = client.post("/refusing/", headers={"referer": before}).content.decode()

    assert 'href="/">Go to the home page' in page
    assert not before or before not in page


@pytest.mark.django_db
def test_a_page_that_refuses_to_open_does_not_lead_back_to_itself(client):
    answer = client.get("/refusing/", headers={"referer": BEFORE})

    assert answer.status_code == 422
    assert f'href="{BEFORE}"' not in answer.content.decode()
    assert "Back button" not in answer.content.decode()


@pytest.mark.django_db
def test_it_speaks_the_readers_language(client):
    page = client.post("/refusing/", headers={"accept-language": "ko"}).content.decode()

    with translation.override("ko"):
        says = str(PhaseNotOpen.message)
    assert says != SAYS
    assert f"<p>{says}</p>" in page
    assert '<html lang="ko"' in page


@pytest.mark.django_db
def test_a_script_gets_the_sentence_alone_and_leaves_the_button_where_it_was(client):
    answer = client.post("/refusing/", headers={"hx-request": "true"})

    assert (answer.status_code, answer.headers["HX-Reswap"]) == (422, "afterbegin")
    assert 'role="alert"' in answer.content.decode()
    assert SAYS in answer.content.decode()
    assert "<html" not in answer.content.decode()


@pytest.mark.django_db
def test_a_machine_gets_the_sentence_as_json_and_any_site_may_read_it(client):
    answer = client.get("/api/v1/refusing/")

    assert (answer.status_code, answer.json()) == (422, {"detail": SAYS})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    # What the library answers by itself, it still does.
    assert client.get("/api/v1/nowhere/").status_code == 404


class _Form(forms.Form):
    name = forms.CharField()


def _answer(method: str, typed: dict[str, str], refuses_at: str | None = "") -> int:
    """The usual view's answer: `refuses_at` a field, the whole form (None), or not at all ("")."""
    request = RequestFactory().generic(method, "/")
    HtmxMiddleware(lambda request: HttpResponse())(request)
    form = _Form(typed if method == "POST" else None)
    if is_sent(request, form):
        with refusals_on(form, refuses_at or None):
            if refuses_at != "":
                raise PhaseNotOpen()
            return 302
    # The reader sees the typed text next to its error.
    assert form.errors.get(refuses_at or "__all__", []) == ([] if refuses_at == "" else [SAYS])
    return form_page(request, "_error_summary.html", {"form": form}).status_code


@pytest.mark.parametrize(
    ("method", "typed", "refuses_at", "status"),
    [
        ("GET", {}, "", 200),
        ("POST", {}, "", 422),
        ("POST", {"name": "Bench"}, "", 302),
        ("POST", {"name": "Bench"}, None, 422),
        ("POST", {"name": "Bench"}, "name", 422),
    ],
)
def test_the_usual_view_answers_by_what_became_of_its_form(method, typed, refuses_at, status):
    assert _answer(method, typed, refuses_at) == status


def test_what_is_no_refusal_is_not_shown_on_a_form():
    with pytest.raises(forms.ValidationError), refusals_on(_Form()):
        raise forms.ValidationError("a defect")
