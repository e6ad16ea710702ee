"""Periodic work after a vote."""

from datetime import timedelta

import structlog
from django.utils import timezone

from core.sweeps import sweep
from identity.keys import KeyUnavailable
from voting.ballots.exceptions import BoxDoesNotReconcile
from voting.counting import services
from voting.polls.exceptions import CountersDisagree, StillOpen
from voting.polls.models import Poll

log = structlog.get_logger(__name__)


@sweep("voting.counting.tasks.count_due", every=timedelta(seconds=30))
def count_due() -> None:
    """Close, reconcile and count every round whose voting phase is over and that has no result yet.

    Destroys keys that a crash has left behind after their destruction was recorded.
    """
    for poll in Poll.objects.due_to_count(timezone.now()).select_related("round__authority"):
        try:
            services.count(poll.round)
        except StillOpen:
            # By the database's clock it is not over yet; the next sweep finds it again.
            continue
        except (BoxDoesNotReconcile, CountersDisagree, KeyUnavailable) as problem:
            # The round stays where it stopped; other rounds are still counted.
            log.error("count_stopped", round=poll.round.full_slug, reason=str(problem))
    services.destroy_leftover_keys()
