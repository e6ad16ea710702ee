"""One round in each phase, filled with a part of the synthetic proposals, so that every step can be tried."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice

from django.utils import timezone

from authorities.models import Authority, Category
from devtools.demo import flagship, records
from devtools.demo.flagship import KST, SYNTHETIC
from devtools.demo.records import ProposalRow
from identity.models import Account
from places.models import Area
from proposals.lifecycle import State
from proposals.models import Channel, Comment, Proposal
from proposals.services import (
    RecordedProposal,
    give_support,
    load_recorded,
    post_comment,
    publish_comment,
    save_draft,
)
from reviews.services import assign_due
from rounds.models import Phase, Residency, Round
from rounds.services import PhaseDates, RoundPlan, publish_round
from voting.ballots.selectors import turnout
from voting.ballots.services import RecordedBallot, cast, freeze_rules, load_recorded_ballots, voter
from voting.polls.models import BallotStyle, Poll
from voting.polls.selectors import Standing, standing
from voting.polls.services import BallotStylePlan, draw_up_ballot_styles

BUDGET = 400_000_000
N_PROPOSALS = 40
# The number of newest proposals in the open call that wait to be screened.
N_PENDING = 6
# A receipt code of 104 random bits.
RECEIPT_BYTES = 13


@dataclass(frozen=True, slots=True)
class Setting:
    """A demo round: its name, and the days from today on which its phases begin and the last one ends."""

    slug: str
    prefix: str
    title: dict[str, str]
    days: tuple[int, int, int, int, int]
    # Rows of the synthetic data start here, so that rounds differ.
    first: int
    is_imported: bool = False


SUBMISSION = Setting(
    "gangnam-demo-submission",
    "DEMO-S-",
    {
        "ko": "체험 회차: 제안 접수 중",
        "en": "Demo round: proposals open",
        "th": "รอบสาธิต: เปิดรับข้อเสนอ",
        "vi": "Đợt minh họa: đang nhận đề xuất",
    },
    (-20, 40, 70, 84, 114),
    0,
)
REVIEW = Setting(
    "gangnam-demo-review",
    "DEMO-R-",
    {
        "ko": "체험 회차: 부서 검토 중",
        "en": "Demo round: under review",
        "th": "รอบสาธิต: หน่วยงานกำลังพิจารณา",
        "vi": "Đợt minh họa: đang thẩm định",
    },
    (-60, -10, 20, 34, 64),
    1,
)
VOTING = Setting(
    "gangnam-demo-voting",
    "DEMO-V-",
    {
        "ko": "체험 회차: 투표 중",
        "en": "Demo round: voting open",
        "th": "รอบสาธิต: เปิดลงคะแนน",
        "vi": "Đợt minh họa: đang bỏ phiếu",
    },
    (-90, -45, -5, 21, 51),
    2,
)
DECISION = Setting(
    "gangnam-demo-decision",
    "DEMO-D-",
    {
        "ko": "체험 회차: 투표 마감, 결정 대기",
        "en": "Demo round: vote closed, to be decided",
        "th": "รอบสาธิต: ปิดลงคะแนนแล้ว รอการตัดสิน",
        "vi": "Đợt minh họa: đã đóng bỏ phiếu, chờ quyết định",
    },
    (-120, -75, -30, 0, 30),
    3,
    # Its ballots are a record: nobody could have cast them here before the demo was loaded.
    is_imported=True,
)


def load(authority: Authority, people: dict[str, Account], neighbours: list[Account]) -> None:
    """Load the four rounds; what is there already is left alone."""
    accepting = _round(authority, SUBMISSION)
    _fill(accepting, SUBMISSION, _stands_for_screening, author=people["resident2"])
    _draft(accepting, people["resident"])
    _talk(accepting, neighbours, people["resident2"])
    publish_round(accepting, actor=None)

    reviewing = _round(authority, REVIEW)
    _fill(reviewing, REVIEW, _stands_under_review)
    _talk(reviewing, neighbours, people["resident2"])
    publish_round(reviewing, actor=None)

    voting = _round(authority, VOTING)
    _fill(voting, VOTING, lambda _number: State.FEASIBLE)
    _ballot_style(voting, BallotStyle.Kind.KNAPSACK, ballot_budget_minor=BUDGET)
    publish_round(voting, actor=None)
    _vote(voting, neighbours)

    deciding = _round(authority, DECISION)
    _fill(deciding, DECISION, lambda _number: State.FEASIBLE)
    _ballot_style(deciding, BallotStyle.Kind.APPROVAL, max_choices=10)
    if Poll.objects.filter(round=deciding, state=Poll.State.FROZEN).exists():
        load_recorded_ballots(deciding, _recorded_ballots(deciding), actor=None)
    publish_round(deciding, actor=None)


def _round(authority: Authority, setting: Setting) -> Round:
    known = authority.rounds.filter(slug=setting.slug).first()
    if known is not None:
        return known
    today = timezone.now().astimezone(KST).date()
    starts = [datetime.combine(today + timedelta(days=days), time(), KST) for days in setting.days]
    kinds = (Phase.Kind.SUBMISSION, Phase.Kind.REVIEW, Phase.Kind.VOTING, Phase.Kind.DECISION)
    plan = RoundPlan(
        slug=setting.slug,
        title=setting.title,
        summary={
            "ko": "이 회차에서는 지금 할 수 있는 일을 자유롭게 체험해 볼 수 있습니다. 실제 사업이 아닙니다.",
            "en": "A round to try things out in. Nothing here is a real project.",
            "th": "รอบสำหรับทดลองใช้งาน ไม่มีโครงการใดเป็นโครงการจริง",
            "vi": "Đợt để dùng thử. Không có dự án nào ở đây là dự án thật.",
        },
        fiscal_year=today.year + 1,
        budget_minor=BUDGET,
        proposal_prefix=setting.prefix,
        phases=[
            PhaseDates(kind, opens_at, closes_at)
            for kind, opens_at, closes_at in zip(kinds, starts, starts[1:], strict=False)
        ],
        entitlements=flagship.everybody_may(),
        more={"notice": SYNTHETIC, "target_percent": 30, "is_imported": setting.is_imported},
    )
    return flagship.create(authority, plan, seed=setting.slug)


def _rows(setting: Setting) -> list[ProposalRow]:
    """Return the demo round's part of the synthetic proposals: every fifth one that went to the vote."""
    on_ballot = [row for row in records.proposals() if row.outcome == "ballot"]
    return on_ballot[setting.first :: 5][:N_PROPOSALS]


