"""One row and what it needs. Rows are made as the database wants them; rules are the services' to keep."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from authorities.models import Authority, Category, Department
from authorities.services import give_common_reasons, give_common_tracks
from identity.models import Account, Membership
from identity.roles import Role
from identity.verification.models import Person
from places.models import Area
from proposals import lifecycle
from proposals.lifecycle import Audience, Reached, State
from proposals.models import AssistedSubmission, Comment, Proposal
from rounds.models import Act, Entitlement, Phase, Residency, Round
from voting.polls.models import RuleSet

_numbers = itertools.count(1)


def make_account(email: str = "", *, language: str = "en", **fields: Any) -> Account:
    """An account that can sign in, without a verified identity."""
    number = next(_numbers)
    return Account.objects.create_user(
        email or f"account{number}@example.org",
        **{"display_name": f"Resident {number}", "language": language, **fields},
    )


def make_area(parent: Area | None = None, **fields: Any) -> Area:
    """An area, under `parent` where there is one."""
    code = fields.pop("code", f"{next(_numbers):05d}")
    return Area.objects.create(
        **{
            "country": "KR",
            "code": code,
            "kind": "dong" if parent else "gu",
            "name": {"en": f"Area {code}", "ko": f"{code}동"},
            "parent": parent,
            "path": f"{parent.path if parent else 'KR.'}{code}.",
            **fields,
        }
    )


def make_authority(**fields: Any) -> Authority:
    """A district that counts in won and lives in Seoul's time."""
    number = next(_numbers)
    authority = Authority.objects.create(
        **{
            "slug": f"district{number}",
            "name": {"en": f"District {number}"},
            "area": fields.pop("area", None) or make_area(),
            "currency": "KRW",
            "time_zone": "Asia/Seoul",
            "language": "ko",
            **fields,
        }
    )
    give_common_reasons(authority)
    give_common_tracks(authority)
    return authority


def make_department(authority: Authority, **fields: Any) -> Department:
    number = next(_numbers)
    return Department.objects.create(
        **{
            "authority": authority,
            "slug": f"department{number}",
            "name": {"en": f"Department {number}"},
            **fields,
        }
    )


def make_category(authority: Authority, **fields: Any) -> Category:
    """A category, reviewed by a department of its own unless `department` is given."""
    number = next(_numbers)
    if "department" not in fields:
        fields["department"] = make_department(authority)
    return Category.objects.create(
        **{
            "authority": authority,
            "slug": f"category{number}",
            "name": {"en": f"Category {number}"},
            **fields,
        }
    )


# The phases of a round in their order, ten days each.
PHASES = (Phase.Kind.SUBMISSION, Phase.Kind.REVIEW, Phase.Kind.VOTING, Phase.Kind.DECISION)


def make_round(
    authority: Authority | None = None, *, open: Phase.Kind | None = Phase.Kind.SUBMISSION, **fields: Any
) -> Round:
    """A published round, five days into its phase `open`; None: before the first. Residents may do all."""
    authority = authority or make_authority()
    number = next(_numbers)
    round = Round.objects.create(
        **{
            "authority": authority,
            "slug": f"round{number}",
            "title": {"en": f"Round {number}"},
            "summary": {"en": "A round."},
            "fiscal_year": 2026,
            "currency": authority.currency,
            "budget_minor": 4_000_000_000,
            "time_zone": authority.time_zone,
            "proposal_prefix": f"R{number}-",
            "published_at": timezone.now(),
            **fields,
        }
    )
    set_phase(round, open)
    RuleSet.objects.create(round=round, seed="seed")
    for act in Act:
        for residency in (Residency.RESIDENT, Residency.AFFILIATE):
            Entitlement.objects.create(round=round, act=act, residency=residency)
    return round


