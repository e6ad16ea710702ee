"""Seconds to load Viet Nam's 34 provinces and 3,321 communes, with their events, and to load them again."""

import os
import time


def main() -> None:
    """Measure and print."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "pbplatform.settings.test"
    import django

    django.setup()
    from django.db import connection
    from django.test.runner import DiscoverRunner
    from django.test.utils import CaptureQueriesContext

    from pbplatform.settings.test import EMBEDDED
    from places import services
    from places import trees as areas

    EMBEDDED.start()
    try:
        runner = DiscoverRunner(verbosity=0, interactive=False)
        databases = runner.setup_databases()
        try:
            for words in ("first", "again"):
                started = time.perf_counter()
                tree = areas.vietnam()
                with CaptureQueriesContext(connection) as queries:
                    loaded = services.load_tree(tree, actor=None)
                seconds = time.perf_counter() - started
                print(f"{words}: {len(loaded):,} places in {seconds:.2f} s, {len(queries)} statements")
        finally:
            runner.teardown_databases(databases)
    finally:
        EMBEDDED.stop()
        EMBEDDED.release()
