"""The clerks' pages: check-in, printing, double data entry, settling; through the client."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from authorities.services import change_settings
from identity.identifiers import register_entry
from identity.models import Account
from identity.roles import Role
from identity.verification.models import Identity
from identity.verification.services import verify
from proposals.lifecycle import State
from rounds.models import Phase, Residency, Round
from tests.factories import (
    make_area,
    make_authority,
    make_category,
    make_official,
    make_proposal,
    make_resident,
    make_round,
)
from tests.voting.votes import cast_by, codes, end_voting, fresh, make_vote, poll_of, voter_of
from voting.ballots import services as ballots_services
from voting.ballots.models import BallotBox
from voting.counting import services as counting_services
from voting.counting.models import Tally
from voting.paper import services as paper_services
from voting.paper.models import BallotBatch, PollingPlace, TranscribedBallot
from voting.polls import services as polls_services
from voting.polls.services import BallotStylePlan

pytestmark = pytest.mark.django_db


@pytest.fixture
def round() -> Round:
    return make_vote(ballot_style={"max_choices": 2, "ballot_budget_minor": 700})


@pytest.fixture
def clerk(round: Round) -> Account:
    return make_official(round.authority, Role.CLERK)


@pytest.fixture
def other(round: Round) -> Account:
    return make_official(round.authority, Role.CLERK)


def _url(name: str, round: Round, *more: object) -> str:
    return reverse(f"voting:{name}", args=[round.authority.slug, round.slug, *more])


def _as(account: Account) -> Client:
    client = Client()
    client.force_login(account)
    return client


def _known(round: Round, number: str, **fields):
    """Create a person whom the polling place can find by a document's number."""
    return verify(
        round.authority,
        identifier=number.encode(),
        kind=Identity.Kind.DOCUMENT,
        residency=Residency.RESIDENT,
        area=round.authority.area,
        age_group="35-49",
        assurance=2,
        actor=None,
        **fields,
    )


def _check_in(client: Client, round: Round, polling_place: PollingPlace, number: str, **more: str):
    values = {"action": "mark", "kind": "document", "typed": number, **more}
    return client.post(_url("polling_place", round, polling_place.pk), values, follow=True)


def test_an_online_ballot_is_withdrawn_where_the_clerk_says_so(round, clerk):
    account = make_resident(round.authority)
    cast_by(voter_of(round, account), codes(round)[0])
    person = account.persons.get()
    person.identities.all().delete()
    paper_services.open_polling_place(round, "Town hall", actor=clerk)
    polling_place, at_desk = PollingPlace.objects.get(), _as(clerk)
    known = _known(round, "M123456", account=account)

    asked = _check_in(at_desk, round, polling_place, "M123456")
    told = asked.content.decode()
    still = BallotBox.objects.get().sealed is not None
    done = _check_in(at_desk, round, polling_place, "M123456", overrides="on").content.decode()

    assert known == person
    assert (asked.status_code, still) == (422, True)
    assert "To let them vote on paper instead, tick that the online ballot is withdrawn." in told
    assert 'value="M123456"' in told
    assert "Hand over a ballot for people from the area" in done
    assert BallotBox.objects.get().channel == "paper"
    assert 'name="overrides"' in done
    assert "checked" not in done.split('name="overrides"')[1].split(">")[0]
    mine = _as(account).get(_url("mine", round)).content.decode()
    assert "You have voted on paper." in mine


def test_the_whole_path_through_the_pages_from_a_check_in_to_the_result(round, clerk, other):
    first, second, third = codes(round)
    _known(round, "M123456")
    _known(round, "M654321")
    at_desk, at_second = _as(clerk), _as(other)

    at_desk.post(_url("polling_places", round), {"name": "Town hall"})
    polling_place = PollingPlace.objects.get()
    told = [
        _check_in(at_desk, round, polling_place, number).content.decode()
        for number in ("M123456", "M-654 321")
    ]
    assert all("Hand over a ballot for people from the area" in page for page in told)
    assert BallotBox.objects.filter(polling_place=polling_place).count() == 2

    stack = {"action": "declare", "batch-declared": "2", "batch-residency": "resident"}
    at_desk.post(_url("polling_place", round, polling_place.pk), stack)
    batch = BallotBatch.objects.get()
    address = _url("ballot_batch", round, batch.pk)
    for client in (at_desk, at_second):
        client.post(address, {"action": "key", "sequence": "1", "paper-1": "1"})
        saved = client.post(address, {"action": "key", "sequence": "2", "paper-1": "2, 3"}, follow=True)
        assert "Every ballot is transcribed" in saved.content.decode()
        client.post(address, {"action": "finish"})
    batch.refresh_from_db()
    assert batch.state == "agreed"

    end_voting(round)
    settled = at_desk.post(_url("polling_place", round, polling_place.pk), {"action": "settle"}, follow=True)
    assert "Closed out by" in settled.content.decode()
    counting_services.count(fresh(round))
    tally = Tally.objects.get(ballot_style__round=round, is_decisive=True)
    assert tally.outcome["votes"] == {first: 1, second: 1, third: 1}


