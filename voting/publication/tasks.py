"""Periodic work on publications."""

from datetime import timedelta

from core.sweeps import sweep
from voting.polls.models import Poll
from voting.publication import services
from voting.publication import services as bundles


@sweep("voting.publication.tasks.bundle_due", every=timedelta(minutes=1))
def bundle_due() -> None:
    """Write the publication of every round whose ballots are published and that has none on this machine."""
    for poll in Poll.objects.published().select_related("round__authority"):
        if bundles.published_zip(poll.round) is None:
            services.make_bundle(poll.round)
