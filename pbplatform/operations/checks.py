"""Checks of an installation before people use it.

The checks of the database run with `migrate` and with `check --database default`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections


def _tables(alias: str) -> set[str]:
    connection = connections[alias]
    with connection.cursor() as cursor:
        return set(connection.introspection.table_names(cursor))


@register(Tags.database)
def letters_of_every_language(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The database must see letters in Korean and Thai text, or no search finds a word of theirs."""
    problems: list[CheckMessage] = []
    for alias in databases or []:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")
            if cursor.fetchone() == (0,):
                continue
            cursor.execute("SELECT cardinality(show_trgm('공원')), cardinality(show_trgm('สวน'))")
            counts = cursor.fetchone()
        if counts is None or 0 in counts:
            problems.append(
                Error(
                    f"The database “{alias}” sees no letters in Korean or Thai text: its LC_CTYPE is C.",
                    hint="Create it again: CREATE DATABASE … TEMPLATE template0 LOCALE_PROVIDER builtin "
                    "BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C.UTF-8' (from PostgreSQL 17), or LC_CTYPE 'C.UTF-8'.",
                    id="pbplatform.E001",
                )
            )
    return problems


@register(Tags.database)
def no_demo_accounts(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """A production site must not hold accounts whose passwords are published."""
    if hasattr(settings, "EMBEDDED_HOME") or settings.DEBUG:
        return []
    account = apps.get_model(settings.AUTH_USER_MODEL)
    problems: list[CheckMessage] = []
    for alias in databases or []:
        if account._meta.db_table not in _tables(alias):
            continue
        # Addresses are sealed: the database cannot look into them. A million take about twenty seconds.
        addresses = account.objects.using(alias).values_list("email", flat=True).iterator(chunk_size=5_000)
        n_found = sum(address.endswith(f"@{settings.DEMO_MAIL_DOMAIN}") for address in addresses)
        if n_found:
            problems.append(
                Error(
                    f"The database “{alias}” holds {n_found} demo accounts, whose passwords everybody knows.",
                    hint="Start with an empty database; a demo does not become a site.",
                    id="pbplatform.E002",
                )
            )
    return problems