def set_phase(round: Round, open: Phase.Kind | None) -> None:
    """Move the round's calendar so that it is five days into `open`."""
    index = PHASES.index(open) if open else -1
    first = timezone.now() - timedelta(days=5 + 10 * index)
    if open is None:
        first = timezone.now() + timedelta(days=5)
    round.phases.all().delete()
    for number, kind in enumerate(PHASES):
        Phase.objects.create(
            round=round,
            kind=kind,
            opens_at=first + timedelta(days=10 * number),
            closes_at=first + timedelta(days=10 * (number + 1)),
        )


def make_person(authority: Authority, account: Account | None = None, **fields: Any) -> Person:
    """Somebody the authority has verified as a resident."""
    residency = fields.get("residency", Residency.RESIDENT)
    return Person.objects.create(
        **{
            "authority": authority,
            "account": account,
            "residency": residency,
            "area": authority.area,
            "age_group": "35-49",
            "assurance": 2,
            "verified_at": timezone.now(),
            **fields,
        }
    )


def make_resident(authority: Authority, **fields: Any) -> Account:
    """An account with a verified resident of the authority behind it."""
    account = make_account(**fields)
    make_person(authority, account)
    return account


def make_official(
    authority: Authority, role: Role, *, department: Department | None = None, **fields: Any
) -> Account:
    """An account that holds a role in the authority."""
    account = make_account(**fields)
    Membership.objects.create(
        account=account,
        authority=authority,
        role=role,
        department=department,
        granted_at=timezone.now(),
        grant_reason="for a test",
    )
    return account


def make_proposal(
    round: Round | None = None, *, state: State | str = State.PUBLISHED, **fields: Any
) -> Proposal:
    """A proposal in the given state, with everything that state demands but no steps behind it."""
    round = round or make_round()
    number = next(_numbers)
    now = timezone.now()
    complete: dict[str, Any] = {
        "round": round,
        "category": fields.pop("category", None) or make_category(round.authority),
        "language": "en",
        "title": f"A bench in park {number}",
        "body": "There is nowhere to sit. A bench under the trees would help older people.",
        "requested_cost_minor": 5_000_000,
        "state": state,
    }
    if state != State.DRAFT:
        complete |= {"code": f"{round.proposal_prefix}{number:04d}", "submitted_at": now}
    if lifecycle.STATES[state].audience is not Audience.AUTHOR:
        complete["published_at"] = now
    if lifecycle.STATES[state].owes_reason:
        complete |= {"reason": "unclear", "explanation": "It does not say where it should stand."}
    if lifecycle.STATES[state].reached >= Reached.FEASIBLE:
        complete |= {"competence": "own", "reviewed_cost_minor": 4_000_000}
    if state == State.REFERRED:
        complete |= {"competence": "other", "referred_to": "the city's roads office"}
    if state == State.MERGED and "merged_into" not in fields:
        complete["merged_into"] = make_proposal(round)
    return Proposal.objects.create(**{**complete, **fields})


def make_assisted_submission(person: Person, clerk: Account, **fields: Any) -> AssistedSubmission:
    """A clerk's submission on behalf of a person, who agreed verbally."""
    return AssistedSubmission.objects.create(
        **{
            "person": person,
            "submitted_by": clerk,
            "submitted_at": timezone.now(),
            "consent_version": 1,
            "privacy_version": 1,
            "consent": "spoken",
            **fields,
        }
    )


def make_comment(proposal: Proposal | None = None, **fields: Any) -> Comment:
    """A comment that waits to be screened, unless `state` says otherwise."""
    proposal = proposal or make_proposal()
    author = fields.pop("author", None) or make_resident(proposal.round.authority)
    posted_at: datetime = fields.pop("posted_at", timezone.now())
    return Comment.objects.create(
        **{
            "proposal": proposal,
            "author": author,
            "residency": Residency.RESIDENT,
            "language": "en",
            "text": "A good idea: the park has no seat in the shade.",
            "posted_at": posted_at,
            **fields,
        }
    )
