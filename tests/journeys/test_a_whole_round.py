"""One round from the first draft to the report, by the people it takes, through HTTP, worker and mail."""

import csv
import io
from collections.abc import Callable
from email.message import Message

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.utils import timezone

from identity.models import Account
from identity.roles import Role
from moderation.models import Case
from notices.tasks import announce_due
from proposals.models import Proposal
from reviews.models import Review
from reviews.tasks import assign_due
from rounds.models import Phase, Round
from tests import factories
from tests.journeys.conftest import Site
from tests.journeys.visitor import Visitor
from tests.peers import wait_for
from voting.counting.tasks import count_due
from voting.polls.models import Poll

PASSWORD = "a-long-password-for-one-test"
SHADE = "Shade over the bus stop"
BENCH = "A bench by the stream"


@pytest.fixture
def round(transactional_db: None) -> Round:
    authority = factories.make_authority(slug="riverside", language="en")
    department = factories.make_department(authority)
    factories.make_category(authority, department=department, slug="roads", name={"en": "Roads"})
    return factories.make_round(
        authority,
        open=Phase.Kind.SUBMISSION,
        slug="riverside-2026",
        proposal_prefix="RV-",
        budget_minor=10_000_000,
        target_percent=30,
    )


@pytest.fixture
def sign_in(site: Site) -> Callable[[Account], Visitor]:
    """Sign somebody in through the form, with a browser of their own."""

    def signed_in(account: Account) -> Visitor:
        account.set_password(PASSWORD)
        account.save()
        EmailAddress.objects.get_or_create(
            user=account, email=account.email, defaults={"verified": True, "primary": True}
        )
        visitor = Visitor(site.url).sign_in(account.email, PASSWORD)
        assert visitor.status == 200, visitor.page
        return visitor

    return signed_in


def words_of(message: Message) -> str:
    """Return the text of a mail, decoded."""
    part = message.get_payload(0) if message.is_multipart() else message
    payload = part.get_payload(decode=True)
    return payload.decode(part.get_content_charset() or "utf-8")


