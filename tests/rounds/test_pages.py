"""A round's page says where it stands and what this reader can do; an official's desk, what waits."""

import pytest
from django.test import Client

from identity.roles import Role
from moderation.services import open_case
from proposals import services
from proposals.lifecycle import State
from reviews.services import assign_due
from rounds.models import Entitlement, Phase, Round
from tests.factories import (
    make_account,
    make_authority,
    make_comment,
    make_department,
    make_official,
    make_proposal,
    make_resident,
    make_round,
    set_phase,
)
from tests.voting.votes import make_vote

pytestmark = pytest.mark.django_db


@pytest.fixture
def round() -> Round:
    authority = make_authority(slug="here", name={"en": "Here-gu"})
    return make_round(authority, slug="here-2026", title={"en": "Round 2026"}, notice={"en": "A trial."})


def _page(client: Client) -> str:
    answer = client.get("/here/here-2026/")
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.parametrize(
    ("phase", "words"),
    [
        (None, "Prepare your proposal"),
        (Phase.Kind.SUBMISSION, "Sign in to write a proposal"),
        (Phase.Kind.REVIEW, "Read, comment and support"),
        (Phase.Kind.VOTING, "Voting is open until"),
        (Phase.Kind.DECISION, "The vote is over"),
    ],
)
def test_each_phase_says_what_can_be_done_now(
    phase: Phase.Kind | None, words: str, round: Round, client: Client
):
    set_phase(round, phase)

    page = _page(client)

    assert words in page
    assert "A trial." in page
    assert "₩4,000,000,000" in page


def test_a_round_that_is_over_leads_to_its_report(round: Round, client: Client):
    round.phases.all().delete()

    assert "This round is over" in _page(client)


def test_who_cannot_act_reads_why_and_what_to_do_instead(round: Round, client: Client):
    client.force_login(make_account())
    unverified = _page(client)
    client.force_login(make_resident(round.authority))
    resident = _page(client)
    Entitlement.objects.filter(act="propose").update(from_age=65)
    too_young = _page(client)

    assert "Confirm who you are first." in unverified
    assert "You cannot do this now:" not in resident
    assert "Write a proposal" in resident
    assert "You must be at least 65 years old to do this." in too_young
    assert "You can read every proposal and its reasons." in too_young


def test_somebody_with_drafts_is_reminded(round: Round, client: Client):
    resident = make_resident(round.authority)
    client.force_login(resident)
    services.save_draft(round, author=resident)

    assert "You have 1 draft: continue writing" in _page(client)


def test_the_figures_count_what_was_submitted(round: Round, client: Client):
    for state in (State.DRAFT, State.PENDING, State.ADOPTED, State.NOT_ADOPTED, State.INELIGIBLE):
        make_proposal(round, state=state)

    assert "1 of 4 submitted" in _page(client)


def test_an_authoritys_page_lists_its_published_rounds_only(round: Round, client: Client):
    make_round(round.authority, title={"en": "Not yet"}, published_at=None)
    make_round(title={"en": "Elsewhere"})

    page = client.get("/here/").content.decode()

    assert "Round 2026" in page
    assert "Not yet" not in page
    assert "Elsewhere" not in page
    assert client.get("/nowhere/").status_code == 404


def test_the_desk_counts_what_waits_for_each_role(round: Round, client: Client):
    department = make_department(round.authority)
    proposal = make_proposal(round, state=State.PENDING)
    assert proposal.category is not None
    proposal.category.department = department
    proposal.category.save()
    open_case(make_comment(services.publish(proposal, actor=None)))
    assign_due(round)

    client.force_login(make_official(round.authority, Role.MODERATOR))
    moderator = client.get("/here/desk/")
    client.force_login(make_official(round.authority, Role.REVIEWER, department=department))
    reviewer = client.get("/here/desk/")

    assert [(work.name, work.count) for work in moderator.context["works"]] == [("Screening", 1)]
    assert [(work.name, work.count) for work in reviewer.context["works"]] == [("Reviews", 1)]


def test_the_desk_offers_paper_and_the_close_only_where_the_vote_has_rules_that_stand(client: Client):
    drawn_up, frozen = make_vote(freeze=False), make_vote()
    for round in (drawn_up, frozen):
        works = {}
        for role in (Role.CLERK, Role.BUDGET_OFFICER):
            client.force_login(make_official(round.authority, role))
            page = client.get(f"/{round.authority.slug}/desk/")
            works[role] = {work.url.split("/")[-2] for work in page.context["works"]}
        is_frozen = round == frozen
        assert ("polling-places" in works[Role.CLERK]) == is_frozen
        assert ("close" in works[Role.BUDGET_OFFICER]) == is_frozen
        assert "ballot-styles" in works[Role.BUDGET_OFFICER]


def test_the_desk_is_not_there_for_residents_strangers_and_officials_of_elsewhere(
    round: Round, client: Client
):
    assert client.get("/here/desk/").status_code == 302
    for account in (make_resident(round.authority), make_official(make_authority(), Role.MODERATOR)):
        client.force_login(account)
        assert client.get("/here/desk/").status_code == 404
