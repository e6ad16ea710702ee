"""The ballot: choose, review, cast, and see what was stored."""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from identity.keys import KeyUnavailable
from identity.models import AgeGroup
from proposals.models import Channel
from rounds.exceptions import Refused
from rounds.models import Participation
from rounds.multilingual import choose
from voting import basket as baskets
from voting import frozen, sealing, selectors, services
from voting.exceptions import ReceiptUsed
from voting.forms import BallotForm, BasketForm, LinesForm, read_choices
from voting.frozen import Line, Paper, codes_of
from voting.problems import sentence
from voting.sealing import Entry
from voting.selectors import Standing
from voting.services import Cast
from voting.views.places import Place

# Keeps a visitor's order of the list from page to page, before and after signing in. Says nothing else.
_ORDER_COOKIE = "ballot_order"
_ORDER = re.compile(r"[0-9a-f]{16}")
_SORT_WORDS = (
    ("random", _("in your own random order")),
    ("cheap", _("lowest cost first")),
    ("dear", _("highest cost first")),
    ("number", _("number on the paper")),
)
_SORTS = tuple(value for value, _words in _SORT_WORDS)


@dataclass(frozen=True, slots=True)
class ChosenLine:
    """A chosen project as the pages list it. `points` is 0 where none are given; `place` begins at 1."""

    line: Line
    points: int
    place: int


@dataclass(frozen=True, slots=True)
class ListedLine:
    """A project in the list of a paper, with what the reader chose of it."""

    line: Line
    category: Mapping[str, str]
    area: Mapping[str, str]
    is_chosen: bool
    points: int


@dataclass(frozen=True, slots=True)
class Filled:
    """A ballot paper with what is chosen on it."""

    paper: Paper
    lines: Sequence[ChosenLine]
    cost_minor: int
    problems: Sequence[str]
    entries: Sequence[Entry]

    @property
    def points(self) -> int:
        return sum(line.points for line in self.lines)

    @property
    def values(self) -> list[str]:
        """The entries as a form posts them: a code, or code:points."""
        return [entry if isinstance(entry, str) else f"{entry[0]}:{entry[1]}" for entry in self.entries]


def _filled(place: Place, paper: Paper, choices: sealing.Choices) -> Filled:
    assert place.rules is not None
    entries = list(choices.get(paper.number, ()))
    lines: list[ChosenLine] = []
    for number, entry in enumerate(entries, start=1):
        code = entry if isinstance(entry, str) else entry[0]
        if code in paper.lines:
            lines.append(ChosenLine(paper.lines[code], 0 if isinstance(entry, str) else entry[1], number))
    needed = entries or not (any(choices.values()) or paper.allows_blank)
    problems = (
        [sentence(problem, paper, place.rules) for problem in paper.problems(paper.tidy(entries))]
        if needed
        else []
    )
    return Filled(paper, lines, paper.cost_minor(entries), problems, entries)


def _basket(place: Place) -> dict[int, list[Entry]]:
    if place.rules is None or place.key is None:
        return {}
    return baskets.load(place.request.session, place.rules, place.key)


@never_cache
@require_GET
def ballot(request: HttpRequest, authority_slug: str, round_slug: str) -> HttpResponse:
    """Show the projects to choose from and what is chosen so far; where there is nothing to choose, why."""
    place = Place(request, authority_slug, round_slug)
    if place.standing in (Standing.NOT_READY, Standing.CLOSED) or place.rules is None:
        return render(request, "voting/not_open.html", place.context)
    number = request.GET.get("paper", "")
    paper = place.paper(int(number) if number.isdecimal() and len(number) < 5 else None)
    choices = _basket(place)
    seed = request.COOKIES.get(_ORDER_COOKIE, "")
    if not _ORDER.fullmatch(seed):
        seed = secrets.token_hex(8)
    response = render(
        request, "voting/ballot.html", place.context | _list_context(place, paper, choices, seed)
    )
    response.set_cookie(
        _ORDER_COOKIE, seed, max_age=90 * 24 * 3600, httponly=True, samesite="Lax", secure=request.is_secure()
    )
    return response


