"""Periodic work on the public log."""

from datetime import timedelta

import structlog

from core.sweeps import sweep
from identity.keys import KeyUnavailable
from voting.ballots import services
from voting.polls.models import Poll

log = structlog.get_logger(__name__)


@sweep("voting.ballots.tasks.sequence_due", every=timedelta(minutes=1))
def sequence_due() -> None:
    """Give the entries that wait their places in the public logs, and sign how far each log has come."""
    for poll in Poll.objects.with_open_log().select_related("round__authority"):
        try:
            services.sequence(poll.round)
        except KeyUnavailable as problem:
            log.error("log_stopped", round=poll.round.full_slug, reason=str(problem))
