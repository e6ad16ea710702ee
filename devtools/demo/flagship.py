"""The round of the second half of 2025: 420 proposals, 11,205 ballots, counted and certified here."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from authorities.models import Authority, Category
from devtools.demo import records
from devtools.demo.records import ProposalRow
from identity.models import Account
from places.models import Area
from proposals.lifecycle import State
from proposals.models import Proposal
from proposals.services import RecordedProposal, load_recorded, report_progress
from reports.selectors import latest
from reports.services import take_snapshot
from rounds.models import Act, Phase, Residency, Round
from rounds.services import PhaseDates, RoundPlan, create_round, publish_round
from voting.ballots.services import RecordedBallot, freeze_rules, load_recorded_ballots
from voting.counting.services import approve, count
from voting.polls.models import Approval, Poll
from voting.polls.services import BallotStylePlan, draw_up_ballot_styles, draw_up_rules

# Called with what is being loaded, how much of it is done, and how much there is.
Progress = Callable[[str, int, int], None]

SLUG = "gangnam-2025h2"
SEED = "gangnam-2025h2 drawn 2025-08-22"
KST = ZoneInfo("Asia/Seoul")

SUBMISSION_OPENS = datetime(2025, 3, 25, 0, 0, tzinfo=KST)
REVIEW_OPENS = datetime(2025, 7, 1, 0, 0, tzinfo=KST)
VOTING_OPENS = datetime(2025, 8, 25, 9, 0, tzinfo=KST)
VOTING_CLOSES = datetime(2025, 9, 12, 18, 0, tzinfo=KST)
DECISION_CLOSES = datetime(2025, 12, 1, 0, 0, tzinfo=KST)

SYNTHETIC = {
    "ko": "시범 자료입니다. 동 이름과 공표된 합계를 뺀 모든 제안과 투표는 가상으로 만들었습니다.",
    "en": "Demonstration data: apart from the names of places and the published totals, every proposal and "
    "every ballot is synthetic.",
    "th": "ข้อมูลสาธิต ข้อเสนอและบัตรลงคะแนนทั้งหมดสร้างขึ้นเพื่อการทดลอง ยกเว้นชื่อสถานที่และยอดรวมที่เผยแพร่แล้ว",
    "vi": "Dữ liệu minh họa: mọi đề xuất và phiếu bầu đều được tạo ra để thử nghiệm, trừ tên địa danh và các "
    "tổng số đã công bố.",
}

# Review outcomes of the record that are a no of the department.
_INELIGIBLE = frozenset({"legal", "specific", "operating", "complaint", "multiyear", "ongoing"})


def everybody_may() -> list[dict[str, object]]:
    """Return entitlements for residents, people who work or study here, and people from outside, from 14."""
    return [
        {"act": act, "residency": residency, "assurance": 1, "from_age": 14}
        for act in Act
        for residency in Residency
    ]


def plan() -> RoundPlan:
    """Return what the round was announced with."""
    return RoundPlan(
        slug=SLUG,
        title={
            "ko": "2025년 하반기 주민참여예산",
            "en": "Participatory budget, second half of 2025",
            "th": "งบประมาณแบบมีส่วนร่วม ครึ่งปีหลัง พ.ศ. 2568",
            "vi": "Ngân sách có sự tham gia, 6 tháng cuối năm 2025",
        },
        summary={
            "ko": "주민이 제안하고 투표로 정하는 약 40억 원 규모의 주민참여예산입니다. "
            "한 해 안에 마칠 수 있는 사업을 제안받았습니다.",
            "en": "About 4 billion won for projects that residents propose and choose by vote. "
            "Projects had to be finished within a year.",
            "th": "งบประมาณประมาณ 4 พันล้านวอนสำหรับโครงการที่ประชาชนเสนอและเลือกด้วยการลงคะแนน "
            "โครงการต้องแล้วเสร็จภายในหนึ่งปี",
            "vi": "Khoảng 4 tỷ won cho các dự án do người dân đề xuất và lựa chọn bằng bỏ phiếu. Dự án phải "
            "hoàn thành trong vòng một năm.",
        },
        fiscal_year=2026,
        budget_minor=4_000_000_000,
        proposal_prefix="GN-2025-",
        phases=[
            PhaseDates(Phase.Kind.SUBMISSION, SUBMISSION_OPENS, REVIEW_OPENS),
            PhaseDates(Phase.Kind.REVIEW, REVIEW_OPENS, VOTING_OPENS),
            PhaseDates(Phase.Kind.VOTING, VOTING_OPENS, VOTING_CLOSES),
            PhaseDates(Phase.Kind.DECISION, VOTING_CLOSES, DECISION_CLOSES),
        ],
        entitlements=everybody_may(),
        more={
            "notice": SYNTHETIC,
            "budget_is_approximate": True,
            "target_percent": 30,
            "rate_decimals": 1,
            "rate_rounding": Round.Rounding.TRUNCATE,
            "is_imported": True,
        },
    )


@transaction.atomic
def create(authority: Authority, plan: RoundPlan, *, seed: str) -> Round:
    """Create a round counted most votes first, ties to the cheaper project."""
    round = create_round(authority, plan, actor=None)
    draw_up_rules(round, actor=None, rule="greedy", tie_order="cheaper", seed=seed, outside="advisory")
    return round


def load(
    authority: Authority,
    officials: tuple[Account, Account],
    progress: Progress,
    *,
    n_ballots: int | None = None,
) -> Round:
    """Load the round up to its published report, skipping what is already done.

    `officials` are the two who certify and publish; the first also publishes the report. `n_ballots`: cast
    that many of the ballots, from the first on, instead of all.
    """
    round = authority.rounds.filter(slug=SLUG).first() or create(authority, plan(), seed=SEED)
    if not Proposal.objects.filter(round=round).exists():
        load_recorded(round, recorded(authority), actor=None)
    n_proposals = Proposal.objects.filter(round=round).count()
    progress("proposals of the second half of 2025", n_proposals, n_proposals)
    _vote(round, progress, n_ballots)
    _decide(round, officials)
    _report_progress(round, progress)
    publish_round(round, actor=None)
    if latest(round) is None:
        take_snapshot(round, actor=officials[0])
    return round


def _vote(round: Round, progress: Progress, n_ballots: int | None) -> None:
    """Draw up the ballot paper, freeze the rules, and cast the recorded ballots."""
    if not Poll.objects.filter(round=round).exists():
        draw_up_ballot_styles(round, actor=None, plans=[BallotStylePlan(fields={"max_choices": 10})])
    freeze_rules(round, actor=None)
    if Poll.objects.get(round=round).state != Poll.State.FROZEN:
        return
    ballots = recorded_ballots(round.authority)[:n_ballots]
    load_recorded_ballots(
        round, ballots, actor=None, progress=lambda done: progress("ballots", done, len(ballots))
    )


def recorded_ballots(authority: Authority) -> list[RecordedBallot]:
    """Return the 11,205 ballots, in the order of the record."""
    areas = {area.code: area for area in Area.objects.below(authority.area)}
    ballots = []
    for row in records.ballots():
        area = areas.get(row.area_code)
        ballots.append(
            RecordedBallot(
                voter=row.voter,
                residency=Residency(row.residency),
                choices={1: list(row.choices)},
                channel=row.channel,
                area_id=area.pk if area else None,
                area_path=area.path if area else "",
                age_group=row.age_group,
            )
        )
    return ballots


def _decide(round: Round, officials: tuple[Account, Account]) -> None:
    """Count, then certify and publish with two officials, as far as that is not done yet."""
    count(round)
    for step in (Approval.Stage.CERTIFY, Approval.Stage.PUBLISH):
        taken = Approval.objects.filter(round=round, stage=step).first()
        if taken is None:
            approve(round, step, actor=officials[0])
        if taken is None or taken.approved_at is None:
            approve(round, step, actor=officials[1])


def _report_progress(round: Round, progress: Progress) -> None:
    """Report the progress of each adopted project that the record tells of."""
    known = {row.code: row.progress for row in records.proposals() if row.progress}
    waiting = list(
        Proposal.objects.filter(round=round, state=State.ADOPTED, milestones=None)
        .select_related("round__authority")
        .order_by("code")
    )
    for number, proposal in enumerate(waiting, start=1):
        if proposal.code in known:
            report_progress(proposal, progress=known[proposal.code], note="", actor=None)
        progress("adopted projects with their progress", number, len(waiting))


def recorded(authority: Authority) -> list[RecordedProposal]:
    """Return the 420 proposals as the record tells of them before the vote."""
    categories = {
        category.slug: category
        for category in Category.objects.filter(authority=authority).select_related("department")
    }
    areas = {area.code: area for area in Area.objects.below(authority.area)}
    return [
        _recorded(number, row, categories[row.category], areas[row.area_code])
        for number, row in enumerate(records.proposals())
    ]


def _recorded(number: int, row: ProposalRow, category: Category, area: Area) -> RecordedProposal:
    is_feasible = row.outcome == "ballot"
    published_at = row.submitted_at + timedelta(days=2)
    return RecordedProposal(
        code=row.code,
        submitted_at=row.submitted_at,
        title=row.title,
        language="ko",
        category=category,
        requested_cost_minor=row.cost_minor,
        state=_state(row.outcome),
        area=area,
        translations=row.translations,
        track=row.track,
        channel=row.channel,
        residency=row.residency,
        age_group=row.age_group,
        is_foreign_resident=row.is_foreign_resident,
        n_supporters=row.n_supporters,
        reason=row.reason,
        reviewed_cost_minor=row.cost_minor if is_feasible else None,
        referred_to=row.referred_to,
        merged_into=row.merged_into,
        # The record has no dates of screening and review: two days after submission, and spread over the
        # weeks of the review, in the order of submission.
        published_at=published_at,
        concluded_at=max(published_at, REVIEW_OPENS.astimezone(UTC) + timedelta(days=3, hours=2 * number)),
    )


def _state(outcome: str) -> State:
    if outcome == "ballot":
        return State.FEASIBLE
    if outcome in _INELIGIBLE:
        return State.INELIGIBLE
    return State(outcome)
