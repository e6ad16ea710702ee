"""No official sees somebody's contact data without a line that says so, shown to both sides."""

import re

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from audit.actions import Action
from audit.models import Event
from identity.models import Account, StaffView
from identity.roles import Permission, Role
from moderation.services import open_case
from pbplatform.access import Who, row_of
from rounds.models import Phase
from tests import factories
from tests.access import world
from tests.access.test_matrix import _lets_in

ADDRESS = re.compile(r"[\w.+-]+@example\.org")


def _staff_routes() -> list[world.Route]:
    return [
        route
        for route in sorted(world.routes(), key=lambda route: route.name)
        if isinstance(row_of(route.name).who, Permission)
        or row_of(route.name).who in (Who.OFFICIAL, Who.OPERATOR)
    ]


def _seen_and_noted(client: Client, viewer: Account, path: str) -> tuple[set[int], set[int]]:
    """Whose addresses a page shows, and whose views are noted for it; what the request wrote is undone."""
    with transaction.atomic():
        answer = client.get(path)
        shown = (
            set(ADDRESS.findall(answer.content.decode(errors="replace"))) if not answer.streaming else set()
        )
        numbers = set(Account.objects.filter(email__in=shown).values_list("pk", flat=True)) - {viewer.pk}
        noted = set(StaffView.objects.filter(viewer=viewer).values_list("subject", flat=True))
        transaction.set_rollback(True)
    return numbers, noted


@pytest.mark.timeout(300)
@pytest.mark.django_db
def test_every_staff_page_that_shows_an_address_notes_whose_it_was():
    here = world.build(Phase.Kind.REVIEW)
    showing, faults = set(), []
    for route in _staff_routes():
        for reader, account in here.readers.items():
            if account is None or not _lets_in(row_of(route.name).who, reader):
                continue
            client = Client(raise_request_exception=False)
            client.force_login(account)
            shown, noted = _seen_and_noted(client, account, here.address(route))
            if shown:
                showing.add(route.name)
            if shown - noted:
                faults.append(f"{route.name} as {reader} shows {len(shown - noted)} addresses unnoted")

    assert faults == []
    # The test can fail: these pages do show addresses.
    assert showing >= {"identity:roles", "identity:role"}


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
