"""An authority says no for reasons of its own: rows, whose codes stay forever."""

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

import moderation.services as screening
from audit.models import Event
from authorities.exceptions import ReasonKnown, ReasonNeeded
from authorities.models import Authority, Reason, ReasonCode
from authorities.reasons import ReasonRecord, Serves, StandardReason
from authorities.selectors import offered_reasons, purposes_of, reason_in_words, reason_texts
from authorities.services import add_reason, found_authority, retire_reason
from identity.roles import Role
from moderation.models import Decision
from proposals import services
from proposals.exceptions import WrongReason
from proposals.lifecycle import State
from proposals.models import Comment, Proposal, StatusChange
from reports.assembly import report_of
from reports.figures.outcomes import REASONS
from reviews.services import assign_due, find_ineligible
from tests.factories import (
    make_area,
    make_authority,
    make_comment,
    make_official,
    make_proposal,
    make_resident,
    make_round,
)

pytestmark = pytest.mark.django_db

WHY = "It stands on the land of the railway, which nobody may enter."
RAILWAY = ReasonRecord(
    "railway_land",
    {"en": "On land of the railway", "ko": "철도 부지", "th": "ที่ดินของการรถไฟ", "vi": "Trên đất đường sắt"},
    (Serves.INELIGIBILITY,),
)


@pytest.fixture
def authority() -> Authority:
    return make_authority(slug="here")


def test_an_authority_is_founded_with_the_reasons_that_all_have_in_four_languages():
    authority = found_authority(
        "here",
        name={"en": "Here"},
        area=make_area(),
        currency="KRW",
        time_zone="Asia/Seoul",
        language="ko",
        contact="",
        departments=[],
        actor=None,
    )

    by_purpose = {purpose: [code for code, _ in offered_reasons(authority.pk, purpose)] for purpose in Serves}
    assert by_purpose == {
        Serves.SCREENING: [
            "political_gain",
            "personal_gain",
            "personal_data",
            "abuse",
            "off_topic",
            "spam",
            "unclear",
        ],
        Serves.INELIGIBILITY: [
            "conflicts_with_law",
            "benefits_specific_group",
            "operating_cost",
            "simple_complaint",
            "takes_over_one_year",
            "already_under_way",
        ],
        Serves.REFERRAL: [StandardReason.OUT_OF_AUTHORITY],
        Serves.MERGER: [StandardReason.MERGED_INTO_OTHER],
        Serves.WITHDRAWAL: [StandardReason.WITHDRAWN_BY_PROPOSER],
        Serves.VOTE: [StandardReason.BELOW_BUDGET_CUTOFF],
        Serves.COUNCIL: [StandardReason.COUNCIL_DECISION],
    }
    assert reason_texts("here")["spam"] == {
        "ko": "광고·도배",
        "en": "Advertising or spam",
        "th": "โฆษณาหรือสแปม",
        "vi": "Quảng cáo, thư rác",
    }


def test_one_more_reason_is_one_row_and_then_it_is_offered_given_shown_told_and_counted(
    authority: Authority, client: Client
):
    round = make_round(authority, slug="here-2026", proposal_prefix="HERE-")
    author = make_resident(authority, language="vi")
    proposal = make_proposal(round, code="HERE-0001", state=State.PENDING, author=author)
    proposal = services.publish(proposal, actor=None)
    assign_due(round)
    department = proposal.category.department
    client.force_login(make_official(authority, Role.REVIEWER, department=department))
    page = f"/here/desk/reviews/{proposal.review.pk}/"
    assert "On land of the railway" not in client.get(page).content.decode()

    add_reason(authority, RAILWAY, actor=None)

    assert '<option value="railway_land">On land of the railway</option>' in client.get(page).content.decode()
    answer = client.post(page, {"conclusion": "ineligible", "reason": "railway_land", "explanation": WHY})
    assert answer.status_code == 302
    shown = client.get("/here/here-2026/proposals/HERE-0001/", headers={"accept-language": "th"})
    assert "ที่ดินของการรถไฟ" in shown.content.decode()
    told = client.get("/api/v1/rounds/here/here-2026/proposals/HERE-0001/").json()
    assert (told["ground"], told["steps"][-1]["ground"]) == ("railway_land", "railway_land")
    report = report_of(round, now=timezone.now())
    with translation.override("ko"):
        (table,) = REASONS.tables(report)
    assert table.rows[0][0] == "철도 부지"
    event = Event.objects.get(action="authorities.reason_added")
    assert (event.subject_type, event.details) == (
        "authorities.reason",
        {"code": "railway_land", "serves": ["ineligibility"]},
    )


