"""Ask a process of this container whether it works: `python -m pbplatform.operations.probe web|tasks`.

`web`: the web server answers, whatever it says about tasks. `tasks`: a scheduled task was run
within the last 45 seconds, which takes beat, broker and worker. Ends with 0 or 1.
"""

from __future__ import annotations

import http.client
import os
import sys

PORT = 8000


def web() -> bool:
    """Return whether the web server in this container serves pages."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=4)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def tasks() -> bool:
    """Return whether the sign of life of worker and beat is fresh."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pbplatform.settings.production")
    django.setup()
    from pbplatform.operations import health

    return health.worker_answers()


if __name__ == "__main__":
    sys.exit(0 if {"web": web, "tasks": tasks}[sys.argv[1]]() else 1)
