"""What the clock does for votes. Everything here finds its work in the tables and may run at any time."""

import structlog
from celery import shared_task
from django.utils import timezone

from identity.keys import KeyUnavailable
from voting import services
from voting.exceptions import BoxDoesNotReconcile, CountersDisagree, StillOpen
from voting.models import Poll
from voting.services import bundles

log = structlog.get_logger(__name__)


@shared_task(acks_late=True)
def count_due() -> None:
    """Close, reconcile and count every round whose voting phase is over and that has no result yet.

    Keys that a crash has left behind after their destruction was recorded are destroyed.
    """
    for poll in Poll.objects.due_to_count(timezone.now()).select_related("round__authority"):
        try:
            services.count(poll.round)
        except StillOpen:
            # By the database's clock it is not over yet; the next sweep finds it again.
            continue
        except (BoxDoesNotReconcile, CountersDisagree, KeyUnavailable) as problem:
            # The round stays where it stopped, and other rounds are counted all the same.
            log.error("count_stopped", round=poll.round.slug, reason=str(problem))
    services.destroy_leftover_keys()


@shared_task(acks_late=True)
def sequence_due() -> None:
    """Give the entries that wait their places in the public logs, and sign how far each log has come."""
    for poll in Poll.objects.with_open_log().select_related("round__authority"):
        try:
            services.sequence(poll.round)
        except KeyUnavailable as problem:
            log.error("log_stopped", round=poll.round.slug, reason=str(problem))


@shared_task(acks_late=True)
def bundle_due() -> None:
    """Write the publication of every round whose ballots are published and that has none on this machine."""
    for poll in Poll.objects.published().select_related("round__authority"):
        if bundles.published_zip(poll.round) is None:
            services.make_bundle(poll.round)
