"""No official sees somebody's contact data without a line that says so, shown to both sides."""

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from audit.actions import Action
from audit.models import Event
from identity.models import StaffView
from identity.roles import Role
from moderation.services import open_case
from tests import factories
from tests.access import world


@pytest.mark.django_db
def test_a_clerks_look_at_requests_for_help_is_noted():
    here = world.build(None)
    clerk, resident = here.readers["clerk"], here.readers["resident"]
    client = Client()
    client.force_login(clerk)
    appeal_id = here.parts["appeal_id"]()

    client.get(f"/here/desk/verify/requests/{appeal_id}/")

    view = StaffView.objects.get()
    assert (view.viewer, view.subject, view.authority, view.page) == (
        clerk,
        resident,
        here.authority,
        "identity:desk_answer",
    )
    event = Event.objects.get(action=Action.PERSONAL_DATA_SEEN)
    assert (event.actor, event.details) == (clerk, {"page": "identity:desk_answer", "people": 1})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "noted"), [("Call me: 010-1234-5678, any time.", 1), ("A bench would be good.", 0)]
)
def test_a_moderators_look_is_noted_where_the_text_has_contact_data_in_it(text, noted):
    authority = factories.make_authority()
    moderator = factories.make_official(authority, Role.MODERATOR)
    comment = factories.make_comment(factories.make_proposal(factories.make_round(authority)), text=text)
    case = open_case(comment)
    client = Client()
    client.force_login(moderator)

    client.get(f"/{authority.slug}/desk/queue/")
    client.get(f"/{authority.slug}/desk/queue/{case.pk}/")

    assert [view.page for view in StaffView.objects.order_by("pk")] == [
        "moderation:queue",
        "moderation:case",
    ][: 2 * noted]
    assert {view.subject_id for view in StaffView.objects.all()} <= {comment.author_id}


@pytest.mark.django_db
def test_the_administrator_sees_all_views_in_the_authority_and_none_of_another():
    here, elsewhere = factories.make_authority(), factories.make_authority()
    admin = factories.make_official(here, Role.AUTHORITY_ADMIN)
    clerk = factories.make_official(here, Role.CLERK, display_name="Clerk One")
    foreign = factories.make_official(elsewhere, Role.CLERK, display_name="Clerk Elsewhere")
    resident = factories.make_account()
    for viewer, authority in ((clerk, here), (foreign, elsewhere)):
        StaffView.objects.create(
            viewer=viewer,
            subject=resident,
            authority=authority,
            page="identity:desk_answer",
            seen_at=timezone.now(),
        )
    client = Client()
    client.force_login(admin)

    page = client.get(f"/{here.slug}/desk/views/").content.decode()

    assert "Clerk One" in page
    assert f"Account {resident.pk}" in page
    assert "request for help with verification" in page
    assert "Clerk Elsewhere" not in page
    client.force_login(clerk)
    assert client.get(f"/{here.slug}/desk/views/").status_code == 403


@pytest.mark.django_db
def test_nobody_can_be_noted_for_looking_at_themselves():
    from django.db import IntegrityError

    account = factories.make_account()

    with pytest.raises(IntegrityError), transaction.atomic():
        StaffView.objects.create(viewer=account, subject=account, page="x", seen_at=timezone.now())
