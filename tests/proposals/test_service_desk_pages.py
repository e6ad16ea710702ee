"""The service desk's pages, as a clerk and as the person they wrote something down for."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.actions import Action
from audit.models import Event
from identity.roles import Role
from identity.verification import services as identity
from identity.verification.models import Identity, VerificationRoute
from proposals import services
from proposals.models import AssistedSubmission, Comment, Proposal
from rounds.models import Residency
from tests import factories

DOCUMENT = {"kind": "document", "typed": "M 4455 6677"}


@pytest.fixture
def round(db):
    return factories.make_round(slug="here-2026", authority=factories.make_authority(slug="here"))


@pytest.fixture
def clerk(round):
    return factories.make_official(round.authority, Role.CLERK)


@pytest.fixture
def desk(clerk):
    client = Client()
    client.force_login(clerk)
    return client


@pytest.fixture
def person(round, clerk):
    """Somebody without an account, verified at the desk by a document."""
    identity.set_up_route(round.authority, VerificationRoute.Method.DESK, actor=None, assurance=2)
    return identity.verify_in_person(
        round.authority,
        kind=Identity.Kind.DOCUMENT,
        typed=DOCUMENT["typed"],
        account=None,
        residency=Residency.RESIDENT,
        area=round.authority.area,
        age_group="65+",
        actor=clerk,
    )


def _typed(round, **more):
    return {
        "title": "A bench by the stop",
        "body": "Old people wait there standing.",
        "category": factories.make_category(round.authority).pk,
        "area": "whole",
        "requested_cost_minor": "3,000,000",
        "language": "ko",
        "how": "spoken",
        "is_read_back": "on",
        **more,
    }


def test_from_the_document_to_the_slip_and_to_the_public_page(round, person, desk, clerk):
    answer = desk.post("/here/desk/person/", DOCUMENT, follow=True)
    assert answer.redirect_chain == [("/here/desk/assist/", 302)]
    assert "65 and over" in answer.text

    page = desk.get("/here/desk/assist/here-2026/proposal/")
    assert "read it back" in page.text or "reads it back" in page.text
    answer = desk.post(
        "/here/desk/assist/here-2026/proposal/",
        _typed(round, has_priority="on", contact="12 Example Street"),
        follow=True,
    )

    proposal = Proposal.objects.get()
    assert answer.redirect_chain == [(f"/here/desk/assist/texts/{proposal.assisted_submission_id}/", 302)]
    assert proposal.code in answer.text
    assert "12 Example Street" in answer.text
    assert Event.objects.filter(
        action=Action.PERSONAL_DATA_SEEN, details={"page": "proposals:assisted_slip", "people": 1}
    ).exists()
    services.publish(proposal, actor=None)

    public = Client().get(f"/here/here-2026/proposals/{proposal.code}/").text
    assert "Submitted by the service desk of" in public
    assert "agreed verbally, after it was read out" in public
    assert clerk.display_name not in public
    assert "Example Street" not in public


def test_a_comment_is_submitted_on_behalf_on_the_proposal_with_that_number(round, person, desk):
    proposal = factories.make_proposal(round)
    desk.post("/here/desk/person/", DOCUMENT)
    path = "/here/desk/assist/here-2026/comment/"
    typed = {"text": "I wait there too.", "language": "en", "how": "companion", "is_read_back": "on"}

    refused = desk.post(path, {**typed, "code": "nothing"})
    assert refused.status_code == 422
    assert "No proposal in this round has this number." in refused.text
    assert "I wait there too." in refused.text
    assert desk.post(path, {**typed, "code": proposal.code.lower()}).status_code == 302

    comment = Comment.objects.get()
    assert (comment.proposal, comment.assisted_submission.person) == (proposal, person)
    services.publish_comment(comment, actor=None)
    public = Client().get(f"/here/here-2026/proposals/{proposal.code}/").text
    assert "<strong>A resident</strong>" in public
    assert "Submitted by the service desk of" in public


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        ("how", "Say how the person agreed."),
        ("is_read_back", "Read out both texts first"),
        ("title", "Give your proposal a title."),
    ],
)
def test_without_consent_or_a_whole_text_nothing_is_handed_in_and_nothing_typed_is_lost(
    round, person, desk, missing, says
):
    desk.post("/here/desk/person/", DOCUMENT)
    typed = _typed(round)
    del typed[missing]

    answer = desk.post("/here/desk/assist/here-2026/proposal/", typed)

    assert answer.status_code == 422
    assert says in answer.text
    assert "Old people wait there standing." in answer.text
    assert not Proposal.objects.exists()


def test_nobody_at_the_desk_leads_to_finding_somebody(round, person, desk, time_machine):
    assert desk.get("/here/desk/assist/here-2026/proposal/").headers["Location"] == "/here/desk/person/"

    unknown = desk.post("/here/desk/person/", {**DOCUMENT, "typed": "X 0000 0000"})
    assert unknown.status_code == 422
    assert "Nobody was found." in unknown.text

    desk.post("/here/desk/person/", DOCUMENT)
    assert desk.get("/here/desk/assist/here-2026/proposal/").status_code == 200
    desk.post("/here/desk/assist/")
    assert desk.get("/here/desk/assist/here-2026/comment/").status_code == 302

    desk.post("/here/desk/person/", DOCUMENT)
    time_machine.move_to(timezone.now() + timezone.timedelta(minutes=31))
    assert desk.get("/here/desk/assist/here-2026/proposal/").status_code == 302


def test_who_was_just_verified_stands_at_the_desk(round, person, desk):
    verified = desk.post(
        "/here/desk/verify/",
        {
            "kind": "document",
            "typed": "A 1111 2222",
            "residency": "resident",
            "area": round.authority.area_id,
            "age_group": "65+",
        },
    )

    assert verified.status_code == 302
    assert "Propose something in" in desk.get("/here/desk/assist/").text


def test_an_answer_stays_on_the_list_until_the_person_was_told_and_a_refused_text_is_written_again(
    round, person, desk
):
    desk.post("/here/desk/person/", DOCUMENT)
    desk.post("/here/desk/assist/here-2026/proposal/", _typed(round))
    proposal = Proposal.objects.get()
    services.send_back(proposal, actor=None, reason="unclear", explanation="Say at which stop it should be.")
    slip = f"/here/desk/assist/texts/{proposal.assisted_submission_id}/"

    assert slip in desk.get("/here/desk/assist/").text
    assert "Say at which stop it should be." in desk.get(slip).text
    again = f"/here/desk/assist/here-2026/proposal/?again={proposal.code}"
    assert "Old people wait there standing." in desk.get(again).text
    assert desk.post(slip).status_code == 302
    assert "Everybody without an account has been informed" in desk.get("/here/desk/assist/").text

    assert desk.post(again, _typed(round, body="By the library.")).status_code == 302
    proposal.refresh_from_db()
    assert (proposal.state, proposal.body) == ("pending", "By the library.")
    # The first slip gave way to the second.
    assert desk.get(slip).status_code == 404
    assert desk.get("/here/desk/assist/here-2026/proposal/?again=R0-0001").status_code == 404


def test_my_proposals_offers_what_was_submitted_on_behalf_and_takes_it_over(round, clerk):
    account = factories.make_resident(round.authority, display_name="Resident One")
    person = account.persons.get()
    person.account = None
    person.save()
    services.submit_comment_on_behalf(
        factories.make_proposal(round, code="R-9"),
        person,
        actor=clerk,
        agreed=services.Agreement("spoken"),
        text="I wait there too.",
        language="en",
    )
    person.account = account
    person.save()
    client = Client()
    client.force_login(account)
    mine = "/here/here-2026/proposals/mine/"

    assert "1 text was submitted for you" in client.get(mine).text
    assert client.post(f"{mine}claim/").headers["Location"] == mine

    assert "was submitted for you" not in client.get(mine).text
    assert "Resident One" in client.get("/here/here-2026/proposals/R-9/").text
    assert Comment.objects.get().author == account


def test_the_desk_takes_as_many_queries_for_ten_answers_as_for_one(
    round, person, desk, clerk, django_assert_num_queries
):
    def written(n):
        for _n in range(n):
            assisted_submission = factories.make_assisted_submission(person, clerk)
            Comment.objects.create(
                proposal=factories.make_proposal(round),
                assisted_submission=assisted_submission,
                residency="resident",
                language="en",
                text="So it is.",
                state="published",
                posted_at=timezone.now(),
            )

    desk.post("/here/desk/person/", DOCUMENT)
    written(1)
    desk.get("/here/desk/assist/")
    with CaptureQueriesContext(connection) as one:
        desk.get("/here/desk/assist/")
    written(9)
    with django_assert_num_queries(len(one)):
        answer = desk.get("/here/desk/assist/")
    assert answer.text.count("Comment on R") == 20
    assert AssistedSubmission.objects.count() == 10
