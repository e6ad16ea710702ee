"""The database's connection. Django looks for `DatabaseWrapper` in a module of this name."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL whose kept connections are checked at each request without a round trip.

    A server that ended, was killed or threw the connection out has closed its side, which shows on the
    socket: there is something to read where nothing was asked. Only then is the server asked, as Django does.
    A query that failed is followed by that question, too, before the connection is used again.
    """

    # Django sets them in its base class; the stubs leave one out and give the other no type.
    health_check_enabled: bool
    health_check_done: bool

    def close_if_health_check_failed(self) -> None:
        """Close a kept connection whose other end is gone."""
        if (
            self.connection is not None
            and self.health_check_enabled
            and not self.health_check_done
            and self._is_quiet()
        ):
            self.health_check_done = True
            return
        super().close_if_health_check_failed()

    def _is_quiet(self) -> bool:
        """Return whether the connection is open on this side and nothing has come from the other."""
        assert self.connection is not None
        if self.connection.closed:
            return False
        heard = select.poll()
        heard.register(self.connection.fileno(), select.POLLIN)
        return not heard.poll(0)
