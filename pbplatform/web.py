"""The web server: granian, with the site loaded before its workers are forked from it.

    python -m pbplatform.web [granian's options] pbplatform.wsgi:application

A worker that takes the place of one that died then serves at once instead of loading the site first, which
takes seconds and, under load, many; and the workers share the memory of what is loaded. Where processes are
not forked each worker loads the site by itself, as it would anyhow.
"""

import importlib
import sys

from django.db import connections
from granian.cli import entrypoint


def main() -> None:
    """Load the application that is named last, then serve it."""
    module, _, _name = sys.argv[-1].partition(":")
    importlib.import_module(module)
    # One that loading has opened would be shared by the workers, which must each have their own.
    connections.close_all()
    entrypoint()  # type: ignore[no-untyped-call]  # granian leaves it without types


if __name__ == "__main__":
    main()
