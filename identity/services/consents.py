"""Agreements: to the texts before taking part, and to cookies that are not necessary."""

import uuid
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils import timezone

from audit.actions import Action
from audit.services import record, record_all
from identity import cookies, selectors
from identity.models import Account, Consent, Policy


@transaction.atomic
def publish_policy(
    kind: Policy.Kind,
    *,
    changes: Mapping[str, str],
    text: Mapping[str, str] | None = None,
    actor: Account | None,
) -> Policy:
    """Put a new version of a text into force; people are asked to agree to it before they next take part.

    `changes` says per language what is new; `text` is the site's own text, empty for the platform's.
    """
    last = Policy.objects.select_for_update().filter(kind=kind).order_by("-number").first()
    policy = Policy.objects.create(
        kind=kind,
        number=last.number + 1 if last else 2,
        published_at=timezone.now(),
        changes=dict(changes),
        text=dict(text or (last.text if last else {})),
    )
    record(Action.POLICY_PUBLISHED, policy, actor=actor, kind=kind.value, number=policy.number)
    return policy


@transaction.atomic
def agree(account: Account, policies: Iterable[selectors.Version]) -> None:
    """Keep that the account agrees to these versions. Doing so twice is once."""
    now = timezone.now()
    held = set(Consent.objects.filter(account=account, withdrawn_at=None).values_list("purpose", "version"))
    for policy in policies:
        if (policy.kind.value, policy.number) in held:
            continue
        consent = Consent.objects.create(
            account=account, purpose=policy.kind.value, version=policy.number, given_at=now
        )
        record(Action.CONSENT_GIVEN, consent, actor=account, purpose=consent.purpose, version=consent.version)


@transaction.atomic
def withdraw_consent(account: Account, purpose: Consent.Purpose) -> None:
    """Take back what the account agreed to; it is asked again before it next takes part."""
    now = timezone.now()
    for consent in Consent.objects.select_for_update().filter(
        account=account, purpose=purpose, withdrawn_at=None
    ):
        consent.withdrawn_at = now
        consent.save(update_fields=["withdrawn_at"])
        record(
            Action.CONSENT_WITHDRAWN,
            consent,
            actor=account,
            purpose=consent.purpose,
            version=consent.version,
        )


@transaction.atomic
def choose_cookies(visitor: uuid.UUID | None, *, performance: bool, targeting: bool) -> cookies.Choice:
    """Keep what a browser agrees to, taking back what it no longer wants, and return its choice.

    Only necessary cookies leaves no row behind and names nobody: `visitor` of the choice is then None.
    """
    now = timezone.now()
    wanted = {
        purpose
        for purpose, is_wanted in (
            (Consent.Purpose.PERFORMANCE, performance),
            (Consent.Purpose.TARGETING, targeting),
        )
        if is_wanted
    }
    held = set()
    if visitor is not None:
        for consent in Consent.objects.select_for_update().filter(visitor=visitor, withdrawn_at=None):
            if consent.purpose in wanted and consent.version == cookies.VERSION:
                held.add(consent.purpose)
                continue
            consent.withdrawn_at = now
            consent.save(update_fields=["withdrawn_at"])
            record(
                Action.CONSENT_WITHDRAWN,
                consent,
                actor=None,
                purpose=consent.purpose,
                version=consent.version,
            )
    if wanted:
        visitor = visitor or uuid.uuid4()
    given = [
        Consent.objects.create(visitor=visitor, purpose=purpose, version=cookies.VERSION, given_at=now)
        for purpose in sorted(wanted - held)
    ]
    record_all(
        Action.CONSENT_GIVEN,
        [(consent, {"purpose": consent.purpose, "version": consent.version}) for consent in given],
        actor=None,
    )
    return cookies.Choice(performance, targeting, visitor if wanted else None)
