"""A kind of proposal is a row of an authority: one more needs no source, and concerns nobody else."""

import json

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client

from audit.models import Event
from authorities.exceptions import TrackKnown
from authorities.models import Authority, Track
from authorities.services import add_track
from authorities.tracks import TrackRecord
from proposals.lifecycle import State
from rounds.models import Phase
from tests.factories import make_authority, make_proposal, make_round

pytestmark = pytest.mark.django_db

TEXT = {"en": "school proposal", "ko": "학교 제안", "vi": "đề xuất của trường học"}


@pytest.fixture
def authority() -> Authority:
    return make_authority(slug="here")


def test_an_authority_begins_with_five_tracks_in_every_language(authority: Authority):
    assert [track.code for track in authority.tracks.all()] == [
        "general",
        "dong",
        "petition",
        "youth",
        "global",
    ]
    assert all({"en", "ko", "th", "vi"} <= track.text.keys() for track in authority.tracks.all())


def test_one_more_track_is_one_row_and_is_filtered_by_shown_served_and_counted(authority: Authority):
    add_track(authority, TrackRecord("schools", TEXT), actor=None)
    round = make_round(authority, slug="r", open=Phase.Kind.REVIEW)
    school = make_proposal(round, track="schools", title="A roof", state=State.PUBLISHED)
    make_proposal(round, title="A bench", state=State.PUBLISHED)
    reader = Client(headers={"Accept-Language": "vi"})

    listed = reader.get("/here/r/proposals/", {"track": "schools"}).content.decode()
    page = reader.get(f"/here/r/proposals/{school.code}/").content.decode()
    served = reader.get("/api/v1/rounds/here/r/proposals/", {"track": "schools"}).json()

    assert "đề xuất của trường học" in listed
    assert ("A roof" in listed, "A bench" in listed) == (True, False)
    assert "Đề xuất của trường học" in page
    assert [proposal["track"] for proposal in served["results"]] == ["schools"]
    assert Event.objects.get(action="authorities.track_added").details == {"code": "schools"}


def test_the_database_refuses_a_track_of_another_authority(authority: Authority):
    elsewhere = make_authority()
    add_track(elsewhere, TrackRecord("schools", TEXT), actor=None)
    proposal = make_proposal(make_round(authority))

    with pytest.raises(IntegrityError, match="no track of the authority"), transaction.atomic():
        make_proposal(make_round(authority), track="schools")
    proposal.track = "schools"
    with pytest.raises(IntegrityError, match="no track of the authority"), transaction.atomic():
        proposal.save(update_fields=["track"])
    assert make_proposal(make_round(elsewhere), track="schools").track == "schools"


@pytest.mark.parametrize(
    ("code", "text", "refusal"),
    [
        ("general", TEXT, TrackKnown),
        ("Schools", TEXT, ValidationError),
        ("s c", TEXT, ValidationError),
        ("schools", {}, ValidationError),
    ],
)
def test_a_track_that_cannot_be_is_refused_and_changes_nothing(authority, code, text, refusal):
    with pytest.raises(refusal):
        add_track(authority, TrackRecord(code, text), actor=None)

    assert Track.objects.filter(authority=authority).count() == 5
    assert not Event.objects.filter(action="authorities.track_added").exists()


def test_the_command_adds_a_track(authority: Authority, capsys: pytest.CaptureFixture[str]):
    call_command("add_track", "here", "schools", json.dumps(TEXT))

    assert "here has the track schools" in capsys.readouterr().out
    with pytest.raises(CommandError, match="already has a kind of proposal"):
        call_command("add_track", "here", "schools", json.dumps(TEXT))
    with pytest.raises(CommandError, match="no authority"):
        call_command("add_track", "nowhere", "schools", json.dumps(TEXT))
