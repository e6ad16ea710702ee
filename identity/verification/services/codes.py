"""Codes sent to phones and in letters: what is asked for, sent once, and typed back.

Five failures of an account in a day lock it out of codes in that authority; the answer is the same as
to a wrong code. They are counted in the database, so that a lost cache does not lift the limit.
"""

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.actions import Action
from audit.services import record
from authorities.models import Authority
from core.db import locks
from core.db.locks import LockSpace
from core.gateways import GatewayError
from core.gateways.sms import gateway
from core.i18n import localize
from identity import identifiers
from identity.models import Account
from identity.services.vault import identity_key
from identity.verification.exceptions import (
    AlreadyVerified,
    CodeNotAccepted,
    NotAPhoneNumber,
    NotConfirmed,
    NotSent,
    RouteClosed,
    TooManyCodes,
)
from identity.verification.models import (
    Challenge,
    FailedAttempt,
    Identity,
    Person,
    RegisterEntry,
    VerificationRoute,
)
from identity.verification.services.persons import note_second_account, verify_digest
from places.models import Area
from rounds.models import Residency

Method = VerificationRoute.Method

# A code is worth something for this long, and there are this many attempts and codes in a day.
CODE_LIFETIME = timedelta(minutes=10)
MAX_FAILURES = 5
MAX_CODES = 3
# A family can share a phone, and several accounts can try it before it belongs to one.
MAX_CODES_PER_PHONE = 6
_DAY = timedelta(days=1)


@transaction.atomic
def send_code(
    route: VerificationRoute,
    account: Account,
    *,
    phone: str,
    residency: Residency,
    area: Area | None,
    age_group: str,
    entry: bytes | None = None,
) -> Challenge:
    """Send a code to a phone; the number is hashed and forgotten.

    `entry` is the register entry the person says is theirs, in one spelling; whether there is one is
    found out only when the code comes back. Raises RouteClosed, NotAPhoneNumber, TooManyCodes, NotSent,
    and then nothing was sent.
    """
    number = _number(route, phone)
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    sent_today = Challenge.objects.filter(account=account, sent_at__gt=timezone.now() - _DAY)
    if sent_today.count() >= MAX_CODES:
        raise TooManyCodes()
    challenge = Challenge(account=account, route=route, residency=residency, area=area, age_group=age_group)
    return _send(challenge, number, entry)


@transaction.atomic
def send_code_to_visitor(
    route: VerificationRoute,
    *,
    network: str,
    phone: str,
    residency: Residency,
    area: Area | None,
    age_group: str,
    entry: bytes | None = None,
) -> Challenge:
    """Send a code to a person without an account; anyone who knows the challenge's id can enter it.

    `network` is where the request comes from: an IPv4 address or the first half of an IPv6 one, hashed and
    forgotten. Codes sent to visitors and not redeemed within a day are removed here. Raises what `send_code`
    raises.
    """
    number = _number(route, phone)
    now = timezone.now()
    digest = identifiers.keyed_hash(identity_key(), 0, "network", network.encode())
    # One request of a network at a time, so that the count below holds until the write.
    _hold(digest)
    sent = Challenge.objects.filter(network_hmac=digest, sent_at__gt=now - timedelta(hours=1))
    if sent.count() >= settings.CODES_PER_NETWORK_AND_HOUR:
        raise TooManyCodes()
    Challenge.objects.filter(account=None, sent_at__lte=now - _DAY).delete()
    challenge = Challenge(
        network_hmac=digest, route=route, residency=residency, area=area, age_group=age_group
    )
    return _send(challenge, number, entry)


def _number(route: VerificationRoute, phone: str) -> bytes:
    if not route.is_open:
        raise RouteClosed()
    try:
        return identifiers.phone(phone, route.authority.area.country)
    except ValueError as error:
        raise NotAPhoneNumber() from error


def _send(challenge: Challenge, number: bytes, entry: bytes | None) -> Challenge:
    authority = challenge.route.authority
    key = identity_key()
    now = timezone.now()
    challenge.phone_hmac = identifiers.keyed_hash(key, authority.pk, Identity.Kind.PHONE, number)
    to_phone = Challenge.objects.filter(phone_hmac=challenge.phone_hmac, sent_at__gt=now - _DAY)
    if to_phone.count() >= MAX_CODES_PER_PHONE:
        raise TooManyCodes()
    challenge.sent_at = now
    challenge.expires_at = now + CODE_LIFETIME
    if entry is not None:
        challenge.entry_hmac = identifiers.keyed_hash(key, authority.pk, Identity.Kind.REGISTER, entry)
    code = f"{secrets.randbelow(1_000_000):06d}"
    challenge.code_hmac = _code_hash(key, challenge, code)
    challenge.save()
    record(
        Action.VERIFICATION_CODE_SENT,
        challenge,
        actor=challenge.account,
        authority=authority,
        method=challenge.route.method,
    )
    try:
        text = _(
            "%(authority)s: %(code)s is your code to confirm who you are. "
            "It is valid for %(minutes)s minutes."
        ) % {
            "authority": localize(authority.name),
            "code": code,
            "minutes": CODE_LIFETIME // timedelta(minutes=1),
        }
        gateway().send(number.decode(), text)
    except GatewayError as error:
        raise NotSent() from error
    return challenge


def _hold(digest: bytes) -> None:
    locks.lock_exclusive(LockSpace.CODES_OF_A_NETWORK, int.from_bytes(digest[:4], "big", signed=True))