def _list_context(place: Place, paper: Paper, choices: sealing.Choices, seed: str) -> dict[str, object]:
    assert place.rules is not None
    form = LinesForm(
        place.request.GET or None, paper=paper, rules=place.rules, language=get_language() or "en"
    )
    form.is_valid()
    filled = _filled(place, paper, choices)
    sort = place.request.GET.get("sort", "")
    sort = sort if sort in _SORTS else _SORTS[0]
    lines = _sorted(form.keep(list(paper.lines.values()), set(codes_of(filled.entries))), sort, seed)
    return _basket_context(place, paper, choices) | {
        "filter_form": form,
        "listed": _listed(place.rules, lines, filled),
        "sorts": _SORT_WORDS,
        "tabs": _paper_tabs(place, paper, choices),
        "sort": sort,
        "n_lines": len(paper.lines),
        "clear_url": _url("ballot", place) + f"?paper={paper.number}",
        "stored": place.stored,
    }


def _listed(rules: frozen.Rules, lines: Sequence[Line], filled: Filled) -> list[ListedLine]:
    chosen = {line.line.code: line for line in filled.lines}
    return [
        ListedLine(
            line,
            rules.categories[line.category],
            rules.areas.get(line.area, {}),
            line.code in chosen,
            chosen[line.code].points if line.code in chosen else 0,
        )
        for line in lines
    ]


def _paper_tabs(place: Place, current: Paper, choices: sealing.Choices) -> list[dict[str, object]]:
    if len(place.papers) < 2:
        return []
    return [
        {
            "name": choose(paper.title, get_language() or "en")[0],
            "url": f"{_url('ballot', place)}?paper={paper.number}",
            "current": paper == current,
            "count": len(choices.get(paper.number, ())),
        }
        for paper in place.papers
    ]


def _sorted(lines: list[Line], sort: str, seed: str) -> list[Line]:
    if sort == "cheap":
        return sorted(lines, key=lambda line: (line.cost_minor, line.number))
    if sort == "dear":
        return sorted(lines, key=lambda line: (-line.cost_minor, line.number))
    if sort == "number":
        return sorted(lines, key=lambda line: line.number)
    # Everybody has an order of their own, so that no project is always first.
    return sorted(lines, key=lambda line: hashlib.sha256(f"{seed}{line.code}".encode()).digest())


def _basket_context(place: Place, paper: Paper, choices: sealing.Choices) -> dict[str, object]:
    filled = _filled(place, paper, choices)
    return {
        "paper": paper,
        "papers": place.papers,
        "filled": filled,
        "bar": _bar(place, filled),
        "n_chosen_in_all": sum(len(entries) for entries in choices.values()),
        "review_url": _url("review", place),
        "basket_url": _url("basket", place),
        "mirror": json.dumps({number: _filled_values(entries) for number, entries in choices.items()}),
        "owner": _owner(place),
    }


def _filled_values(entries: Sequence[Entry]) -> list[str]:
    return [entry if isinstance(entry, str) else f"{entry[0]}:{entry[1]}" for entry in entries]


@dataclass(frozen=True, slots=True)
class Bar:
    """What the sticky bar measures: money, points or projects. `most` is None where nothing limits it."""

    unit: str
    used: int
    most: int | None
    chosen: int

    @property
    def left(self) -> int:
        return max((self.most or 0) - self.used, 0)

    @property
    def over(self) -> int:
        return max(self.used - self.most, 0) if self.most is not None else 0

    @property
    def shown(self) -> int:
        return min(self.used, self.most) if self.most is not None else self.used


def _bar(place: Place, filled: Filled) -> Bar:
    paper, chosen = filled.paper, len(filled.lines)
    if paper.points is not None:
        return Bar("points", filled.points, paper.points, chosen)
    if paper.ballot_budget_minor is not None:
        return Bar("money", filled.cost_minor, paper.ballot_budget_minor, chosen)
    return Bar("projects", chosen, paper.max_choices, chosen)


def _owner(place: Place) -> str:
    """Say whose basket the browser's copy is, so that nobody is handed another's on a shared computer."""
    if place.account is None:
        return ""
    text = f"basket|{place.round.pk}|{place.account.pk}"
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), "sha256").hexdigest()[:16]


def _url(name: str, place: Place) -> str:
    return reverse(f"voting:{name}", args=[place.round.authority.slug, place.round.slug])


