"""Check my ballot: from a receipt code to the log and the counted ballot."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from core.i18n import localize
from core.web.forms import form_page
from voting.ballots import logbook
from voting.ballots.web.forms.ballots import ReceiptForm
from voting.ballots.web.places import Place, VoteRequest, vote_page
from voting.ballots.web.selection import selection_on
from voting.polls import choices as sealing
from voting.polls import ruleset
from voting.polls.models import Poll


@never_cache
@sensitive_post_parameters("receipt_code")
@vote_page(methods=["GET", "POST"])
def check(request: VoteRequest) -> HttpResponse:
    """Ask for a receipt code, which a script checks in the browser; without script, check what is posted.

    Nothing is stored either way.
    """
    place = request.place
    poll, rules = place.poll, place.rules
    if poll is None or rules is None:
        return render(request, "voting/not_open.html", place.context)
    form = ReceiptForm(request.POST if request.method == "POST" else None)
    checked = None
    if form.is_bound and form.is_valid():
        checked = logbook.check(place.round, form.cleaned_data["receipt_code"])
    choices = sealing.parse(checked.choices) if checked and checked.choices is not None else {}
    context = place.context | {
        "poll": poll,
        "form": form,
        "checked": checked,
        "selections": [
            selection_on(place, ballot_style, choices)
            for ballot_style in rules.ballot_styles
            if ballot_style.number in choices
        ],
        "is_open_mode": poll.receipt_mode == Poll.ReceiptMode.OPEN,
        "script": _for_script(place, poll, rules),
    }
    return form_page(request, "voting/check.html", context)


def _for_script(place: Place, poll: Poll, rules: ruleset.FrozenRules) -> dict[str, object]:
    """Data for the page's script: where to ask, what was hashed, and names of projects."""
    round = place.round
    names = [round.authority.slug, round.slug]
    inclusion = reverse("api:inclusion", args=[*names, "x"]).removesuffix("x/")
    counted = reverse("api:counted", args=[*names, "x"]).removesuffix("x/")
    return {
        "round": round.slug,
        "rulesHash": bytes(poll.rules_hash or b"").hex(),
        "isPublished": poll.is_published,
        "isOpenMode": poll.receipt_mode == Poll.ReceiptMode.OPEN,
        "inclusion": inclusion,
        "counted": counted,
        "titles": {
            option.code: localize(option.title)
            for ballot_style in rules.ballot_styles
            for option in ballot_style.options.values()
        },
    }
