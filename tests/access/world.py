"""A site with one of everything, so that every address leads somewhere: `address()` fills routes in."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from authorities.models import Authority, Department
from identity.models import Account
from identity.roles import Role
from identity.verification.models import VerificationRoute
from identity.verification.services import appeal_verification, set_up_route
from moderation.services import open_case
from reviews.models import Review
from rounds.models import Phase, Round
from tests import factories
from tests.voting.votes import make_vote
from voting.paper.services import declare_batch, open_polling_place
from voting.polls.models import RuleSet


@dataclass
class World:
    """Two authorities; in the first one of everything, and an account for each kind of reader."""

    authority: Authority
    elsewhere: Authority
    round: Round
    department: Department
    # By name: "anonymous" is None, "resident" verified here, "stranger" verified elsewhere, each role's
    # holder by the role's name, "foreign" holds all roles elsewhere, "operator".
    readers: dict[str, Account | None]
    # Values for the parts of addresses: by "<route> <part>", else by "<part>".
    parts: dict[str, Callable[[], object]] = field(default_factory=dict)

    def address(self, route: Route) -> str:
        """Return an address of the route. Raises LookupError where a part's value is not known here."""
        values = {}
        for part in route.parts:
            give = self.parts.get(f"{route.name} {part}", self.parts.get(part))
            if give is None:
                raise LookupError(f"say in tests/access/world.py what {part!r} of {route.name} may be")
            values[part] = give()
        try:
            return reverse(route.name, kwargs=values)
        except NoReverseMatch:
            return "/" + route.pattern


@dataclass(frozen=True)
class Route:
    """An address pattern of the platform; `name` is the pattern where it has no name."""

    name: str
    pattern: str
    parts: tuple[str, ...]


def routes() -> Iterator[Route]:
    """Every route of the URLconf, once for each name."""
    seen = set()
    for route in _walk(get_resolver().url_patterns, "", (), ()):
        if route.name not in seen:
            seen.add(route.name)
            yield route


def _walk(
    patterns: list[URLPattern | URLResolver], prefix: str, spaces: tuple[str, ...], parts: tuple[str, ...]
) -> Iterator[Route]:
    for entry in patterns:
        pattern = prefix + str(entry.pattern)
        # Converters of a path(), named groups of a re_path().
        own = tuple(entry.pattern.converters) or tuple(entry.pattern.regex.groupindex)
        if isinstance(entry, URLResolver):
            inner = (*spaces, entry.namespace) if entry.namespace else spaces
            yield from _walk(entry.url_patterns, pattern, inner, parts + own)
        else:
            name = ":".join((*spaces, entry.name)) if entry.name else pattern
            yield Route(name, pattern, parts + own)


class Door:
    """One reader's browser; whatever a request changes is undone, in the database and in the cache."""

    def __init__(self, world: World, reader: str, language: str = "en") -> None:
        self.client = Client(raise_request_exception=False, headers={"accept-language": language})
        self.account = world.readers[reader]
        if self.account is not None:
            self.client.force_login(self.account, "identity.backends.SignInBackend")
            # As after typing a password just now, so that pages behind a second look open too.
            session = self.client.session
            session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
            session.save()
        self._cookies = copy.deepcopy(self.client.cookies)

    @contextmanager
    def knock(self, method: str, address: str) -> Iterator[HttpResponse]:
        """Give the answer, and what the request wrote for as long as the block lasts."""
        self.client.cookies = copy.deepcopy(self._cookies)
        cache.clear()
        with transaction.atomic():
            yield getattr(self.client, method)(address)
            transaction.set_rollback(True)


@contextmanager
def built(open: Phase.Kind | None) -> Iterator[World]:
    """Make the world in a transaction that several tests share, and undo it at the end."""
    with transaction.atomic():
        world = build(open)
        # Else every test would check at its end what waits to be checked here.
        connection.check_constraints()
        yield world
        transaction.set_rollback(True)


