"""The service desk: verifying people in person, and answering requests for help."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.actions import Action
from audit.services import record
from authorities.models import Authority
from core.exceptions import NotPermitted
from identity import identifiers
from identity.exceptions import NotForOneself, ReasonNeeded
from identity.models import Account
from identity.roles import Permission
from identity.services.vault import identity_key
from identity.verification.exceptions import (
    AlreadyVerified,
    AppealAnswered,
    AppealOpen,
    NationalNumberRefused,
    NobodyKnown,
    NotAPhoneNumber,
    RouteClosed,
)
from identity.verification.models import Identity, Person, VerificationAppeal, VerificationRoute
from identity.verification.services.persons import note_second_account, verify
from places.models import Area
from rounds.models import Residency


def verify_in_person(
    authority: Authority,
    *,
    kind: Identity.Kind,
    typed: str,
    account: Account | None,
    residency: Residency,
    area: Area | None,
    age_group: str,
    actor: Account,
) -> Person:
    """Record that a clerk has seen who this is: a phone that rings, or a document's number.

    Raises NotPermitted, NotForOneself, RouteClosed, NationalNumberRefused, NotAPhoneNumber,
    AlreadyVerified, OtherIdentityInUse.
    """
    if not actor.has_perm(Permission.VERIFY, authority):
        raise NotPermitted()
    if account is not None and account.pk == actor.pk:
        raise NotForOneself()
    route = authority.verification_routes.filter(method=VerificationRoute.Method.DESK, is_open=True).first()
    if route is None:
        raise RouteClosed()
    country = authority.area.country
    if identifiers.is_national_number(typed, country):
        raise NationalNumberRefused()
    try:
        identifier = (
            identifiers.phone(typed, country) if kind == Identity.Kind.PHONE else identifiers.document(typed)
        )
    except ValueError as error:
        raise NotAPhoneNumber() from error
    try:
        return verify(
            authority,
            identifier=identifier,
            kind=kind,
            account=account,
            residency=residency,
            area=area,
            age_group=age_group,
            assurance=route.assurance,
            actor=actor,
            valid_days=route.valid_days,
        )
    except AlreadyVerified as refusal:
        note_second_account(refusal, account, authority)
        raise


def find_person(
    authority: Authority, *, kind: Identity.Kind, typed: str, born: str = "", actor: Account
) -> Person:
    """Return the person who is known by what they show at the desk: a phone, a document, a register's number.

    For an entry of the register `born` is the date of birth in ISO 8601. Nothing is kept of what was typed.
    Raises NotPermitted, NationalNumberRefused, NobodyKnown, KeyUnavailable. Two queries.
    """
    if not actor.has_perm(Permission.VERIFY, authority):
        raise NotPermitted()
    country = authority.area.country
    if kind != Identity.Kind.REGISTER and identifiers.is_national_number(typed, country):
        raise NationalNumberRefused()
    try:
        if kind == Identity.Kind.PHONE:
            identifier = identifiers.phone(typed, country)
        elif kind == Identity.Kind.REGISTER:
            identifier = identifiers.register_entry(typed, born)
        else:
            identifier = identifiers.document(typed)
    except ValueError as error:
        raise NobodyKnown() from error
    digest = identifiers.keyed_hash(identity_key(), authority.pk, kind, identifier)
    identity = (
        Identity.objects.select_related("person__area").filter(authority=authority, hmac=digest).first()
    )
    if identity is None:
        raise NobodyKnown()
    return identity.person


@transaction.atomic
def appeal_verification(authority: Authority, account: Account, *, text: str) -> VerificationAppeal:
    """Ask that a person looks at why one could not be verified. Raises AppealOpen."""
    try:
        with transaction.atomic():
            appeal = VerificationAppeal.objects.create(
                account=account, authority=authority, text=text, made_at=timezone.now()
            )
    except IntegrityError as error:
        raise AppealOpen() from error
    record(Action.VERIFICATION_APPEALED, appeal, actor=account, authority=authority)
    return appeal


@transaction.atomic
def answer_appeal(appeal: VerificationAppeal, *, actor: Account, answer: str) -> None:
    """Answer such a request with what was found or what to bring. Verifying is done apart.

    Raises NotPermitted, NotForOneself, ReasonNeeded, AppealAnswered.
    """
    appeal = VerificationAppeal.objects.select_for_update().get(pk=appeal.pk)
    if not actor.has_perm(Permission.VERIFY, appeal.authority):
        raise NotPermitted()
    if appeal.account_id == actor.pk:
        raise NotForOneself()
    if not answer.strip():
        raise ReasonNeeded()
    if appeal.answered_at is not None:
        raise AppealAnswered()
    appeal.answered_at = timezone.now()
    appeal.answered_by = actor
    appeal.answer = answer.strip()
    appeal.save(update_fields=["answered_at", "answered_by", "answer"])
    record(Action.VERIFICATION_APPEAL_ANSWERED, appeal, actor=actor, authority=appeal.authority)


@transaction.atomic
def set_up_route(
    authority: Authority,
    method: VerificationRoute.Method,
    *,
    actor: Account | None,
    slug: str = "",
    **fields: object,
) -> VerificationRoute:
    """Open, change or close a way in which the authority verifies people; `fields` are the route's."""
    route, _ = VerificationRoute.objects.update_or_create(
        authority=authority, method=method, slug=slug, defaults=fields
    )
    record(
        Action.VERIFICATION_ROUTE_SET_UP,
        route,
        actor=actor,
        authority=authority,
        method=route.method,
        assurance=route.assurance,
        is_open=route.is_open,
    )
    return route
