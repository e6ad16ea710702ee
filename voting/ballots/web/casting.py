"""Review a ballot, cast it, and see what was stored."""

from collections.abc import Mapping, Sequence

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache

from core.exceptions import Refused
from core.web.pages import Who
from core.web.requests import is_htmx
from identity.verification.services import take_back_pass
from voting.ballots import sealing as ballots_sealing
from voting.ballots import services
from voting.ballots.exceptions import ReceiptUsed
from voting.ballots.services import Cast
from voting.ballots.web.forms.ballots import BallotForm
from voting.ballots.web.places import Place, VoteRequest, vote_page
from voting.ballots.web.selection import address, basket_of, selection_on
from voting.polls import choices as polls_choices
from voting.polls import ruleset
from voting.polls.choices import Entry
from voting.polls.selectors import Standing


@never_cache
@vote_page(methods=["GET", "POST"])
def review(request: VoteRequest) -> HttpResponse:
    """Show the whole ballot with its costs before it is cast; on POST, cast it."""
    place = request.place
    if request.method == "POST":
        return _cast(place)
    if place.standing in (Standing.NOT_READY, Standing.CLOSED) or place.rules is None:
        return render(request, "voting/not_open.html", place.context)
    return render(request, "voting/review.html", _review_context(place, basket_of(place)))


def _review_context(
    place: Place, choices: Mapping[int, Sequence[Entry]], form: BallotForm | None = None
) -> dict[str, object]:
    assert place.rules is not None
    selection = [selection_on(place, ballot_style, choices) for ballot_style in place.ballot_styles]
    text = polls_choices.canonical(ruleset.tidy(place.rules, choices))
    return place.context | {
        "form": form,
        "selections": selection,
        "has_problems": any(ballot_style.problems for ballot_style in selection),
        "is_empty": not any(choices.values()),
        "receipt_code": ballots_sealing.show_code(ballots_sealing.new_code()),
        "canonical": text,
        "rules_hash": bytes(place.poll.rules_hash or b"").hex() if place.poll else "",
        "stored": place.stored,
        "is_stored_already": place.stored is not None
        and place.stored.ballot is not None
        and place.stored.ballot.choices == text,
        "review_url": address("review", place),
        "basket_url": address("basket", place),
        "ballot_url": address("ballot", place),
    }


def _cast(place: Place) -> HttpResponse:
    """Cast the posted ballot. Nothing is written but the ballot: no session, no message, no account row.

    Where database or key cannot be reached, the answer is 503 with the same post to be sent again.
    """
    request = place.request
    if not place.is_known:
        if place.rules is not None and place.rules.without_account:
            return redirect("identity:visitor_verify", place.round.authority.slug, place.round.slug)
        return redirect(f"{reverse(settings.LOGIN_URL)}?next={address('review', place)}")
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
            answer = _stored(place, cast, form)
            if place.visitor is not None:
                # After the ballot and apart from it: the pass, the basket and the session itself go.
                take_back_pass(request.session)
            return answer
        status = 422
    except Refused as refusal:
        form.add_error(None, refusal)
        status = 409 if isinstance(refusal, ReceiptUsed) else 422
    if place.standing is Standing.CLOSED:
        return render(request, "voting/not_open.html", place.context, status=status)
    choices = form.cleaned_data.get("choices", {}) if hasattr(form, "cleaned_data") else {}
    return render(request, "voting/review.html", _review_context(place, choices, form), status=status)


def _stored(place: Place, cast: Cast, form: BallotForm) -> HttpResponse:
    """Show the ballot as the box holds it now, read back after the commit."""
    sent = (
        polls_choices.canonical(ruleset.tidy(place.voter.rules, form.cleaned_data["choices"]))
        if place.voter
        else ""
    )
    stored = place.stored
    as_sent = stored is not None and stored.ballot is not None and stored.ballot.choices == sent
    code = form.cleaned_data.get("code")
    context = _stored_context(place) | {
        "cast": cast,
        "receipt": cast.receipt,
        "statement": cast.receipt.statement.decode(),
        "receipt_code": ballots_sealing.show_code(code) if code else "",
        "check_url": address("check", place),
        "is_as_sent": as_sent,
    }
    if is_htmx(place.request):
        # With script, the answer is put into the page: the frame is not loaded.
        return HttpResponse(render_to_string("voting/_stored.html", context))
    return render(place.request, "voting/stored.html", context)


def _stored_context(place: Place) -> dict[str, object]:
    choices = place.stored.choices if place.stored else {}
    return place.context | {
        "stored": place.stored,
        "selections": [selection_on(place, ballot_style, choices) for ballot_style in place.ballot_styles]
        if place.rules
        else [],
        "ballot_url": address("ballot", place),
    }


@never_cache
@vote_page(who=Who.SIGNED_IN)
def mine(request: VoteRequest) -> HttpResponse:
    """Show a voter the ballot that is stored for them, opened from its row."""
    place = request.place
    if not place.is_known:
        return redirect(f"{reverse(settings.LOGIN_URL)}?next={address('mine', place)}")
    return render(
        request,
        "voting/mine.html",
        _stored_context(place) | {"is_as_sent": True, "basket_url": address("basket", place)},
    )
