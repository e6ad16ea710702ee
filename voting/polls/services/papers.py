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
from voting.polls import frozen
from voting.polls.exceptions import AlreadyDrawnUp, AlreadyFrozen, NothingToVoteOn, NotReady
from voting.polls.models import BallotPaper, Poll, Project, RuleSet
from voting.polls.services.rules import require_countable, settings_to_freeze


@dataclass(frozen=True, slots=True)
class PaperPlan:
    """Plan of one ballot style. `fields` are those of BallotPaper, by name.

    `area` is the area of its voters (None: everybody); it offers the feasible proposals of that area and
    below, everybody's style those that no other style offers. The budget is the round's unless given.
    """

    area: Area | None = None
    title: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, object] = field(default_factory=dict)


@transaction.atomic
def draw_up_ballot_paper(
    round: Round,
    *,
    actor: Account | None,
    plans: Sequence[PaperPlan] = (PaperPlan(),),
    receipt_mode: Poll.ReceiptMode = Poll.ReceiptMode.OPEN,
    without_account: bool | None = None,
) -> list[BallotPaper]:
    """Put the round's feasible proposals on ballot papers, with their titles and costs as they are now.

    `without_account` says whether verified people may vote who have no account; None leaves it as it is.

    Lines are numbered in the order of the proposals' codes. Nothing can be cast until `freeze_rules`.
    Raises NothingToVoteOn, AlreadyDrawnUp. A constant number of queries for each paper.
    """
    locks.exclude(round.pk)
    if BallotPaper.objects.filter(round=round).exists():
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
    papers, left = [], proposals
    _follow_places(proposals, round)
    # Papers of areas choose first; everybody's paper takes what remains.
    for number, plan in sorted(enumerate(plans, start=1), key=lambda numbered: numbered[1].area is None):
        paper = _paper(round, number, plan)
        mine = [proposal for proposal in left if plan.area is None or _lies_in(proposal, plan.area)]
        if not mine:
            raise NothingToVoteOn()
        left = [proposal for proposal in left if proposal not in mine]
        Project.objects.bulk_create(_line(paper, place, row) for place, row in enumerate(mine, start=1))
        papers.append(paper)
    taken = [proposal for proposal in proposals if proposal not in left]
    put_on_ballot(taken, actor=actor)
    record(
        Action.BALLOT_PAPER_DRAWN_UP,
        round,
        actor=actor,
        authority=round.authority,
        papers=len(papers),
        projects=len(taken),
        without_account=without_account,
    )
    return sorted(papers, key=lambda paper: paper.number)


def _paper(round: Round, number: int, plan: PaperPlan) -> BallotPaper:
    title = dict(plan.title) or dict(plan.area.name if plan.area else round.title)
    fields = {"budget_minor": round.budget_minor, **plan.fields}
    return BallotPaper.objects.create(round=round, number=number, area=plan.area, title=title, **fields)


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


def _line(paper: BallotPaper, number: int, proposal: Proposal) -> Project:
    # A proposal found feasible has all three.
    assert proposal.code is not None
    assert proposal.cost_minor is not None
    assert proposal.category_id is not None
    texts = {proposal.language: {"title": proposal.title, "body": proposal.body}}
    for language, text in proposal.translations.items():
        texts.setdefault(language, text)
    return Project(
        paper=paper,
        proposal=proposal,
        number=number,
        code=proposal.code,
        title={language: text["title"] for language, text in texts.items() if text.get("title")},
        summary={language: text["body"] for language, text in texts.items() if text.get("body")},
        cost_minor=proposal.cost_minor,
        category_id=proposal.category_id,
        area_id=proposal.area_id,
    )


def rules_as_they_stand(round: Round) -> frozen.Rules:
    """Return the round's frozen rules; before that, what freezing would make of them now.

    For proofs and trials; voters are shown frozen rules alone. Raises NotReady, RuleNotCountable.
    """
    poll: Poll | None = Poll.objects.filter(round=round).first()
    if poll is None:
        raise NotReady()
    if poll.is_frozen:
        return frozen.read(poll.rules)
    round = Round.objects.select_related("authority", "rule_set").get(pk=round.pk)
    return frozen.read(frozen.write(rules_to_freeze(round, poll)))


def rules_to_freeze(round: Round, poll: Poll) -> dict[str, object]:
    phase = round.phases.filter(kind=Phase.Kind.VOTING).first()
    rule_set = getattr(round, "rule_set", None)
    if phase is None or rule_set is None:
        raise NotReady()
    papers = list(round.ballot_papers.select_related("area"))
    require_countable(rule_set, papers)
    lines = {paper.pk: list(paper.projects.select_related("category", "area")) for paper in papers}
    everything = [line for paper in lines.values() for line in paper]
    return {
        "format": frozen.FORMAT,
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
            {"participation": row.participation, "assurance": row.assurance, "from_age": row.from_age}
            for row in round.entitlements.filter(act=Act.VOTE).order_by("participation")
        ],
        "categories": {line.category.slug: line.category.name for line in everything},
        "areas": {line.area.code: line.area.name for line in everything if line.area},
        "papers": [_frozen_paper(paper, lines[paper.pk]) for paper in papers],
    }


def _frozen_paper(paper: BallotPaper, lines: Sequence[Project]) -> dict[str, object]:
    return {
        "number": paper.number,
        "title": paper.title,
        "area_path": paper.area.path if paper.area else "",
        "kind": paper.kind,
        "budget_minor": paper.budget_minor,
        "min_choices": paper.min_choices,
        "max_choices": paper.max_choices,
        "ballot_budget_minor": paper.ballot_budget_minor,
        "points": paper.points,
        "points_per_project": paper.points_per_project,
        "max_per_category": paper.max_per_category,
        "allows_blank": paper.allows_blank,
        "projects": [
            {
                "number": line.number,
                "code": line.code,
                "title": line.title,
                "summary": line.summary,
                "cost_minor": line.cost_minor,
                "category": line.category.slug,
                "area": line.area.code if line.area else "",
            }
            for line in lines
        ],
    }


@transaction.atomic
def change_ballot_paper(paper: BallotPaper, *, actor: Account | None, **fields: object) -> BallotPaper:
    """Change how a paper is filled in, while it is not frozen; `fields` are those of BallotPaper.

    Raises AlreadyFrozen.
    """
    locks.exclude(paper.round_id)
    if Poll.objects.select_for_update().get(round=paper.round_id).is_frozen:
        raise AlreadyFrozen()
    for name, value in fields.items():
        setattr(paper, name, value)
    paper.save(update_fields=list(fields))
    record(
        Action.BALLOT_PAPER_CHANGED,
        paper,
        actor=actor,
        authority=paper.round.authority,
        fields=sorted(fields),
    )
    return paper