@never_cache
@require_POST
def basket(request: HttpRequest, authority_slug: str, round_slug: str) -> HttpResponse:
    """Change the basket and go back to the page it was changed on. Nothing is cast."""
    place = Place(request, authority_slug, round_slug)
    if place.rules is None or place.key is None or place.standing not in (Standing.AHEAD, Standing.OPEN):
        return render(request, "voting/not_open.html", place.context, status=422)
    form = BasketForm(request.POST)
    if not form.is_valid():
        raise Http404
    paper = place.paper(form.cleaned_data["paper"])
    choices = _changed(place, paper, _basket(place), form)
    baskets.save(request.session, place.rules, place.key, choices)
    if request.headers.get("HX-Request") and paper.lines.get(
        form.cleaned_data["add"] or form.cleaned_data["remove"]
    ):
        line = paper.lines[form.cleaned_data["add"] or form.cleaned_data["remove"]]
        context = place.context | _basket_context(place, paper, choices)
        context["entry"] = _listed(place.rules, [line], _filled(place, paper, choices))[0]
        return render(request, "voting/_changed.html", context)
    return redirect(_way_back(request, place, form))


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
        back = _url("ballot", place)
    code = form.cleaned_data["add"] or form.cleaned_data["remove"] or form.cleaned_data["up"]
    return f"{back}#line-{code}" if code else back


@never_cache
def review(request: HttpRequest, authority_slug: str, round_slug: str) -> HttpResponse:
    """Show the whole ballot with its costs before it is cast; on POST, cast it."""
    place = Place(request, authority_slug, round_slug)
    if request.method == "POST":
        return _cast(place)
    if place.standing in (Standing.NOT_READY, Standing.CLOSED) or place.rules is None:
        return render(request, "voting/not_open.html", place.context)
    return render(request, "voting/review.html", _review_context(place, _basket(place)))


def _review_context(
    place: Place, choices: Mapping[int, Sequence[Entry]], form: BallotForm | None = None
) -> dict[str, object]:
    assert place.rules is not None
    filled = [_filled(place, paper, choices) for paper in place.papers]
    text = sealing.canonical(frozen.tidy(place.rules, choices))
    return place.context | {
        "form": form,
        "filled_papers": filled,
        "has_problems": any(paper.problems for paper in filled),
        "is_empty": not any(choices.values()),
        "receipt_code": sealing.show_code(sealing.new_code()),
        "canonical": text,
        "rules_hash": bytes(place.poll.rules_hash or b"").hex() if place.poll else "",
        "stored": place.stored,
        "is_stored_already": place.stored is not None
        and place.stored.ballot is not None
        and place.stored.ballot.choices == text,
        "review_url": _url("review", place),
        "basket_url": _url("basket", place),
        "ballot_url": _url("ballot", place),
    }


def _cast(place: Place) -> HttpResponse:
    """Cast the posted ballot. Nothing is written but the ballot: no session, no message, no account row."""
    request = place.request
    if place.account is None:
        return redirect(f"{reverse(settings.LOGIN_URL)}?next={_url('review', place)}")
    if place.rules is None:
        return render(request, "voting/not_open.html", place.context, status=422)
    form = BallotForm(request.POST)
    try:
        if form.is_valid():
            cleaned = form.cleaned_data
            cast = services.cast(
                place.required_voter,
                cleaned["choices"],
                envelope=cleaned["envelope"],
                code=cleaned.get("code", b""),
            )
            return _stored(place, cast, form)
        status = 422
    except Refused as refusal:
        form.add_error(None, refusal)
        status = 409 if isinstance(refusal, ReceiptUsed) else 422
    except (KeyUnavailable, OperationalError, InterfaceError):
        return _unavailable(request)
    if place.standing is Standing.CLOSED:
        return render(request, "voting/not_open.html", place.context, status=status)
    choices = form.cleaned_data.get("choices", {}) if hasattr(form, "cleaned_data") else {}
    return render(request, "voting/review.html", _review_context(place, choices, form), status=status)


def _unavailable(request: HttpRequest) -> HttpResponse:
    """Say that voting is not possible at the moment; the browser keeps what was chosen."""
    response = render(request, "voting/unavailable.html", status=503)
    response["Retry-After"] = "30"
    return response