def test_a_reason_of_one_authority_is_none_of_anothers_nor_one_for_another_purpose(authority: Authority):
    add_reason(authority, RAILWAY, actor=None)
    here = make_proposal(make_round(authority))
    elsewhere = make_proposal()

    for proposal, verb in ((elsewhere, find_ineligible), (here, services.send_back)):
        with pytest.raises(WrongReason):
            verb(proposal, actor=None, reason="railway_land", explanation=WHY)

    find_ineligible(here, actor=None, reason="railway_land", explanation=WHY)
    assert Proposal.objects.get(pk=here.pk).reason == "railway_land"


def test_a_reason_for_the_council_lets_the_council_decline(authority: Authority):
    record = ReasonRecord("not_now", {"en": "Not this year"}, (Serves.COUNCIL, Serves.SCREENING))
    add_reason(authority, record, actor=None)
    proposal = make_proposal(make_round(authority), state=State.ON_BALLOT)

    services.decline(proposal, actor=None, reason="not_now")

    assert (proposal.status_changes.get().body, proposal.status_changes.get().reason) == (
        "council",
        "not_now",
    )


def test_a_retired_reason_is_not_given_any_more_and_keeps_its_words(authority: Authority):
    retire_reason(authority, "spam", actor=None)
    retire_reason(authority, "spam", actor=None)
    moderator = make_official(authority, Role.MODERATOR)
    pending = make_comment(make_proposal(make_round(authority)))
    case = screening.open_case(pending)
    screening.claim(case, actor=moderator)

    with pytest.raises(WrongReason):
        screening.decide(case, actor=moderator, outcome="refuse", reason="spam", explanation=WHY)

    assert "spam" not in dict(offered_reasons(authority.pk, Serves.SCREENING))
    assert purposes_of(authority.pk, "spam") == set()
    assert reason_in_words(reason_texts("here"), "spam") == "Advertising or spam"
    assert Event.objects.filter(action="authorities.reason_retired").count() == 1


@pytest.mark.parametrize("code", list(StandardReason))
def test_what_the_platform_itself_says_no_by_stays(authority: Authority, code: StandardReason):
    with pytest.raises(ReasonNeeded):
        retire_reason(authority, code, actor=None)

    assert authority.reasons.get(code=code).is_active


@pytest.mark.parametrize(
    ("record", "refusal"),
    [
        (ReasonRecord("spam", {"en": "Spam"}, (Serves.SCREENING,)), ReasonKnown),
        (ReasonRecord("Too-far", {"en": "Too far"}, (Serves.SCREENING,)), ValidationError),
        (ReasonRecord("", {"en": "Too far"}, (Serves.SCREENING,)), ValidationError),
        (ReasonRecord("x" * 31, {"en": "Too far"}, (Serves.SCREENING,)), ValidationError),
        (ReasonRecord("too_far", {}, (Serves.SCREENING,)), ValidationError),
        (ReasonRecord("too_far", {"xx": "Too far"}, (Serves.SCREENING,)), ValidationError),
    ],
)
def test_a_reason_that_cannot_be_kept_is_refused(authority: Authority, record: ReasonRecord, refusal: type):
    with pytest.raises(refusal):
        add_reason(authority, record, actor=None)

    assert authority.reasons.count() == 18
    assert not Event.objects.filter(action="authorities.reason_added").exists()


