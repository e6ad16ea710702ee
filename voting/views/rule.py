"""The officials' page where the rule of a round's count is chosen."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from identity.roles import Permission
from rounds.exceptions import Refused
from rounds.models import RuleSet
from voting import services
from voting.forms import RuleForm
from voting.selectors import poll_of
from voting.views.officials import desk_context, desk_round, official


@login_required
def rule(request: HttpRequest, authority_slug: str, round_slug: str) -> HttpResponse:
    """Show the rules to choose from, each in a sentence; on POST choose. Frozen rules are only shown."""
    round = desk_round(request, authority_slug, round_slug, Permission.DRAW_UP_BALLOT_PAPER)
    rule_set: RuleSet | None = getattr(round, "rule_set", None)
    if rule_set is None:
        raise Http404
    # The form fills in its own copy: a refused choice is shown again and changes nothing.
    form = RuleForm(
        request.POST or None, instance=RuleSet.objects.get(pk=rule_set.pk), currency=round.currency
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.choose_rule(round, actor=official(request), **form.settings)
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(
                request, _("The rule is chosen. It is frozen and published with the ballot paper.")
            )
            return redirect("voting:desk_rule", authority_slug, round_slug)
    poll = poll_of(round)
    is_frozen = poll is not None and poll.is_frozen
    context = desk_context(round, form=form, rule_set=rule_set, is_frozen=is_frozen)
    return render(request, "voting/desk_rule.html", context, status=422 if form.errors else 200)
