"""Changes to the basket. Nothing is cast here."""

from urllib.parse import parse_qs, urlsplit

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from core.web.requests import is_htmx
from voting.ballots import basket as baskets
from voting.ballots.web.filling import address, basket_context, basket_of, filled_paper, listed_lines
from voting.ballots.web.forms.ballots import BasketForm, read_choices
from voting.ballots.web.places import Place, VoteRequest, vote_page
from voting.polls.choices import Entry
from voting.polls.frozen import Paper
from voting.polls.selectors import Standing


@never_cache
@vote_page(methods=["POST"])
def basket(request: VoteRequest) -> HttpResponse:
    """Change the basket and go back to the page it was changed on. Nothing is cast."""
    place = request.place
    if place.rules is None or place.key is None or place.standing not in (Standing.AHEAD, Standing.OPEN):
        return render(request, "voting/not_open.html", place.context, status=422)
    form = BasketForm(request.POST)
    if not form.is_valid():
        raise Http404
    paper = place.paper(form.cleaned_data["paper"])
    choices = _changed(place, paper, basket_of(place), form)
    baskets.save(request.session, place.rules, place.key, choices)
    if is_htmx(request) and paper.lines.get(form.cleaned_data["add"] or form.cleaned_data["remove"]):
        line = paper.lines[form.cleaned_data["add"] or form.cleaned_data["remove"]]
        context = place.context | basket_context(place, paper, choices)
        context["entry"] = listed_lines(
            place,
            [line],
            filled_paper(place, paper, choices),
            compared=_compared(paper, request.POST.get("back", "")),
        )[0]
        return render(request, "voting/_changed.html", context)
    return redirect(_way_back(request, place, form))


def _compared(paper: Paper, back: str) -> list[str]:
    """Return which projects were being compared on the page that the change was made on."""
    asked = parse_qs(urlsplit(back).query).get("compare", [])
    return [code for code in dict.fromkeys(asked) if code in paper.lines][:2]


def _changed(
    place: Place, paper: Paper, choices: dict[int, list[Entry]], form: BasketForm
) -> dict[int, list[Entry]]:
    assert place.rules is not None
    asked = form.cleaned_data
    if asked["action"] == "clear":
        return {}
    if asked["action"] == "replace":
        return baskets.known(place.rules, read_choices(place.request.POST))
    if asked["action"] == "take":
        return place.stored.choices if place.stored else choices
    entries = choices.get(paper.number, [])
    if asked["add"] in paper.lines:
        given = place.request.POST.get(f"points-{asked['add']}", "")
        points = int(given) if given.isdecimal() and len(given) < 5 else None
        entries = baskets.with_added(paper, entries, asked["add"], points)
    if asked["remove"]:
        entries = baskets.without(entries, asked["remove"])
    if asked["up"]:
        entries = baskets.moved_up(entries, asked["up"])
    return choices | {paper.number: entries}


def _way_back(request: HttpRequest, place: Place, form: BasketForm) -> str:
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = address("ballot", place)
    code = form.cleaned_data["add"] or form.cleaned_data["remove"] or form.cleaned_data["up"]
    return f"{back}#line-{code}" if code else back
