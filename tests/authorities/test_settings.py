"""Time limits and queue limits are the authority's to decide."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.utils import timezone

import moderation.services as screening
from audit.models import Event
from authorities.exceptions import SettingUnknown
from authorities.models import Authority, AuthoritySettings
from authorities.selectors import settings_of
from authorities.services import change_settings
from identity.roles import Role
from proposals import services
from proposals.exceptions import TooManyAssisted, TooManyDrafts, TooManyWaiting
from proposals.lifecycle import State
from reviews.services import assign_due
from rounds.models import Phase
from tests.factories import (
    make_assisted_submission,
    make_authority,
    make_category,
    make_comment,
    make_official,
    make_person,
    make_proposal,
    make_resident,
    make_round,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def authority() -> Authority:
    return make_authority(slug="here")


def test_an_authority_that_has_decided_nothing_goes_by_the_defaults(authority: Authority):
    found = settings_of(authority.pk)

    assert (found.review_days, found.answer_days, found.claim_minutes) == (14, 3, 30)
    assert (found.most_drafts, found.most_comments_waiting, found.most_proposals_waiting) == (20, 10, 3)
    assert found.most_assisted_a_day == 48
    assert not AuthoritySettings.objects.exists()


def test_what_an_authority_decides_holds_for_it_alone_and_is_recorded(authority: Authority):
    change_settings(authority, actor=None, answer_days=7)
    change_settings(authority, actor=None, answer_days=10, claim_minutes=60)
    here, elsewhere = make_comment(make_proposal(make_round(authority))), make_comment()
    moderator = make_official(authority, Role.MODERATOR)

    case = screening.open_case(here)
    other = screening.open_case(elsewhere)

    assert case.due_at == here.posted_at + timedelta(days=10)
    assert other.due_at == elsewhere.posted_at + timedelta(days=3)
    claimed = screening.claim(case, actor=moderator)
    assert timedelta(minutes=59) < claimed.claimed_until - timezone.now() <= timedelta(minutes=60)
    events = Event.objects.filter(action="authorities.settings_changed").order_by("pk")
    assert [event.details for event in events] == [
        {"before": {"answer_days": 3}, "after": {"answer_days": 7}},
        {
            "before": {"answer_days": 7, "claim_minutes": 30},
            "after": {"answer_days": 10, "claim_minutes": 60},
        },
    ]


def test_a_review_is_due_after_the_days_of_its_authority(authority: Authority):
    change_settings(authority, actor=None, review_days=2)
    round = make_round(authority, open=Phase.Kind.REVIEW)
    pending = make_proposal(round, state=State.PENDING)

    services.publish(pending, actor=None)
    assign_due(round)

    assert pending.review.due_on == round.today(timezone.now() + timedelta(days=2))


def test_limits_are_those_of_the_authority_and_named_in_the_refusal(authority: Authority):
    change_settings(authority, actor=None, most_drafts=1, most_comments_waiting=1, most_assisted_a_day=1)
    round = make_round(authority)
    author, clerk = make_resident(authority), make_official(authority, Role.CLERK)
    services.save_draft(round, author=author, title="A bench")
    proposal = make_proposal(round)
    services.post_comment(proposal, author=author, text="A good idea.", language="en")
    make_assisted_submission(make_person(authority), clerk)

    with pytest.raises(TooManyDrafts, match="1"):
        services.save_draft(round, author=author, title="A second bench")
    with pytest.raises(TooManyWaiting, match="1"):
        services.post_comment(proposal, author=author, text="Another word.", language="en")
    with pytest.raises(TooManyAssisted):
        services.submit_proposal_on_behalf(
            round,
            make_person(authority),
            actor=clerk,
            agreed=services.Agreement(how="spoken"),
            title="A bench",
            body="Under the trees.",
            language="ko",
            category=make_category(authority),
            requested_cost_minor=1_000,
        )


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"review_days": 0}, ValidationError),
        ({"claim_minutes": 1}, ValidationError),
        ({"most_drafts": 1001}, ValidationError),
        ({"answer_days": -1}, ValidationError),
        ({"colour": 1}, SettingUnknown),
        ({"authority_id": 1}, SettingUnknown),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    authority: Authority, values: dict[str, int], refusal: type[Exception]
):
    with pytest.raises(refusal):
        change_settings(authority, actor=None, **values)

    assert settings_of(authority.pk).review_days == 14
    assert not Event.objects.filter(action="authorities.settings_changed").exists()


@pytest.mark.parametrize("values", [{"review_days": 366}, {"most_comments_waiting": 0}])
def test_the_database_refuses_settings_out_of_bounds(authority: Authority, values: dict[str, int]):
    with pytest.raises(IntegrityError, match="authorities_authoritysettings_are_sensible"):
        AuthoritySettings.objects.create(authority=authority, **values)


def test_the_command_changes_and_shows_the_settings(authority: Authority, capsys: pytest.CaptureFixture[str]):
    call_command("change_settings", "here", "--review-days", "21")

    assert capsys.readouterr().out.splitlines()[:3] == ["review_days 21", "answer_days 3", "claim_minutes 30"]
    with pytest.raises(CommandError, match="no authority nowhere"):
        call_command("change_settings", "nowhere")
    with pytest.raises(CommandError, match="authorities_authoritysettings_are_sensible"):
        call_command("change_settings", "here", "--review-days", "400")
