"""The officials' page for choosing the counting rule."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from core.web.forms import form_page, is_sent, refusals_on
from identity.pages import SignedInRoundRequest
from identity.roles import Permission
from voting.polls import services
from voting.polls.models import RuleSet
from voting.polls.selectors import poll_of
from voting.polls.web.forms.rules import RuleForm
from voting.polls.web.officials import desk_context, vote_desk_page


@vote_desk_page(Permission.DRAW_UP_BALLOT_STYLES, methods=["GET", "POST"])
def rule(request: SignedInRoundRequest) -> HttpResponse:
    """Show the rules to choose from, each in a sentence; on POST choose. Frozen rules are only shown."""
    round = request.round
    rule_set: RuleSet | None = getattr(round, "rule_set", None)
    if rule_set is None:
        raise Http404
    form = RuleForm(request.POST or None, settings=rule_set.settings, currency=round.currency)
    if is_sent(request, form):
        with refusals_on(form):
            services.choose_rule(round, actor=request.user, **form.chosen)
            messages.success(request, _("The rule is chosen. It is frozen and published with the ballot."))
            return redirect("voting:desk_rule", request.authority.slug, round.slug)
    poll = poll_of(round)
    is_frozen = poll is not None and poll.is_frozen
    context = desk_context(round, form=form, rule_set=rule_set, is_frozen=is_frozen)
    return form_page(request, "voting/desk_rule.html", context)