def _fill(
    round: Round, setting: Setting, stands: Callable[[int], State], *, author: Account | None = None
) -> None:
    if Proposal.objects.filter(round=round, code__isnull=False).exists():
        return
    categories = {
        category.slug: category
        for category in Category.objects.filter(authority=round.authority).select_related("department")
    }
    areas = {area.code: area for area in Area.objects.below(round.authority.area)}
    phase = round.phases.get(kind=Phase.Kind.SUBMISSION)
    until = min(phase.closes_at, timezone.now())
    rows = _rows(setting)
    gap = (until - phase.opens_at) / (len(rows) + 1)
    bodies = records.descriptions()
    codes = [f"{setting.prefix}{number + 1:04}" for number in range(len(rows))]
    load_recorded(
        round,
        [
            _recorded(
                row,
                code=codes[number],
                state=stands(number),
                submitted_at=phase.opens_at + gap * (number + 1),
                category=categories[row.category],
                area=areas[row.area_code],
                body=bodies[row.category],
                author=author if stands(number) == State.PENDING else None,
                merged_into=codes[0],
            )
            for number, row in enumerate(rows)
        ],
        actor=None,
    )
    assign_due(round)


def _recorded(
    row: ProposalRow,
    *,
    code: str,
    state: State,
    submitted_at: datetime,
    category: Category,
    area: Area,
    body: dict[str, str],
    author: Account | None,
    merged_into: str,
) -> RecordedProposal:
    reasons_by_state = {
        State.INELIGIBLE: "takes_over_one_year",
        State.REFERRED: "out_of_authority",
        State.MERGED: "merged_into_other",
    }
    explanations = {
        State.INELIGIBLE: "설계와 공사에 한 해가 넘게 걸립니다.",
        State.REFERRED: "서울시가 관리하는 시설입니다.",
        State.MERGED: "같은 내용의 제안과 합쳤습니다.",
    }
    return RecordedProposal(
        code=code,
        submitted_at=submitted_at,
        title=row.title,
        body=body["ko"],
        language="ko",
        translations={
            language: {**texts, "body": body[language]} for language, texts in row.translations.items()
        },
        category=category,
        area=area,
        requested_cost_minor=row.cost_minor,
        reviewed_cost_minor=row.cost_minor if state == State.FEASIBLE else None,
        state=state,
        track=row.track,
        channel=row.channel,
        residency=row.residency,
        age_group=row.age_group,
        is_foreign_resident=row.is_foreign_resident,
        n_supporters=row.n_supporters,
        reason=reasons_by_state.get(state, ""),
        explanation=explanations.get(state, ""),
        referred_to="Seoul Metropolitan Government" if state == State.REFERRED else "",
        merged_into=merged_into if state == State.MERGED else "",
        author=author,
    )


