"""Verification by an OpenID Connect provider: which of its claims count, and for how much."""

import logging
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.actions import Action
from audit.services import record
from identity import identifiers
from identity.models import Account
from identity.verification.exceptions import AlreadyVerified, NotConfirmed, RouteClosed
from identity.verification.models import AgeGroup, Identity, Person, VerificationRoute
from identity.verification.services.persons import note_second_account, verify
from identity.verification.services.registers import age_in_years
from places.models import Area
from rounds.models import Residency

logger = logging.getLogger(__name__)


def accept_claims(
    route: VerificationRoute,
    account: Account | None,
    *,
    claims: Mapping[str, Any],
    residency: Residency,
    area: Area | None,
    age_group: str,
) -> Person:
    """Verify the person that verified claims of the route's provider name, with or without an account.

    Of the claims only the subject, the assurance level and the date of birth are read, and only the
    age group is kept. Raises RouteClosed, NotConfirmed (recorded), AlreadyVerified, OtherIdentityInUse.
    """
    if not route.is_open or route.method != VerificationRoute.Method.PROVIDER:
        raise RouteClosed()
    subject = claims.get(route.subject_claim)
    assurance = assurance_of(route, claims)
    if not isinstance(subject, str) or not subject or assurance is None:
        refuse_provider(route, account, "subject or assurance missing")
        raise NotConfirmed()
    if identifiers.is_national_number(subject, route.authority.area.country):
        refuse_provider(route, account, "national number")
        raise NotConfirmed()
    try:
        return verify(
            route.authority,
            identifier=identifiers.subject(route.issuer, subject),
            kind=Identity.Kind.NATIONAL,
            account=account,
            residency=residency,
            area=area,
            age_group=_age_group(route, claims) or age_group,
            assurance=assurance,
            actor=account,
            valid_days=route.valid_days,
        )
    except AlreadyVerified as refusal:
        note_second_account(refusal, account, route.authority)
        raise


@transaction.atomic
def refuse_provider(route: VerificationRoute, account: Account | None, reason: str) -> None:
    """Record that the provider did not confirm the person; the reason is for the log, not for them."""
    logger.warning("verification by provider failed: route %s, %s", route.pk, reason)
    record(
        Action.VERIFICATION_FAILED,
        account or route,
        actor=account,
        authority=route.authority,
        method=route.method,
    )


def assurance_of(route: VerificationRoute, claims: Mapping[str, Any]) -> int | None:
    """Return the assurance of verified claims; None if the route does not know the level."""
    if not route.acr_assurance:
        return route.assurance
    level = route.acr_assurance.get(str(claims.get(route.acr_claim, "")))
    return level if level in (1, 2, 3) else None


def _age_group(route: VerificationRoute, claims: Mapping[str, Any]) -> str:
    try:
        born = date.fromisoformat(str(claims.get("birthdate", "")))
    except ValueError:
        return ""
    return AgeGroup.at(age_in_years(born, route.authority.today(timezone.now())))