def _stored(place: Place, cast: Cast, form: BallotForm) -> HttpResponse:
    """Show the ballot as the box holds it now, read back after the commit."""
    sent = (
        sealing.canonical(frozen.tidy(place.voter.rules, form.cleaned_data["choices"])) if place.voter else ""
    )
    stored = place.stored
    as_sent = stored is not None and stored.ballot is not None and stored.ballot.choices == sent
    code = form.cleaned_data.get("code")
    return render(
        place.request,
        "voting/stored.html",
        _stored_context(place)
        | {
            "cast": cast,
            "receipt": cast.receipt,
            "statement": cast.receipt.statement.decode(),
            "receipt_code": sealing.show_code(code) if code else "",
            "is_as_sent": as_sent,
        },
    )


def _stored_context(place: Place) -> dict[str, object]:
    choices = place.stored.choices if place.stored else {}
    return place.context | {
        "stored": place.stored,
        "filled_papers": [_filled(place, paper, choices) for paper in place.papers] if place.rules else [],
        "ballot_url": _url("ballot", place),
        "basket_url": _url("basket", place),
    }


@never_cache
@require_GET
def mine(request: HttpRequest, authority_slug: str, round_slug: str) -> HttpResponse:
    """Show a voter the ballot that is stored for them, opened from its row."""
    place = Place(request, authority_slug, round_slug)
    if place.account is None:
        return redirect(f"{reverse(settings.LOGIN_URL)}?next={_url('mine', place)}")
    return render(request, "voting/mine.html", _stored_context(place) | {"is_as_sent": True})


@require_GET
def rules(request: HttpRequest, authority_slug: str, round_slug: str) -> HttpResponse:
    """Explain the frozen rules and show their hash."""
    place = Place(request, authority_slug, round_slug)
    if place.rules is None or place.poll is None:
        return render(request, "voting/not_open.html", place.context)
    context = place.context | {
        "poll": place.poll,
        "rules_hash": bytes(place.poll.rules_hash or b"").hex(),
        "rule_set": getattr(place.round, "rule_set", None),
    }
    return render(request, "voting/rules.html", context)


@require_GET
def rules_text(request: HttpRequest, authority_slug: str, round_slug: str) -> HttpResponse:
    """Give the frozen rules, byte for byte what was hashed."""
    place = Place(request, authority_slug, round_slug)
    if place.poll is None or not place.poll.is_frozen:
        raise Http404
    response = HttpResponse(place.poll.rules.encode(), content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{place.round.slug}-rules.json"'
    return response


@require_GET
def turnout(request: HttpRequest, authority_slug: str, round_slug: str) -> HttpResponse:
    """Show how many have voted so far, by group; refreshed by script every few seconds."""
    place = Place(request, authority_slug, round_slug)
    if place.rules is None:
        return render(request, "voting/not_open.html", place.context)
    turnout = selectors.turnout(place.round)
    context = place.context | {"turnout": turnout, "groups": _groups(turnout)}
    template = "voting/_turnout.html" if request.headers.get("HX-Request") else "voting/turnout.html"
    response = render(request, template, context)
    patch_cache_control(response, no_cache=True)
    return response


def _groups(turnout: selectors.Turnout) -> list[dict[str, object]]:
    """The cells of each grouping with the reader's words; None for the merged ones."""

    def cells(cells: Sequence[selectors.Cell], words: Mapping[str, object]) -> list[tuple[object, int]]:
        return [
            (None if cell.label is None else words.get(cell.label, _("not known")), cell.count)
            for cell in cells
        ]

    language = get_language() or "en"
    areas = {code: choose(name, language)[0] for code, name in turnout.areas.items()}
    return [
        {"name": "area", "cells": cells(turnout.by_area, areas)},
        {"name": "age", "cells": cells(turnout.by_age_group, dict(AgeGroup.choices))},
        {"name": "channel", "cells": cells(turnout.by_channel, dict(Channel.choices))},
        {"name": "class", "cells": cells(turnout.by_participation, dict(Participation.choices))},
    ]


@require_GET
def turnout_data(request: HttpRequest, authority_slug: str, round_slug: str) -> HttpResponse:
    """Give the number of ballots as JSON; nothing about what is in them."""
    place = Place(request, authority_slug, round_slug)
    return JsonResponse({"ballots": selectors.turnout(place.round).total})
