"""What has happened that somebody has not been told yet."""

from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from identity.models import Account
from notices.models import Kind, Notice
from proposals import lifecycle
from proposals.lifecycle import State
from proposals.models import Comment, Step

KINDS_OF_COMMENTS = {
    Comment.State.PUBLISHED: Kind.COMMENT_PUBLISHED,
    Comment.State.REJECTED: Kind.COMMENT_REJECTED,
}


def steps_to_tell() -> QuerySet[Step]:
    """Steps that others took with somebody's proposal and that its author has not been told of.

    Steps of an imported round happened elsewhere: nobody is told of them.
    """
    told = Notice.objects.filter(step=OuterRef("pk"))
    return (
        Step.objects.filter(
            ~Exists(told),
            # Handing in is told where a service desk did it: whoever was not there should learn of it.
            ~Q(to_state=State.PENDING)
            | (Q(actor__isnull=False, proposal__assistance__isnull=False) & ~Q(actor=F("proposal__author"))),
            to_state__in=lifecycle.codes(lambda row: row.notice is not None),
            proposal__author__isnull=False,
            proposal__round__is_imported=False,
        )
        .select_related("proposal__author", "proposal__round")
        .order_by("pk")
    )


def comments_to_tell() -> QuerySet[Comment]:
    """Comments that were decided and whose authors have not been told.

    Those without an account are told by the service desk, which has a list of its own.
    """
    told = Notice.objects.filter(comment=OuterRef("pk"))
    return (
        Comment.objects.filter(
            ~Exists(told), Q(state="published") | Q(state="rejected"), author__isnull=False
        )
        .select_related("author", "proposal__round")
        .order_by("pk")
    )


def personal_data(account: Account) -> dict[str, list[dict[str, Any]]]:
    """Return what somebody was told, and whether it arrived. One query."""
    rows = Notice.objects.filter(account=account).order_by("pk")
    fields = ("kind", "announced_at", "deliveries__channel", "deliveries__state", "deliveries__sent_at")
    return {"notices": [dict(row) for row in rows.values(*fields)]}
