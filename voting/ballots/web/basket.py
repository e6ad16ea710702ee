"""Changes to the basket. Nothing is cast here."""

from urllib.parse import parse_qs, urlsplit

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from core.web.requests import is_htmx
from voting.ballots import basket as baskets
from voting.ballots.web.forms.ballots import BasketForm, read_choices
from voting.ballots.web.places import Place, VoteRequest, vote_page
from voting.ballots.web.selection import address, basket_context, basket_of, listed_options, selection_on
from voting.polls.choices import Entry
from voting.polls.ruleset import FrozenBallotStyle
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
    ballot_style = place.ballot_style(form.cleaned_data["paper"])
    choices = _changed(place, ballot_style, basket_of(place), form)
    baskets.save(request.session, place.rules, place.key, choices)
    if is_htmx(request) and ballot_style.options.get(form.cleaned_data["add"] or form.cleaned_data["remove"]):
        option = ballot_style.options[form.cleaned_data["add"] or form.cleaned_data["remove"]]
        context = place.context | basket_context(place, ballot_style, choices)
        context["entry"] = listed_options(
            place,
            [option],
            selection_on(place, ballot_style, choices),
            compared=_compared(ballot_style, request.POST.get("back", "")),
        )[0]
        return render(request, "voting/_changed.html", context)
    return redirect(_way_back(request, place, form))


def _compared(ballot_style: FrozenBallotStyle, back: str) -> list[str]:
    """Return which projects were being compared on the page that the change was made on."""
    asked = parse_qs(urlsplit(back).query).get("compare", [])
    return [code for code in dict.fromkeys(asked) if code in ballot_style.options][:2]


def _changed(
    place: Place, ballot_style: FrozenBallotStyle, choices: dict[int, list[Entry]], form: BasketForm
) -> dict[int, list[Entry]]:
    assert place.rules is not None
    asked = form.cleaned_data
    if asked["action"] == "clear":
        return {}
    if asked["action"] == "replace":
        return baskets.known(place.rules, read_choices(place.request.POST))
    if asked["action"] == "take":
        return place.stored.choices if place.stored else choices
    entries = choices.get(ballot_style.number, [])
    if asked["add"] in ballot_style.options:
        given = place.request.POST.get(f"points-{asked['add']}", "")
        points = int(given) if given.isdecimal() and len(given) < 5 else None
        entries = baskets.with_added(ballot_style, entries, asked["add"], points)
    if asked["remove"]:
        entries = baskets.without(entries, asked["remove"])
    if asked["up"]:
        entries = baskets.moved_up(entries, asked["up"])
    return choices | {ballot_style.number: entries}


def _way_back(request: HttpRequest, place: Place, form: BasketForm) -> str:
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = address("ballot", place)
    code = form.cleaned_data["add"] or form.cleaned_data["remove"] or form.cleaned_data["up"]
    return f"{back}#line-{code}" if code else back