def test_nobody_is_checked_in_who_is_not_known_or_has_voted_online(round, clerk):
    account = make_resident(round.authority)
    _known(round, "M123456", account=account)
    cast_by(voter_of(round, account), codes(round)[0])
    polling_place = paper_services.open_polling_place(round, "Town hall", actor=clerk)
    client = _as(clerk)

    unknown = _check_in(client, round, polling_place, "M999999")
    voted = _check_in(client, round, polling_place, "M123456")

    assert (unknown.status_code, voted.status_code) == (422, 422)
    assert "Nobody was found" in unknown.content.decode()
    assert "has voted online" in voted.content.decode()
    assert 'value="M999999"' in unknown.content.decode()
    assert not BallotBox.objects.filter(polling_place=polling_place).exists()


def test_an_entry_of_the_register_is_found_with_the_date_of_birth_alone(round, clerk):
    verify(
        round.authority,
        identifier=register_entry("R-77", "1980-02-29"),
        kind=Identity.Kind.REGISTER,
        residency=Residency.RESIDENT,
        area=round.authority.area,
        age_group="35-49",
        assurance=2,
        actor=None,
    )
    polling_place = paper_services.open_polling_place(round, "Town hall", actor=clerk)
    client = _as(clerk)

    without = _check_in(client, round, polling_place, "R77", kind="register")
    wrong = _check_in(client, round, polling_place, "R77", kind="register", born="1980-02-28")
    assert (without.status_code, wrong.status_code) == (422, 422)
    assert BallotBox.objects.count() == 0
    right = _check_in(client, round, polling_place, "R77", kind="register", born="1980-02-29")

    assert right.status_code == 200
    assert BallotBox.objects.count() == 1


def test_what_cannot_be_read_is_said_at_the_field_and_nothing_is_stored(round, clerk):
    _known(round, "M123456")
    polling_place = paper_services.open_polling_place(round, "Town hall", actor=clerk)
    client = _as(clerk)
    _check_in(client, round, polling_place, "M123456")
    batch = paper_services.declare_batch(polling_place, declared=1, actor=clerk)
    address = _url("ballot_batch", round, batch.pk)

    for typed, words in (
        ("9", "This ballot has no project 9"),
        ("1 1", "Project 1 is entered twice"),
        ("one", "is not the number of a project"),
        ("1:5", "is not the number of a project"),
        ("", "say that the ballot is blank"),
        ("1 2", "The limit is"),
    ):
        answer = client.post(address, {"action": "key", "sequence": "1", "paper-1": typed})
        assert answer.status_code == 422, typed
        assert words in answer.content.decode(), typed
        assert not typed or f'value="{typed}"' in answer.content.decode()
    assert TranscribedBallot.objects.count() == 0
    invalid = {"action": "key", "sequence": "1", "paper-1": "1 2", "invalid": "over_budget"}
    assert client.post(address, invalid).status_code == 302
    assert TranscribedBallot.objects.get().invalid == "over_budget"


def test_neither_clerk_is_shown_what_the_other_one_transcribed(round, clerk, other):
    for number in ("M123456", "M654321"):
        _known(round, number)
    polling_place = paper_services.open_polling_place(round, "Town hall", actor=clerk)
    first_clerk, second_clerk = _as(clerk), _as(other)
    for number in ("M123456", "M654321"):
        _check_in(first_clerk, round, polling_place, number)
    batch = paper_services.declare_batch(polling_place, declared=2, actor=clerk)
    address = _url("ballot_batch", round, batch.pk)
    for client, typed in ((first_clerk, ["2", "3"]), (second_clerk, ["2", "1"])):
        for sequence, numbers in enumerate(typed, start=1):
            client.post(address, {"action": "key", "sequence": str(sequence), "paper-1": numbers})
        client.post(address, {"action": "finish"})

    seen = {
        who: client.get(address).content.decode()
        for who, client in (("first", first_clerk), ("second", second_clerk))
    }

    assert all("1 ballot was transcribed differently" in page for page in seen.values())
    assert all('href="?paper=2#key"' in page for page in seen.values())
    assert "<td>3</td>" in seen["first"]
    assert "<td>1</td>" not in seen["first"]
    assert "<td>1</td>" in seen["second"]
    assert "<td>3</td>" not in seen["second"]
    second_clerk.post(address, {"action": "key", "sequence": "2", "paper-1": "3"})
    batch.refresh_from_db()
    assert batch.state == "agreed"


def test_a_clerk_of_another_authority_finds_no_such_page(round, clerk):
    polling_place = paper_services.open_polling_place(round, "Town hall", actor=clerk)
    batch = paper_services.declare_batch(polling_place, declared=1, actor=clerk)
    elsewhere = make_vote()
    foreign = _as(make_official(elsewhere.authority, Role.CLERK))

    for address in (
        _url("polling_places", round),
        _url("polling_place", round, polling_place.pk),
        _url("ballot_batch", round, batch.pk),
        _url("ballot_sheet", round),
        _url("polling_place", elsewhere, polling_place.pk),
        _url("ballot_batch", elsewhere, batch.pk),
    ):
        assert foreign.get(address).status_code == 404