def _proposal() -> Proposal:
    return make_proposal(state=State.INELIGIBLE)


def _say(proposal: Proposal, table: str, code: str) -> None:
    """Write a code into a table, around every service."""
    now = timezone.now()
    if table == "proposal":
        Proposal.objects.filter(pk=proposal.pk).update(reason=code)
    elif table == "change":
        StatusChange.objects.create(
            proposal=proposal, at=now, to_state="ineligible", body=StatusChange.Body.DEPARTMENT, reason=code
        )
    elif table == "comment":
        Comment.objects.filter(pk=make_comment(proposal).pk).update(state="rejected", reason=code)
    else:
        moderator = make_official(proposal.round.authority, Role.MODERATOR)
        case = screening.open_case(make_comment(proposal))
        Decision.objects.create(
            case=case, outcome="refuse", reason=code, explanation=WHY, decided_by=moderator, decided_at=now
        )


@pytest.mark.parametrize("table", ["proposal", "change", "comment", "decision"])
def test_no_row_can_say_no_by_a_code_that_nobody_has(table: str):
    proposal = _proposal()

    with pytest.raises(IntegrityError, match=f"{table}_reason_is_known"), transaction.atomic():
        _say(proposal, table, "no_such_reason")

    ReasonCode.objects.create(code="no_such_reason")
    _say(proposal, table, "no_such_reason")


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"code_id": "spam"}, "authorities_reason_one_per_code"),
        ({"serves": []}, "authorities_reason_serves_something_known"),
        ({"serves": ["screening", "fun"]}, "authorities_reason_serves_something_known"),
    ],
)
def test_the_database_refuses_a_reason_against_its_rules(
    authority: Authority, fields: dict[str, Any], rule: str
):
    ReasonCode.objects.create(code="new_one")

    with pytest.raises(IntegrityError, match=rule):
        Reason.objects.create(
            **{
                "authority": authority,
                "code_id": "new_one",
                "text": {"en": "New"},
                "serves": ["screening"],
                **fields,
            }
        )


def test_a_code_is_of_small_letters_digits_and_underscores():
    with pytest.raises(IntegrityError, match="authorities_reasoncode_is_plain"):
        ReasonCode.objects.create(code="Spam!")


def test_however_many_reasons_a_page_shows_they_take_one_query(authority: Authority, client: Client):
    round = make_round(authority, slug="here-2026")
    author = make_resident(authority)
    client.force_login(author)
    address = "/here/here-2026/proposals/"
    queries = []
    for n_comments in (1, 5):
        proposal = make_proposal(round, code=f"X-{n_comments}", author=author)
        for _ in range(n_comments):
            make_comment(proposal, author=author, state="rejected", reason="spam", explanation=WHY)
        with CaptureQueriesContext(connection) as counted:
            page = client.get(f"{address}X-{n_comments}/").content.decode()
        assert page.count("Advertising or spam") == n_comments
        queries.append(sum('"authorities_reason"' in query["sql"] for query in counted.captured_queries))

    assert queries == [1, 1]


def test_the_command_adds_a_reason_and_says_what_is_wrong_with_others(
    authority: Authority, capsys: pytest.CaptureFixture[str]
):
    text = json.dumps(RAILWAY.text)
    call_command("add_reason", "here", "railway_land", text, "--serves", "ineligibility", "referral")

    assert capsys.readouterr().out == "here can now say no for railway_land\n"
    assert purposes_of(authority.pk, "railway_land") == {"ineligibility", "referral"}
    for slug, code, says in (
        ("nowhere", "railway_land", "there is no authority nowhere"),
        ("here", "railway_land", "already has a reason with this code"),
    ):
        with pytest.raises(CommandError, match=says):
            call_command("add_reason", slug, code, text, "--serves", "referral")