def enter_code(route: VerificationRoute, account: Account, *, code: str) -> Person:
    """Verify the person with the code last sent to them. Raises CodeNotAccepted, NotConfirmed,
    AlreadyVerified, OtherIdentityInUse; a failure is counted."""
    return _counting_failures(route, account, lambda now: _redeem_code(route, account, code, now))


def enter_letter_code(route: VerificationRoute, account: Account, *, code: str) -> Person:
    """Verify the person with the code from a letter. Raises what `enter_code` raises."""
    return _counting_failures(route, account, lambda now: _redeem_letter(route, account, code, now))


def enter_visitors_code(route: VerificationRoute, challenge_id: str | None, *, code: str) -> Person:
    """Verify a person without an account by the code sent to them; the challenge is then removed.

    Without a challenge the answer is the same as to a wrong code. Raises CodeNotAccepted, NotConfirmed; the
    fifth failure ends the challenge.
    """
    refusal: CodeNotAccepted | NotConfirmed
    with transaction.atomic():
        challenge = None
        if challenge_id is not None:
            known = Challenge.objects.select_for_update(of=("self",))
            challenge = known.filter(pk=challenge_id, account=None, route=route).first()
        now = timezone.now()
        if challenge is None or challenge.failures >= MAX_FAILURES or not route.is_open:
            raise CodeNotAccepted()
        try:
            with transaction.atomic():
                person = _redeem_challenge(challenge, None, code, now)
                challenge.delete()
                return person
        except (CodeNotAccepted, NotConfirmed) as error:
            challenge.failures += 1
            challenge.save(update_fields=["failures"])
            _record_failure(route, challenge, None, challenge.failures)
            refusal = error
    raise refusal


def enter_visitors_letter_code(route: VerificationRoute, *, code: str) -> Person:
    """Verify a person without an account by a letter's code, valid once. Raises CodeNotAccepted.

    Its 60 bits need no count of failures.
    """
    if not route.is_open:
        raise CodeNotAccepted()
    with transaction.atomic():
        return _redeem_letter(route, None, code, timezone.now())


def letter_hash(key: bytes, authority: Authority, code: str) -> bytes:
    """Return what is stored of a letter's code: 60 random bits, so the code itself finds its entry."""
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    return identifiers.keyed_hash(key, authority.pk, "letter", plain.encode())


def _counting_failures(
    route: VerificationRoute, account: Account, redeem: Callable[[datetime], Person]
) -> Person:
    """Run `redeem` in a transaction unless the account is locked; a refusal is counted in one of its own."""
    authority = route.authority
    refusal: CodeNotAccepted | NotConfirmed | AlreadyVerified
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
            _record_failure(route, account, account, failures + 1)
            refusal = error
        except AlreadyVerified as error:
            note_second_account(error, account, authority)
            refusal = error
    raise refusal


def _record_failure(
    route: VerificationRoute, subject: Account | Challenge, account: Account | None, failures: int
) -> None:
    record(
        Action.VERIFICATION_FAILED,
        subject,
        actor=account,
        authority=route.authority,
        method=route.method,
        failures=failures,
    )


def _redeem_code(route: VerificationRoute, account: Account, code: str, now: datetime) -> Person:
    challenge = (
        Challenge.objects.select_for_update()
        .filter(account=account, route=route)
        .order_by("-sent_at")
        .first()
    )
    if challenge is None:
        raise CodeNotAccepted()
    return _redeem_challenge(challenge, account, code, now)


def _redeem_challenge(challenge: Challenge, account: Account | None, code: str, now: datetime) -> Person:
    route = challenge.route
    if challenge.used_at is not None or challenge.expires_at <= now:
        raise CodeNotAccepted()
    key = identity_key()
    typed = _code_hash(key, challenge, "".join(code.split()))
    if not hmac.compare_digest(typed, bytes(challenge.code_hmac)):
        raise CodeNotAccepted()
    challenge.used_at = now
    challenge.save(update_fields=["used_at"])
    if route.method == Method.PHONE:
        return _verify(route, challenge, bytes(challenge.phone_hmac), Identity.Kind.PHONE, account)
    entry = RegisterEntry.objects.filter(
        authority=route.authority, hmac=challenge.entry_hmac, phone_hmac=challenge.phone_hmac
    ).first()
    if entry is None:
        raise NotConfirmed()
    return _verify(route, entry, bytes(entry.hmac), Identity.Kind.REGISTER, account)


def _redeem_letter(route: VerificationRoute, account: Account | None, code: str, now: datetime) -> Person:
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
    return _verify(route, entry, bytes(entry.hmac), Identity.Kind.REGISTER, account)


def _verify(
    route: VerificationRoute,
    known: Challenge | RegisterEntry,
    digest: bytes,
    kind: Identity.Kind,
    account: Account | None,
) -> Person:
    """Record the person, with the data typed for the code or found in the register."""
    return verify_digest(
        route.authority,
        digest=digest,
        kind=kind,
        account=account,
        residency=Residency(known.residency),
        area=known.area,
        age_group=known.age_group,
        assurance=route.assurance,
        actor=account,
        valid_days=route.valid_days,
    )


def _code_hash(key: bytes, challenge: Challenge, code: str) -> bytes:
    """Bound to the challenge, so that a code is worth nothing to anybody else."""
    return identifiers.keyed_hash(key, challenge.account_id or 0, "code", f"{challenge.pk}|{code}".encode())