def _stands_for_screening(number: int) -> State:
    return State.PENDING if number >= N_PROPOSALS - N_PENDING else State.PUBLISHED


def _stands_under_review(number: int) -> State:
    """Most are still with their departments; the rest show every way a review can end."""
    if number == 5:
        return State.REFERRED
    if number == 6:
        return State.MERGED
    if number in (7, 8):
        return State.INELIGIBLE
    return State.FEASIBLE if number < 12 else State.PUBLISHED


def _draft(round: Round, author: Account) -> None:
    if Proposal.objects.filter(round=round, author=author).exists():
        return
    save_draft(
        round,
        author=author,
        language="ko",
        title="역삼1동 골목길 그늘막 설치",
        body="여름 낮에 쉬어 갈 그늘이 없습니다.",
        requested_cost_minor=12_000_000,
    )


def _talk(round: Round, neighbours: list[Account], resident: Account) -> None:
    """Post the comments, some of which wait to be screened, and give some supports."""
    if Comment.objects.filter(proposal__round=round).exists():
        return
    published = list(Proposal.objects.filter(round=round, state=State.PUBLISHED).order_by("code")[:5])
    for number, row in enumerate(records.comments()):
        comment = post_comment(
            published[number % len(published)],
            author=neighbours[number],
            text=row.text,
            language=row.language,
        )
        if row.is_published:
            publish_comment(comment, actor=None)
    for neighbour in neighbours[:7]:
        give_support(published[0], actor=neighbour)
    give_support(published[1], actor=resident)


def _ballot_style(round: Round, kind: BallotStyle.Kind, **fields: object) -> None:
    if not Poll.objects.filter(round=round).exists():
        draw_up_ballot_styles(round, actor=None, plans=[BallotStylePlan(fields={"kind": kind, **fields})])
    freeze_rules(round, actor=None)


def _vote(round: Round, neighbours: list[Account]) -> None:
    """Let the neighbours cast ballots while voting is open, each for three projects that fit the budget."""
    now = timezone.now()
    round = Round.objects.select_related("poll", "authority__area").get(pk=round.pk)
    if standing(round, now)[0] != Standing.OPEN or turnout(round).total:
        return
    listed = Proposal.objects.filter(round=round).order_by("code").values_list("code", "reviewed_cost_minor")
    costs = [(code, cost) for code, cost in listed if code and cost]
    for number, neighbour in enumerate(neighbours):
        mine: dict[str, int] = {}
        for step in (0, 7, 11):
            code, cost = costs[(number + step) % len(costs)]
            if sum(mine.values()) + cost <= BUDGET:
                mine[code] = cost
        cast(
            voter(round, neighbour, now=now, channel=Channel.WEB),
            {1: list(mine)},
            code=secrets.token_bytes(RECEIPT_BYTES),
        )


def _recorded_ballots(round: Round) -> list[RecordedBallot]:
    """Return 600 synthetic ballots: those of the large round, with entries mapped onto this paper."""
    listed = Proposal.objects.filter(round=round).order_by("code").values_list("code", flat=True)
    codes = [code for code in listed if code]
    areas = {area.code: area for area in Area.objects.below(round.authority.area)}
    ballots = []
    for row in islice(records.ballots(), 600):
        area = areas.get(row.area_code)
        chosen = sorted({codes[int(choice.rsplit("-", 1)[1]) % len(codes)] for choice in row.choices})
        ballots.append(
            RecordedBallot(
                voter=row.voter,
                residency=Residency(row.residency),
                choices={1: chosen},
                channel=row.channel,
                area_id=area.pk if area else None,
                area_path=area.path if area else "",
                age_group=row.age_group,
            )
        )
    return ballots
