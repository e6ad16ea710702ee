"""Work that nobody asks for is still done."""

from django.core.cache import cache

from pbplatform.operations import tasks
from tests.peers import wait_for


def test_beat_broker_and_worker_give_a_sign_of_life(site, beat):
    assert wait_for(lambda: cache.get(tasks.HEARTBEAT_KEY), "a heartbeat nobody sent by hand", 30)
