"""The officer's page on which the rules are tried before anybody votes. Nothing is stored."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from core.exceptions import Refused
from core.i18n import localize
from core.web.forms import form_page, is_sent
from identity.pages import SignedInRoundRequest
from identity.roles import Permission
from voting import tally
from voting.polls import counts as counting
from voting.polls import problems, ruleset, services, trials
from voting.polls.web.forms.rules import TrialForm
from voting.polls.web.officials import desk_context, vote_desk_page
from voting.rules import RULES


@vote_desk_page(Permission.DRAW_UP_BALLOT_STYLES, methods=["GET", "POST"])
def trial(request: SignedInRoundRequest) -> HttpResponse:
    """Show side by side what each rule would fund, on made-up ballots or on those of a file."""
    round = request.round
    try:
        rules = services.rules_as_they_stand(round)
    except Refused as refusal:
        return render(request, "voting/desk_trial.html", desk_context(round, refusal=refusal, form=None))
    form = TrialForm(
        request.POST or None,
        request.FILES or None,
        rules=rules,
        initial={"paper": rules.ballot_styles[0].number, "ballots": 1000, "seed": rules.seed},
    )
    tried = None
    if is_sent(request, form):
        tried = _tried(form, rules)
    context = desk_context(
        round,
        form=form,
        rules=rules,
        trial=tried,
        heads=_heads(tried) if tried else [],
        ballot_style=form.chosen_paper if tried else None,
        from_file=bool(tried and form.cleaned_data["file"]),
    )
    return form_page(request, "voting/desk_trial.html", context)


def _tried(form: TrialForm, rules: ruleset.FrozenRules) -> trials.Trial | None:
    asked = form.cleaned_data
    if asked["file"]:
        try:
            election = tally.pabulib.read(asked["file"].read()).election
            return trials.try_rules(election, rules)
        except tally.pabulib.PbError as error:
            form.add_error(
                "file",
                _("The file could not be read: line %(line)s, column %(column)s: %(message)s")
                % {"line": error.line, "column": error.column, "message": problems.of_file(error)},
            )
            return None
    ballots = trials.made_up_ballots(form.chosen_paper, asked["ballots"], asked["seed"])
    if not ballots:
        form.add_error(None, _("Under the rules of this ballot, no ballot could be cast."))
        return None
    election = counting.election_of(form.chosen_paper, rules, ballots)
    tried = trials.try_rules(election, rules)
    return _named(tried, form.chosen_paper)


def _named(trial: trials.Trial, ballot_style: ruleset.FrozenBallotStyle) -> trials.Trial:
    projects = tuple(
        trials.TriedProject(
            project.code,
            localize(ballot_style.options[project.code].title),
            project.cost,
            project.score,
            project.funded,
        )
        for project in trial.projects
    )
    return trials.Trial(trial.n_ballots, trial.budget, trial.results, projects)


def _heads(trial: trials.Trial) -> list[tuple[str, trials.Result, bool]]:
    return [(str(RULES[result.rule].label), result, result.is_own) for result in trial.results]
