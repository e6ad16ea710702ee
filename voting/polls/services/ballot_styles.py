"""Drawing up a round's ballot papers, and freezing them with the rules before the vote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from audit.actions import Action
from audit.services import record
from identity.models import Account
from places.models import Area
from places.selectors import sole_area_in_place_of
from proposals.lifecycle import State
from proposals.models import Proposal
from proposals.services import put_on_ballot
from rounds import locks
from rounds.models import Act, Phase, Round
from voting.polls import ruleset
from voting.polls.exceptions import AlreadyDrawnUp, AlreadyFrozen, NothingToVoteOn, NotReady
from voting.polls.models import BallotStyle, Poll, Project, RuleSet
from voting.polls.services.rules import require_countable, settings_to_freeze


@dataclass(frozen=True, slots=True)
class BallotStylePlan:
    """Plan of one ballot style. `fields` are those of BallotStyle, by name.

    `area` is the area of its voters (None: everybody); it offers the feasible proposals of that area and
    below, everybody's style those that no other style offers. The budget is the round's unless given.
    """

    area: Area | None = None
    title: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, object] = field(default_factory=dict)


@transaction.atomic
def draw_up_ballot_styles(
    round: Round,
    *,
    actor: Account | None,
    plans: Sequence[BallotStylePlan] = (BallotStylePlan(),),
    receipt_mode: Poll.ReceiptMode = Poll.ReceiptMode.OPEN,
    without_account: bool | None = None,
) -> list[BallotStyle]:
    """Put the round's feasible proposals on ballot papers, with their titles and costs as they are now.

    `without_account` says whether verified people may vote who have no account; None leaves it as it is.

    Lines are numbered in the order of the proposals' codes. Nothing can be cast until `freeze_rules`.
    Raises NothingToVoteOn, AlreadyDrawnUp. A constant number of queries for each paper.
    """
    locks.lock_calendar_exclusive(round.pk)
    if BallotStyle.objects.filter(round=round).exists():
        raise AlreadyDrawnUp()
    proposals = list(
        Proposal.objects.filter(round=round, state=State.FEASIBLE)
        .select_related("area", "round__authority")
        .order_by("code")
    )
    if not proposals:
        raise NothingToVoteOn()
    Poll.objects.create(round=round, receipt_mode=receipt_mode)
    if without_account is not None:
        RuleSet.objects.filter(round=round).update(without_account=without_account)
    ballot_styles, left = [], proposals
    _follow_places(proposals, round)
    # Papers of areas choose first; everybody's paper takes what remains.
    for number, plan in sorted(enumerate(plans, start=1), key=lambda numbered: numbered[1].area is None):
        ballot_style = _ballot_style(round, number, plan)
        mine = [proposal for proposal in left if plan.area is None or _lies_in(proposal, plan.area)]
        if not mine:
            raise NothingToVoteOn()
        left = [proposal for proposal in left if proposal not in mine]
        Project.objects.bulk_create(
            _project(ballot_style, place, row) for place, row in enumerate(mine, start=1)
        )
        ballot_styles.append(ballot_style)
    taken = [proposal for proposal in proposals if proposal not in left]
    put_on_ballot(taken, actor=actor)
    record(
        Action.BALLOT_STYLES_DRAWN_UP,
        round,
        actor=actor,
        authority=round.authority,
        papers=len(ballot_styles),
        projects=len(taken),
        without_account=without_account,
    )
    return sorted(ballot_styles, key=lambda ballot_style: ballot_style.number)


def _ballot_style(round: Round, number: int, plan: BallotStylePlan) -> BallotStyle:
    title = dict(plan.title) or dict(plan.area.name if plan.area else round.title)
    fields = {"budget_minor": round.budget_minor, **plan.fields}
    return BallotStyle.objects.create(round=round, number=number, area=plan.area, title=title, **fields)


def _follow_places(proposals: Sequence[Proposal], round: Round) -> None:
    """Move options to today's areas; projects of a divided area keep its old name.

    No query if no area has ended.
    """
    today = round.today(timezone.now())
    for proposal in proposals:
        if proposal.area is not None:
            proposal.area = sole_area_in_place_of(proposal.area, today) or proposal.area


def _lies_in(proposal: Proposal, area: Area) -> bool:
    return proposal.area is not None and proposal.area.path.startswith(area.path)


def _project(ballot_style: BallotStyle, number: int, proposal: Proposal) -> Project:
    # A proposal found feasible has all three.
    assert proposal.code is not None
    assert proposal.cost_minor is not None
    assert proposal.category_id is not None
    texts = {proposal.language: {"title": proposal.title, "body": proposal.body}}
    for language, text in proposal.translations.items():
        texts.setdefault(language, text)
    return Project(
        ballot_style=ballot_style,
        proposal=proposal,
        number=number,
        code=proposal.code,
        title={language: text["title"] for language, text in texts.items() if text.get("title")},
        summary={language: text["body"] for language, text in texts.items() if text.get("body")},
        cost_minor=proposal.cost_minor,
        category_id=proposal.category_id,
        area_id=proposal.area_id,
    )


def rules_as_they_stand(round: Round) -> ruleset.FrozenRules:
    """Return the round's frozen rules; before that, what freezing would make of them now.

    For proofs and trials; voters are shown frozen rules alone. Raises NotReady, RuleNotCountable.
    """
    poll: Poll | None = Poll.objects.filter(round=round).first()
    if poll is None:
        raise NotReady()
    if poll.is_frozen:
        return ruleset.read(poll.rules)
    round = Round.objects.select_related("authority", "rule_set").get(pk=round.pk)
    return ruleset.read(ruleset.write(rules_to_freeze(round, poll)))


def rules_to_freeze(round: Round, poll: Poll) -> dict[str, object]:
    phase = round.phases.filter(kind=Phase.Kind.VOTING).first()
    rule_set = getattr(round, "rule_set", None)
    if phase is None or rule_set is None:
        raise NotReady()
    ballot_styles = list(round.ballot_styles.select_related("area"))
    require_countable(rule_set, ballot_styles)
    projects_of = {
        ballot_style.pk: list(ballot_style.projects.select_related("category", "area"))
        for ballot_style in ballot_styles
    }
    everything = [project for ballot_style in projects_of.values() for project in ballot_style]
    return {
        "format": ruleset.FORMAT,
        "round": round.slug,
        "authority": round.authority.slug,
        "currency": round.currency,
        "time_zone": round.time_zone,
        "budget_minor": round.budget_minor,
        "opens_at": phase.opens_at.isoformat(),
        "closes_at": phase.closes_at.isoformat(),
        **settings_to_freeze(rule_set, round),
        "outside": rule_set.outside,
        "receipt_mode": poll.receipt_mode,
        "without_account": rule_set.without_account,
        "entitlements": [
            {"participation": row.residency, "assurance": row.assurance, "from_age": row.from_age}
            for row in round.entitlements.filter(act=Act.VOTE).order_by("residency")
        ],
        "categories": {project.category.slug: project.category.name for project in everything},
        "areas": {project.area.code: project.area.name for project in everything if project.area},
        "papers": [
            _frozen_ballot_style(ballot_style, projects_of[ballot_style.pk]) for ballot_style in ballot_styles
        ],
    }


def _frozen_ballot_style(ballot_style: BallotStyle, projects_of: Sequence[Project]) -> dict[str, object]:
    return {
        "number": ballot_style.number,
        "title": ballot_style.title,
        "area_path": ballot_style.area.path if ballot_style.area else "",
        "kind": ballot_style.kind,
        "budget_minor": ballot_style.budget_minor,
        "min_choices": ballot_style.min_choices,
        "max_choices": ballot_style.max_choices,
        "ballot_budget_minor": ballot_style.ballot_budget_minor,
        "points": ballot_style.points,
        "points_per_project": ballot_style.points_per_project,
        "max_per_category": ballot_style.max_per_category,
        "allows_blank": ballot_style.allows_blank,
        "projects": [
            {
                "number": project.number,
                "code": project.code,
                "title": project.title,
                "summary": project.summary,
                "cost_minor": project.cost_minor,
                "category": project.category.slug,
                "area": project.area.code if project.area else "",
            }
            for project in projects_of
        ],
    }


@transaction.atomic
def change_ballot_style(ballot_style: BallotStyle, *, actor: Account | None, **fields: object) -> BallotStyle:
    """Change how a paper is filled in, while it is not frozen; `fields` are those of BallotStyle.

    Raises AlreadyFrozen.
    """
    locks.lock_calendar_exclusive(ballot_style.round_id)
    if Poll.objects.select_for_update().get(round=ballot_style.round_id).is_frozen:
        raise AlreadyFrozen()
    for name, value in fields.items():
        setattr(ballot_style, name, value)
    ballot_style.save(update_fields=list(fields))
    record(
        Action.BALLOT_STYLE_CHANGED,
        ballot_style,
        actor=actor,
        authority=ballot_style.round.authority,
        fields=sorted(fields),
    )
    return ballot_style
