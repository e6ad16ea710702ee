"""The way between web server and PostgreSQL breaks while a ballot is on it."""

import pytest
from django.db import InterfaceError, OperationalError, connection

from tests.faults.cutting import CuttingProxy
from tests.voting.votes import codes, make_vote, voter_of
from voting.ballots import sealing, services
from voting.ballots.models import BallotBox, CastEvent


@pytest.mark.parametrize("when", ["before", "after"])
def test_f03_a_connection_cut_around_the_commit_leaves_one_ballot_or_none_and_the_retry_settles_it(
    site, when
):
    round = make_vote()
    voter, code, (first, *_) = voter_of(round), sealing.new_code(), codes(round)

    def stored() -> tuple[int, int]:
        return (
            BallotBox.objects.filter(round_id=round.pk).count(),
            CastEvent.objects.filter(round=round).count(),
        )

    host = connection.settings_dict["HOST"]
    connection.close()
    with CuttingProxy(site.servers.sockets / "cut", site.servers.sockets, b"cast_ballot") as proxy:
        connection.settings_dict["HOST"] = str(proxy.folder)
        connection.ensure_connection()
        proxy.cut(when)
        with pytest.raises((OperationalError, InterfaceError)):
            services.cast(voter, {1: [first]}, code=code)
        connection.close()
        connection.settings_dict["HOST"] = host
    assert stored() == ((0, 0) if when == "before" else (1, 1))

    again = services.cast(voter, {1: [first]}, code=code)

    assert (again.kind, again.is_replay) == ("cast", when == "after")
    assert stored() == (1, 1)
    assert services.cast(voter, {1: [first]}, code=code).receipt == again.receipt
