"""Codes sent to phones and in letters: what is asked for, sent once, and typed back.

Five failures of an account in a day lock it out of codes in that authority; the answer is the same as
to a wrong code. They are counted in the database, so that a lost cache does not lift the limit.
"""

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.actions import Action
from audit.services import record
from identity import identifiers
from identity.exceptions import (
    CodeNotAccepted,
    NotAPhoneNumber,
    NotConfirmed,
    NotSent,
    RouteClosed,
    TooManyCodes,
)
from identity.gateways import GatewayError, gateway
from identity.models import (
    Account,
    Challenge,
    FailedAttempt,
    Identity,
    Person,
    RegisterEntry,
    VerificationRoute,
)
from identity.services.verification import identity_key, verify_digest
from rounds.models import Area, Authority, Participation

Method = VerificationRoute.Method

# A code is worth something for this long, and there are this many attempts and codes in a day.
CODE_LIFETIME = timedelta(minutes=10)
MAX_FAILURES = 5
MAX_CODES = 3
# A phone may be shared by a family and tried by several accounts before it is somebody's.
MAX_CODES_PER_PHONE = 6
_DAY = timedelta(days=1)


@transaction.atomic
def send_code(
    route: VerificationRoute,
    account: Account,
    *,
    phone: str,
    participation: Participation,
    area: Area | None,
    age_group: str,
    entry: bytes | None = None,
) -> Challenge:
    """Send a code to a phone; the number is hashed and forgotten.

    `entry` is the register entry the person says is theirs, in one spelling; whether there is one is
    found out only when the code comes back. Raises RouteClosed, NotAPhoneNumber, TooManyCodes, NotSent,
    and then nothing was sent.
    """
    authority = route.authority
    if not route.is_open:
        raise RouteClosed()
    try:
        number = identifiers.phone(phone, authority.area.country)
    except ValueError as error:
        raise NotAPhoneNumber() from error
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    key = identity_key()
    now = timezone.now()
    digest = identifiers.keyed_hash(key, authority.pk, Identity.Kind.PHONE, number)
    recent = Challenge.objects.filter(sent_at__gt=now - _DAY)
    if recent.filter(account=account).count() >= MAX_CODES:
        raise TooManyCodes()
    if recent.filter(phone_hmac=digest).count() >= MAX_CODES_PER_PHONE:
        raise TooManyCodes()
    challenge = Challenge(
        account=account,
        route=route,
        phone_hmac=digest,
        participation=participation,
        area=area,
        age_group=age_group,
        sent_at=now,
        expires_at=now + CODE_LIFETIME,
    )
    if entry is not None:
        challenge.entry_hmac = identifiers.keyed_hash(key, authority.pk, Identity.Kind.REGISTER, entry)
    code = f"{secrets.randbelow(1_000_000):06d}"
    challenge.code_hmac = _code_hash(key, challenge, code)
    challenge.save()
    record(Action.VERIFICATION_CODE_SENT, challenge, actor=account, authority=authority, method=route.method)
    try:
        gateway().send(number.decode(), _("%(code)s is your code to confirm who you are.") % {"code": code})
    except GatewayError as error:
        raise NotSent() from error
    return challenge


def enter_code(route: VerificationRoute, account: Account, *, code: str) -> Person:
    """Verify the person with the code last sent to them. Raises CodeNotAccepted, NotConfirmed,
    AlreadyVerified, OtherIdentityInUse; a failure is counted."""
    return _counting_failures(route, account, lambda now: _redeem_code(route, account, code, now))


def enter_letter_code(route: VerificationRoute, account: Account, *, code: str) -> Person:
    """Verify the person with the code from a letter. Raises what `enter_code` raises."""
    return _counting_failures(route, account, lambda now: _redeem_letter(route, account, code, now))


def letter_hash(key: bytes, authority: Authority, code: str) -> bytes:
    """Return what is stored of a letter's code: 60 random bits, so the code itself finds its entry."""
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    return identifiers.keyed_hash(key, authority.pk, "letter", plain.encode())


def _counting_failures(
    route: VerificationRoute, account: Account, redeem: Callable[[datetime], Person]
) -> Person:
    """Run `redeem` in a transaction unless the account is locked; a refusal is counted in one of its own."""
    authority = route.authority
    refusal: CodeNotAccepted | NotConfirmed
    with transaction.atomic():
        Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        now = timezone.now()
        failures = FailedAttempt.objects.filter(
            account=account, authority=authority, failed_at__gt=now - _DAY
        ).count()
        if failures >= MAX_FAILURES or not route.is_open:
            raise CodeNotAccepted()
        try:
            with transaction.atomic():
                return redeem(now)
        except (CodeNotAccepted, NotConfirmed) as error:
            FailedAttempt.objects.create(account=account, authority=authority, failed_at=now)
            record(
                Action.VERIFICATION_FAILED,
                account,
                actor=account,
                authority=authority,
                method=route.method,
                failures=failures + 1,
            )
            refusal = error
    raise refusal


def _redeem_code(route: VerificationRoute, account: Account, code: str, now: datetime) -> Person:
    challenge = (
        Challenge.objects.select_for_update()
        .filter(account=account, route=route)
        .order_by("-sent_at")
        .first()
    )
    if challenge is None or challenge.used_at is not None or challenge.expires_at <= now:
        raise CodeNotAccepted()
    key = identity_key()
    typed = _code_hash(key, challenge, "".join(code.split()))
    if not hmac.compare_digest(typed, bytes(challenge.code_hmac)):
        raise CodeNotAccepted()
    challenge.used_at = now
    challenge.save(update_fields=["used_at"])
    if route.method == Method.PHONE:
        return verify_digest(
            route.authority,
            digest=bytes(challenge.phone_hmac),
            kind=Identity.Kind.PHONE,
            account=account,
            participation=Participation(challenge.participation),
            area=challenge.area,
            age_group=challenge.age_group,
            assurance=route.assurance,
            actor=account,
            valid_days=route.valid_days,
        )
    entry = RegisterEntry.objects.filter(
        authority=route.authority, hmac=challenge.entry_hmac, phone_hmac=challenge.phone_hmac
    ).first()
    if entry is None:
        raise NotConfirmed()
    return _verify_entry(route, entry, account, now)


def _redeem_letter(route: VerificationRoute, account: Account, code: str, now: datetime) -> Person:
    entry = (
        RegisterEntry.objects.select_for_update(of=("self",))
        .filter(authority=route.authority, letter_hmac=letter_hash(identity_key(), route.authority, code))
        .first()
    )
    if entry is None or entry.letter_used_at is not None:
        raise CodeNotAccepted()
    assert entry.letter_expires_at is not None
    if entry.letter_expires_at <= now:
        raise CodeNotAccepted()
    entry.letter_used_at = now
    entry.save(update_fields=["letter_used_at"])
    return _verify_entry(route, entry, account, now)


def _verify_entry(route: VerificationRoute, entry: RegisterEntry, account: Account, now: datetime) -> Person:
    return verify_digest(
        route.authority,
        digest=bytes(entry.hmac),
        kind=Identity.Kind.REGISTER,
        account=account,
        participation=Participation(entry.participation),
        area=entry.area,
        age_group=entry.age_group,
        assurance=route.assurance,
        actor=account,
        valid_days=route.valid_days,
    )


def _code_hash(key: bytes, challenge: Challenge, code: str) -> bytes:
    """Bound to the challenge, so that a code is worth nothing to anybody else."""
    return identifiers.keyed_hash(key, challenge.account_id, "code", f"{challenge.pk}|{code}".encode())