def _text_of(pdf: bytes, folder: Path) -> str:
    if shutil.which("pdftotext") is None and "CI" not in os.environ:
        pytest.skip("reading a PDF needs pdftotext (Debian: poppler-utils)")
    file = folder / "ballot.pdf"
    file.write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, check=True)
    return done.stdout.decode()


def test_printed_papers_carry_projects_rule_and_pages_and_nothing_of_a_voter(round, clerk, tmp_path):
    first, *_ = codes(round)
    client = _as(clerk)

    answers = {
        language: client.get(_url("ballot_sheet", round), {"language": language})
        for language in ("en", "ko", "th", "vi")
    }
    again = client.get(_url("ballot_sheet", round), {"language": "th"})

    assert {answer.status_code for answer in answers.values()} == {200}
    assert {answer["Content-Type"] for answer in answers.values()} == {"application/pdf"}
    assert answers["th"].content == again.content
    pdf = answers["en"].content
    assert pdf.startswith(b"%PDF-1.7")
    text = _text_of(pdf, tmp_path)
    assert "Choose up to 2 projects" in text
    assert "For people who live, work or study here" in text
    assert first in text
    assert "₩600" in text
    assert "1/1" in text
    assert clerk.email not in text


@pytest.mark.parametrize(
    ("country", "setting", "asked", "unasked"),
    [
        ("KR", "", "Draw a circle (○) in the box next to each project you choose", "Put a cross"),
        ("TH", "", "Put a cross (×) in the box next to each project you choose", "is not chosen"),
        ("VN", "", "A project that is struck through is not chosen", "Put a cross"),
        ("PL", "", "Put a cross (×)", "Draw a circle"),
        ("KR", "tick", "Tick (✓) the box", "Draw a circle"),
    ],
)
def test_the_mark_on_the_sheet_is_the_country_s_or_the_authority_s_and_clerks_read_the_same(
    country, setting, asked, unasked, tmp_path
):
    authority = make_authority(area=make_area(country=country))
    change_settings(authority, actor=None, ballot_mark=setting)
    round = make_vote(authority=authority)
    clerk = make_official(authority, Role.CLERK)
    client = _as(clerk)

    text = _text_of(client.get(_url("ballot_sheet", round), {"language": "en"}).content, tmp_path)

    words = " ".join(text.split())
    assert asked in words
    assert unasked not in words
    assert "Example" in words
    place = paper_services.open_polling_place(round, "Town hall", actor=clerk)
    batch = paper_services.declare_batch(place, declared=1, actor=clerk)
    page = client.get(_url("ballot_batch", round, batch.pk)).content.decode()
    is_no = "A project with a cross (×) in its box, or with its line struck through, is not chosen."
    assert (is_no in page) == (asked.startswith("Draw a circle"))
    assert "If you cannot tell what the voter chose" in page


def test_a_voter_is_handed_the_papers_of_their_area_and_of_everybody(tmp_path):
    authority = make_authority()
    area = make_area(authority.area)
    round = make_round(authority, open=Phase.Kind.VOTING, budget_minor=1000)
    category = make_category(authority)
    everywhere = make_proposal(round, state=State.FEASIBLE, category=category, title="A park for all")
    near = make_proposal(round, state=State.FEASIBLE, category=category, title="A lamp nearby", area=area)
    polls_services.draw_up_ballot_styles(
        round, actor=None, plans=[BallotStylePlan(), BallotStylePlan(area=area)]
    )
    ballots_services.freeze_rules(round, actor=None)
    client = _as(make_official(authority, Role.CLERK))

    def text(**asked: str) -> str:
        answer = client.get(_url("ballot_sheet", round), {"language": "en", **asked})
        return _text_of(answer.content, tmp_path) if answer.status_code == 200 else str(answer.status_code)

    assert (everywhere.title in text(), near.title in text()) == (True, False)
    assert (everywhere.title in text(area="2"), near.title in text(area="2")) == (True, True)
    assert "1/2" in text(area="2")
    assert text(area="9") == "404"


def test_before_the_freeze_the_officer_prints_a_draft_and_the_clerk_nothing(tmp_path):
    round = make_vote(freeze=False)
    officer = _as(make_official(round.authority, Role.BUDGET_OFFICER))
    clerk = _as(make_official(round.authority, Role.CLERK))

    draft = officer.get(_url("desk_ballot_proof", round), {"language": "en"})

    assert "DRAFT: not for voting" in _text_of(draft.content, tmp_path)
    assert clerk.get(_url("ballot_sheet", round)).status_code == 404
    assert "once the rules and the ballot are frozen" in clerk.get(
        _url("polling_places", round)
    ).content.decode()  # fmt: skip
    ballots_services.freeze_rules(round, actor=None)
    frozen = officer.get(_url("desk_ballot_proof", round), {"language": "en"})
    assert "DRAFT" not in _text_of(frozen.content, tmp_path)
    assert poll_of(round).is_frozen
