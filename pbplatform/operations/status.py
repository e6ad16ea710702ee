"""The public status page: what is checked about the whole site, when it was last, and what came out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.functional import Promise

from audit.models import Inspection
from audit.selectors import last_inspection, last_seal, n_unannounced
from core import sweeps
from core.web.pages import public_page
from notices.models import Delivery
from pbplatform.operations import health
from pbplatform.operations.invariants import INVARIANTS
from voting.ballots.models import CastEvent
from voting.polls.models import Poll

# An inspection comes every hour; after two missed ones the last says nothing about now.
_INSPECTION_IS_OLD = timedelta(hours=3)
# Decisions are announced twice a minute, mail is swept every minute.
_MAIL_IS_LATE = timedelta(minutes=10)
# A log that missed its hour by so much waits for a worker or for its key.
_LOG_IS_LATE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the page. `holds` is None for what has not been looked at yet."""

    code: str
    says: str | Promise
    holds: bool | None
    n_found: int = 0


@dataclass(frozen=True, slots=True)
class Log:
    """The progress of the public log of an open vote."""

    poll: Poll
    n_waiting: int
    is_late: bool


@public_page()
def status(request: HttpRequest) -> HttpResponse:
    """Show what the last inspection found, and whether sweeps, notices, mail and logs are on time.

    Seven queries.
    """
    now = timezone.now()
    inspection = last_inspection()
    checks = _checks(inspection)
    mail = Delivery.objects.due(now).order_by().aggregate(n=Count("pk"), oldest=Min("due_at"))
    context = {
        "now": now,
        "inspection": inspection,
        "inspection_is_old": inspection is None or now - inspection.made_at > _INSPECTION_IS_OLD,
        "checks": checks,
        "n_broken": sum(1 for check in checks if check.holds is False),
        "seal": last_seal(),
        "n_unannounced": n_unannounced(now - _MAIL_IS_LATE),
        "n_mails": mail["n"],
        "mail_is_late": mail["oldest"] is not None and now - mail["oldest"] > _MAIL_IS_LATE,
        "logs": _logs(now),
        "worker_answers": health.worker_answers(),
        "late_sweeps": sweeps.late(now),
    }
    response = render(request, "status.html", context)
    patch_cache_control(response, no_cache=True)
    return response


def _checks(inspection: Inspection | None) -> list[Check]:
    found = {result["code"]: result["found"] for result in inspection.results} if inspection else {}
    return [
        Check(
            invariant.code,
            invariant.says,
            not found[invariant.code] if invariant.code in found else None,
            len(found.get(invariant.code, ())),
        )
        for invariant in INVARIANTS
    ]


def _logs(now: datetime) -> list[Log]:
    """Say of each vote that takes ballots whether its entries got their places in time. Two queries."""
    polls = list(
        Poll.objects.filter(
            state=Poll.State.FROZEN,
            is_loading=False,
            round__published_at__isnull=False,
            round__phases__kind="voting",
            round__phases__opens_at__lte=now,
            round__phases__closes_at__gt=now,
        ).select_related("round")
    )
    waiting = dict(
        CastEvent.objects.filter(round__in=[poll.round_id for poll in polls], leaf_index=None)
        .values_list("round_id")
        .annotate(n=Count("pk"))
    )
    # Everything is in the log up to `log_until`; the period after it may still be filling.
    patience = timedelta(seconds=settings.LOG_BATCH_PERIOD) + _LOG_IS_LATE
    return [
        Log(
            poll,
            waiting.get(poll.round_id, 0),
            bool(waiting.get(poll.round_id)) and now - (poll.log_until or poll.frozen_at or now) > patience,
        )
        for poll in polls
    ]