def wait_out_the_vote(round: Round) -> None:
    """Let the voting phase be over, as weeks would. Its dates are frozen, so triggers sleep meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE rounds_phase SET closes_at = clock_timestamp() WHERE round_id = %s AND kind = 'voting'",
            [round.pk],
        )
        cursor.execute("COMMIT")


def test_a_round_is_walked_from_the_first_draft_to_the_report(
    site: Site, round: Round, sign_in: Callable[[Account], Visitor]
):
    authority, department = round.authority, round.authority.departments.get()
    author = factories.make_resident(authority, language="th")
    neighbour = factories.make_resident(authority)
    home, desk = "/riverside/riverside-2026/", "/riverside/desk/"
    anybody = Visitor(site.url)

    # 1. A visitor opens the round's page.
    assert anybody.look(home).status == 200
    assert "10,000,000" in anybody.page

    # 2. A resident drafts, previews and submits.
    resident = sign_in(author)
    resident.look(f"{home}proposals/new/").press(
        "Save and preview",
        title=SHADE,
        body="There is none, and summers are hot.",
        category=str(authority.categories.get().pk),
        requested_cost_minor="4,000,000",
        language="en",
    )
    assert SHADE in resident.page
    resident.press("Submit proposal")
    shade = Proposal.objects.get(title=SHADE)
    assert shade.state == "pending"
    assert anybody.look(f"{home}proposals/{shade.code}/").status == 404

    # 3. The worker fills the queue; a moderator publishes; the author is notified, in Thai.
    case = wait_for(lambda: Case.objects.filter(proposal=shade).first(), "a case for the proposal")
    moderator = sign_in(factories.make_official(authority, Role.MODERATOR))
    moderator.look(f"{desk}queue/{case.pk}/").press("Take it and decide")
    moderator.look(f"{desk}queue/{case.pk}/").press("Decide", outcome="publish")
    assert anybody.look(f"{home}proposals/{shade.code}/").status == 200
    announce_due.delay()
    told = site.mail.wait_for(author.email)
    assert f"{home}proposals/{shade.code}/" in words_of(told)
    assert any("\u0e00" <= sign <= "\u0e7f" for sign in words_of(told))

    # A comment goes through the same queue before others see it.
    talker = sign_in(neighbour)
    talker.look(f"{home}proposals/{shade.code}/").press(
        "Send comment", **{"comment-text": "Please by the school too."}
    )
    assert "Please by the school too." not in anybody.look(f"{home}proposals/{shade.code}/").page
    case = wait_for(lambda: Case.objects.filter(comment__isnull=False).first(), "a case for the comment")
    moderator.look(f"{desk}queue/{case.pk}/").press("Take it and decide")
    moderator.look(f"{desk}queue/{case.pk}/").press("Decide", outcome="publish")
    assert "Please by the school too." in anybody.look(f"{home}proposals/{shade.code}/").page

    # 4. A reviewer concludes; the budget officer draws up the ballot paper and freezes it.
    factories.set_phase(round, Phase.Kind.REVIEW)
    reviewer = sign_in(factories.make_official(authority, Role.REVIEWER, department=department))
    # Every half a minute the worker gives what was published to its department.
    assign_due.delay()
    review = wait_for(lambda: Review.objects.filter(proposal=shade).first(), "a review for the proposal")
    reviewer.look(f"{desk}reviews/{review.pk}/").press(
        "Complete", conclusion="feasible", cost_minor="6,000,000"
    )
    shade.refresh_from_db()
    assert (shade.state, shade.reviewed_cost_minor) == ("feasible", 6_000_000)
    bench = factories.make_proposal(
        round,
        state="feasible",
        title=BENCH,
        category=authority.categories.get(),
        requested_cost_minor=5_000_000,
        reviewed_cost_minor=5_000_000,
    )
    factories.set_phase(round, Phase.Kind.VOTING)
    officer = sign_in(factories.make_official(authority, Role.BUDGET_OFFICER))
    officer.look(f"{desk}riverside-2026/ballot-styles/").press("Set up the ballot", kind="approval")
    officer.look(f"{desk}riverside-2026/ballot-styles/").press("Freeze and publish")
    assert Poll.objects.get(round=round).state == "frozen"

    # 5. Three residents vote; one changes her mind. The ballot is read back from its row.
    for voter, code in (
        (resident, bench.code),
        (talker, shade.code),
        (sign_in(factories.make_resident(authority)), shade.code),
    ):
        voter.look(f"{home}ballot/").press(BENCH if code == bench.code else SHADE)
        voter.look(f"{home}ballot/review/").press("Cast my ballot")
        title = BENCH if code == bench.code else SHADE
        assert title in voter.look(f"{home}ballot/mine/").page
    resident.look(f"{home}ballot/review/").press(f"Remove from ballot: {BENCH}")
    resident.look(f"{home}ballot/").press(f"Add to ballot: {SHADE}")
    resident.look(f"{home}ballot/review/").press("Replace my ballot")
    assert SHADE in resident.look(f"{home}ballot/mine/").page

    # 6. The vote is over by the clock; the worker counts; two officials certify.
    wait_out_the_vote(round)
    assert "Cast my ballot" not in talker.look(f"{home}ballot/review/").page
    count_due.delay()
    wait_for(lambda: Poll.objects.get(round=round).state == "counted", "the count")
    administrator = sign_in(factories.make_official(authority, Role.AUTHORITY_ADMIN))
    officer.look(f"{desk}riverside-2026/close/").press("Request this step")
    administrator.look(f"{desk}riverside-2026/close/").press("Approve and carry out")
    shade.refresh_from_db()
    bench.refresh_from_db()
    assert (shade.state, bench.state) == ("adopted", "not_adopted")
    assert bench.reason == "below_budget_cutoff"
    assert bench.finding_in_words

    # 7. The report is published; the council takes the adopted project, a resident may not.
    officer.look(f"{desk}riverside-2026/report/").press("Publish these figures")
    report = anybody.look(f"{home}report/")
    assert "1 of 2 proposals were adopted" in report.page
    assert "50.0%" in report.page
    council = sign_in(factories.make_official(authority, Role.COUNCIL_STAFF))
    council.look(f"{home}report/adopted/").press("Export as CSV")
    rows = list(csv.reader(io.StringIO(council.content.decode("utf-8-sig"))))
    assert [row[2] for row in rows[1:-1]] == [SHADE]
    assert rows[-1][6] == "6000000"
    assert resident.look(f"{home}report/adopted/").status == 403
    figures = anybody.look("/api/v1/rounds/riverside/riverside-2026/report/")
    assert figures.status == 200
    assert timezone.now() >= round.snapshots.get().taken_at