def build(open: Phase.Kind | None) -> World:
    """Make the world with its round in the phase given."""
    authority, elsewhere = factories.make_authority(slug="here"), factories.make_authority(slug="elsewhere")
    department = factories.make_department(authority)
    round = factories.make_round(authority, open=open, slug="here-2026")
    RuleSet.objects.filter(round=round).update(without_account=True)
    readers: dict[str, Account | None] = {
        "anonymous": None,
        "resident": factories.make_resident(authority),
        "stranger": factories.make_resident(elsewhere),
    }
    for role in Role:
        readers[role.value] = factories.make_official(
            authority, role, department=department if role == Role.REVIEWER else None
        )
    foreign = factories.make_account()
    foreign_department = factories.make_department(elsewhere)
    for role in Role:
        foreign.memberships.create(
            authority=elsewhere,
            role=role,
            department=foreign_department if role == Role.REVIEWER else None,
            granted_at=timezone.now(),
            grant_reason="for a test",
        )
    readers["foreign"] = foreign
    readers["operator"] = factories.make_account(is_staff=True, is_superuser=True)
    for account in readers.values():
        if account is not None:
            EmailAddress.objects.create(user=account, email=account.email, verified=True, primary=True)
    moderator = readers["moderator"]
    assert moderator is not None

    resident = readers["resident"]
    assert resident is not None
    code_route = set_up_route(authority, VerificationRoute.Method.PHONE, actor=None, assurance=1)
    provider = set_up_route(
        authority,
        VerificationRoute.Method.PROVIDER,
        actor=None,
        slug="provider",
        assurance=3,
        issuer="https://provider.invalid",
        client_id="platform",
    )
    appeal = appeal_verification(authority, resident, text="Help.")

    world = World(authority, elsewhere, round, department, readers)
    category = factories.make_category(authority, department=department)
    proposal = factories.make_proposal(round, category=category)
    assert round.published_at is not None
    review = Review.objects.create(
        proposal=proposal,
        department=department,
        assigned_at=round.published_at,
        due_on=round.published_at.date(),
    )
    case = open_case(factories.make_comment(proposal))
    assert case is not None
    clerk = readers["clerk"]
    assert clerk is not None
    written = factories.make_comment(
        proposal,
        assisted_submission=factories.make_assisted_submission(factories.make_person(authority), clerk),
    )
    draft = factories.make_proposal(round, state="draft", author=foreign)
    # Paper is voted on where the rules are frozen.
    vote = make_vote(authority=authority)
    desk = open_polling_place(vote, "Town hall", actor=clerk)
    batch = declare_batch(desk, declared=1, actor=clerk)
    world.parts = {
        "code": lambda: proposal.code,
        "proposal_id": lambda: draft.pk,
        "review_id": lambda: review.pk,
        "case_id": lambda: case.pk,
        "assisted_submission_id": lambda: written.assisted_submission_id,
        "authority_slug": lambda: authority.slug,
        "authority": lambda: authority.slug,
        "round_slug": lambda: round.slug,
        "membership_id": lambda: moderator.memberships.get().pk,
        "route_id": lambda: code_route.pk,
        "route_slug": lambda: provider.slug,
        "appeal_id": lambda: appeal.pk,
        "number": lambda: 1,
        "form": lambda: "csv",
        "scope": lambda: "inside",
        "size": lambda: 0,
        "level": lambda: 0,
        "tile_place": lambda: "000",
        "log_ref": lambda: "0" * 64,
        "ballot_ref": lambda: "0" * 32,
        "slug": lambda: round.slug,
        "digest": lambda: "0" * 64,
        "colour": lambda: "14594a",
        "rest": lambda: "nowhere",
        "polling_place_id": lambda: desk.pk,
        "batch_id": lambda: batch.pk,
        **{
            f"voting:{route} round_slug": lambda: vote.slug
            for route in (
                "polling_places",
                "polling_place",
                "ballot_batch",
                "ballot_sheet",
                "desk_ballot_proof",
                "desk_trial",
            )
        },
        # Patterns of libraries.
        "account_reset_password_from_key uidb36": lambda: "1",
        "account_reset_password_from_key key": lambda: "nonsense",
        "provider_id": lambda: "unknown",
        "pk": lambda: 1,
        "app_label": lambda: "rounds",
        "content_type_id": lambda: 1,
        "object_id": lambda: 1,
        "url": lambda: "nowhere",
    }
    return world
