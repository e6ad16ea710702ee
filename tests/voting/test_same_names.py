"""Two authorities with rounds of the same name, prefix and codes, next to each other."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from authorities.reasons import ReasonRecord, Serves
from authorities.services import add_reason
from identity.roles import Role
from proposals.exceptions import NotOfThisRound
from proposals.lifecycle import State
from proposals.models import Proposal
from proposals.services import RecordedProposal, load_recorded
from rounds.models import Round
from tests.factories import make_authority, make_category, make_official, make_proposal, make_round
from tests.voting.votes import cast_by, codes, end_voting, fresh, make_vote, poll_of, voter_of
from voting.ballots import basket, sealing, signed_notes
from voting.ballots import services as ballots_services
from voting.counting import services as counting_services
from voting.polls import ruleset
from voting.polls.models import Approval
from voting.publication import services as publication_services

pytestmark = pytest.mark.django_db


@pytest.fixture
def communes(settings, tmp_path) -> list[Round]:
    """The votes of two communes on the budget of 2027, alike in everything except the place."""
    settings.PUBLICATION_ROOT = tmp_path / "publications"
    votes = []
    for commune in ("my-loc", "hoa-binh"):
        vote = make_vote(
            costs=(600, 300),
            freeze=False,
            authority=make_authority(slug=commune),
            slug="2027",
            proposal_prefix="2027-",
        )
        for number, proposal in enumerate(vote.proposals.order_by("code"), start=1):
            proposal.code = f"2027-{number:04d}"
            proposal.save(update_fields=["code"])
        for ballot_style in vote.ballot_styles.all():
            for line in ballot_style.projects.select_related("proposal"):
                line.code = line.proposal.code
                line.save(update_fields=["code"])
        ballots_services.freeze_rules(vote, actor=None)
        votes.append(fresh(vote))
    return votes


def _publish(round: Round) -> Round:
    counting_services.count(end_voting(round))
    officials = [make_official(round.authority, role) for role in (Role.BUDGET_OFFICER, Role.AUTHORITY_ADMIN)]
    for step in (Approval.Stage.CERTIFY, Approval.Stage.PUBLISH):
        for official in officials:
            counting_services.approve(round, step, actor=official)
    return fresh(round)


def test_each_holds_its_own_vote_and_what_is_published_of_one_says_nothing_of_the_other(communes):
    code = sealing.new_code()
    for round, chosen in zip(communes, (0, 1), strict=True):
        # The same receipt code, too, which no browser makes twice.
        cast_by(voter_of(round), codes(round)[chosen], code=code)
    folders = []
    for round in communes:
        published = _publish(round)
        folders.append(publication_services.make_bundle(published))
        # Once more, with the other's files there: it does not mistake them for its own leftovers.
        assert publication_services.make_bundle(published) == folders[-1]

    results = [json.loads((folder / "files" / "results.json").read_bytes()) for folder in folders]
    assert [(each["authority"], each["round"]) for each in results] == [
        ("my-loc", "2027"),
        ("hoa-binh", "2027"),
    ]
    assert [each["verifier_key"].split("+")[0] for each in results] == [
        "my-loc/2027/log",
        "hoa-binh/2027/log",
    ]
    funded = [each["papers"][0]["scopes"]["inside"]["outcome"]["votes"] for each in results]
    assert funded == [{"2027-0001": 1, "2027-0002": 0}, {"2027-0001": 0, "2027-0002": 1}]
    for round, folder in zip(communes, folders, strict=True):
        assert publication_services.published_zip(round).resolve().parent == folder
        done = subprocess.run(
            [sys.executable, folder / "files" / "verify.py", folder / "files"], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout


def test_log_names_keys_tags_and_commitments_of_the_two_differ(communes):
    first, second = communes
    refs = sealing.references(sealing.new_code(), "2027")
    polls = [poll_of(round) for round in communes]

    assert signed_notes.origin_of("my-loc", "2027") != signed_notes.origin_of("hoa-binh", "2027")
    assert len({bytes(poll.key_check) for poll in polls}) == 2
    assert len({sealing.commitment("2027", bytes(poll.rules_hash), refs.nonce, "{}") for poll in polls}) == 2
    assert first.full_slug == "my-loc/2027"
    assert second.file_stem == "hoa-binh-2027"


def test_pages_and_open_data_of_each_are_found_under_its_authority(communes, client: Client):
    for round in communes:
        title = f"The budget of {round.authority.slug}"
        make_proposal(round, code="2027-0009", title=title)
        others = {"my-loc": "hoa-binh", "hoa-binh": "my-loc"}[round.authority.slug]

        page = client.get(f"/{round.full_slug}/proposals/2027-0009/").content.decode()
        told = client.get(f"/api/v1/rounds/{round.full_slug}/proposals/2027-0009/").json()

        assert title in page
        assert others not in page
        assert told["title"] == {"en": title}
        assert client.get(f"/api/v1/rounds/{round.full_slug}/").json()["authority"] == round.authority.slug
        assert (
            client.get(f"/api/v1/rounds/{round.full_slug}/log/").json()["origin"] == f"{round.full_slug}/log"
        )


_BEHIND = (
    "",
    "proposals/",
    "proposals/2027-0001/",
    "report/",
    "results/",
    "log/",
    "log/checkpoints/",
    "log/entries/",
    "log/consistency/",
    f"log/inclusion/{'0' * 64}/",
    f"ballots/{'0' * 32}/",
)


@pytest.mark.parametrize("rest", _BEHIND)
def test_an_address_without_authority_leads_to_the_only_round_of_that_name(rest: str, client: Client):
    round = make_round(make_authority(slug="here"), slug="2027")

    moved = client.get(f"/api/v1/rounds/2027/{rest}?page=2&q=%ED%86%A0", headers={"Origin": "https://x.test"})

    assert moved.status_code == 307
    assert moved["Location"] == f"/api/v1/rounds/{round.full_slug}/{rest}?page=2&q=%ED%86%A0"
    # A script of another site may follow it.
    assert moved["Access-Control-Allow-Origin"] == "*"


def test_an_address_without_authority_that_fits_several_rounds_lists_where_they_are(communes, client: Client):
    make_round(make_authority(slug="secret"), slug="2027", published_at=None)

    answer = client.get("/api/v1/rounds/2027/proposals/")

    assert answer.status_code == 404
    assert answer.json() == {
        "detail": "Several authorities have a round of this name.",
        "addresses": [
            "/api/v1/rounds/hoa-binh/2027/proposals/",
            "/api/v1/rounds/my-loc/2027/proposals/",
        ],
    }


def test_an_address_without_authority_of_no_round_or_an_unpublished_one_is_nowhere(client: Client):
    make_round(slug="2027", published_at=None)

    for address in ("2027/", "2027/report/", "2028/", "2028/proposals/"):
        answer = client.get(f"/api/v1/rounds/{address}")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})


def test_a_slug_and_a_prefix_are_given_once_within_an_authority():
    round = make_round(slug="2027", proposal_prefix="A-")
    for fields in ({"slug": "2027"}, {"proposal_prefix": "A-"}):
        with pytest.raises(IntegrityError, match="rounds_round_one_per"), transaction.atomic():
            make_round(round.authority, **fields)

    make_round(slug="2027", proposal_prefix="A-")


@pytest.mark.parametrize("word", ["ballots", "desk", "log", "proposals", "report", "results", "verify"])
def test_no_round_is_called_by_a_word_that_addresses_need(word: str):
    with pytest.raises(IntegrityError, match="rounds_round_slug_is_no_word_in_addresses"):
        make_round(slug=word)


def test_a_code_is_given_once_within_an_authority_whatever_the_numbers():
    round = make_round(proposal_prefix="GN-")
    proposal = make_proposal(round, code="GN-11234")
    # With "GN-1" as the prefix of another round, its number 1234 would have been the same code.
    with pytest.raises(IntegrityError, match="rounds_round_prefix_ends_before_digits"), transaction.atomic():
        make_round(round.authority, proposal_prefix="GN-1")
    with pytest.raises(IntegrityError, match="proposals_proposal_one_per_code"), transaction.atomic():
        make_proposal(round, code=proposal.code)

    make_proposal(make_round(proposal_prefix="GN-"), code="GN-11234")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM proposals_proposal WHERE code = 'GN-11234'")
        assert cursor.fetchone() == (2,)


@pytest.mark.parametrize("code", ["GN-0001", "R-", "R-0001b", "0001", "r-0001"])
def test_a_record_with_codes_of_another_round_loads_nothing(code: str):
    round = make_round(proposal_prefix="R-")
    category = make_category(round.authority)
    entry = RecordedProposal(
        code=code,
        submitted_at=round.published_at,
        title="A bench",
        language="en",
        category=category,
        requested_cost_minor=1,
        state=State.PENDING,
    )

    with pytest.raises(NotOfThisRound):
        load_recorded(round, [entry], actor=None)

    assert not Proposal.objects.exists()


def test_a_kiosk_of_one_round_does_not_open_the_others(communes, client: Client):
    clerk = make_official(communes[0].authority, Role.CLERK)
    client.force_login(clerk)
    client.post(reverse("voting:desk_kiosk", args=["my-loc", "2027"]), {"action": "start"})

    assert client.get("/my-loc/2027/ballot/").status_code == 200
    elsewhere = client.get("/hoa-binh/2027/ballot/")

    assert (elsewhere.status_code, elsewhere["Location"]) == (
        302,
        reverse("voting:kiosk", args=["my-loc", "2027"]),
    )


def test_each_of_two_baskets_in_one_session_keeps_what_was_put_into_it(communes):
    session: dict[str, str] = {}
    chosen = {}
    for vote in communes:
        poll = poll_of(vote)
        chosen[vote.pk] = (ruleset.read(poll.rules), poll.key, {1: [codes(vote)[vote == communes[0]]]})
        basket.save(session, *chosen[vote.pk])

    assert [basket.load(session, rules, key) for rules, key, _ in chosen.values()] == [
        choices for _, _, choices in chosen.values()
    ]


def test_a_record_gives_no_reason_that_only_another_authority_has():
    here, elsewhere = make_authority(), make_authority()
    add_reason(
        elsewhere, ReasonRecord("only_theirs", {"en": "Only there."}, (Serves.INELIGIBILITY,)), actor=None
    )
    round = make_round(here, is_imported=True)
    entry = RecordedProposal(
        code=f"{round.proposal_prefix}0001",
        category=make_category(here),
        language="en",
        title="A bench",
        body="Under the trees.",
        requested_cost_minor=1,
        state=State.INELIGIBLE,
        reason="only_theirs",
        explanation="Because of a rule that only they have.",
        submitted_at=timezone.now(),
    )

    with pytest.raises(NotOfThisRound):
        load_recorded(round, [entry], actor=None)


def test_a_publication_leaves_alone_what_another_round_of_the_authority_is_writing(communes, settings):
    vote = _publish(communes[0])
    folder = Path(settings.PUBLICATION_ROOT) / vote.authority.slug
    folder.mkdir(parents=True)
    other = folder / ".2027-parks.new-abcdefgh"
    other.mkdir()
    # A process died while it created the link.
    (folder / ".2027.link").symlink_to("2027.0123456789abcdef")

    publication_services.make_bundle(vote)

    assert other.is_dir()
    assert publication_services.published_zip(vote) is not None
