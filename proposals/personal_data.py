"""Personal data of proposals, comments and support."""

from collections import defaultdict
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.personal_data import Erasure, Part, PersonalDataSource, Rows, Term, own_rows
from identity import retention
from identity.models import Account
from proposals.models import (
    WORDS,
    WRITTEN_OUT,
    AssistedSubmission,
    Comment,
    Proposal,
    Revision,
    StatusChange,
    Support,
)
from proposals.services import erase_texts
from proposals.services.assisted_submissions import remove_contacts


def _proposals(account: Account) -> Rows:
    """Return the proposals of an account, each with its revisions. Two queries."""
    revisions: dict[int, Rows] = defaultdict(list)
    of_account = Revision.objects.filter(proposal__author=account)
    for revision in of_account.values("proposal_id", "version", *WRITTEN_OUT, "saved_at"):
        revisions[revision.pop("proposal_id")].append(revision)
    rows: Any = (
        Proposal.objects.filter(author=account)
        .order_by("pk")
        .values(
            "pk",
            "round__slug",
            "code",
            *WRITTEN_OUT,
            "residency",
            "age_group",
            "is_foreign_resident",
            "channel",
            "state",
            "reason",
            "explanation",
            "created_at",
            "submitted_at",
            "published_at",
        )
    )
    return [row | {"revisions": revisions[row.pop("pk")]} for row in rows]


def _erase_texts(account: Account, erasure: Erasure) -> None:
    erase_texts(account, withdraw_public=erasure.withdraw_public)


SOURCES = (
    PersonalDataSource(
        model=Proposal,
        columns=(*WORDS, "translations", "author", "residency", "age_group", "explanation"),
        why="To show, review and vote on what somebody proposed, and to count proposers by group.",
        on_erasure="emptied if never public, else stays as “former participant”, or is withdrawn on request",
        part=Part("proposals", 150, _proposals),
        # Comments and revisions with them, and what a service desk wrote down and nobody took over.
        erase=_erase_texts,
        terms=(
            Term(
                _("Published proposals and comments, and support counts"),
                _("permanently, under the name “former participant” once your account is erased"),
            ),
        ),
    ),
    PersonalDataSource(
        model=Revision,
        columns=WORDS,
        why="To show what a text said at each step.",
        on_erasure="emptied unless it was public",
        file="proposals",
    ),
    PersonalDataSource(
        model=StatusChange,
        columns=("actor", "explanation"),
        why="To show who brought a proposal to its state, and with which reason.",
        on_erasure="stays; it names a number",
        file="record",
    ),
    PersonalDataSource(
        model=Comment,
        columns=("author", "text", "residency", "explanation"),
        why="To show what somebody said about a proposal.",
        on_erasure="emptied if never public, else stays as “former participant”",
        part=Part(
            "comments",
            160,
            own_rows(
                Comment,
                "author",
                "proposal__code",
                "residency",
                "language",
                "text",
                "state",
                "reason",
                "explanation",
                "posted_at",
                "published_at",
            ),
        ),
    ),
    PersonalDataSource(
        model=AssistedSubmission,
        columns=("person", "contact"),
        why="To bring an answer to somebody for whom a service desk wrote something down.",
        on_erasure="the text is taken over by the account and treated as its own; where to reach is emptied",
        part=Part(
            "written_down_at_the_desk",
            170,
            own_rows(
                AssistedSubmission,
                "person__account",
                "person__authority__slug",
                "submitted_at",
                "consent",
                "consent_version",
                "privacy_version",
                "has_priority",
                "proposal__code",
                "comment__text",
                "notified_at",
            ),
        ),
        terms=(
            Term(
                _("Contact details of people for whom a service desk submitted something"),
                _("%(days)s days afterwards, or as soon as they take it over in their own account"),
                retention.CONTACT,
                remove_contacts,
            ),
        ),
    ),
    PersonalDataSource(
        model=Support,
        columns=("account", "residency"),
        why="To count one declaration of support of each person.",
        on_erasure="stays; it names a number",
        part=Part("support", 180, own_rows(Support, "account", "proposal__code", "residency", "given_at")),
    ),
)
