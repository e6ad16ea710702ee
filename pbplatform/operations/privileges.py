"""Database privileges: of the site's programs, and of the owner of the tables.

Web server and workers sign in as a role that can neither change the tables nor disable their triggers, and
that cannot remove votes, counts or records, even if a page were turned against the site.
"""

from collections.abc import Iterator

from django.db import connection

WEB = "pb_web"
READER = "pb_audit"

# Rows that are written once: SELECT and INSERT.
WRITTEN_ONCE = frozenset(
    {
        "audit_event",
        "audit_inspection",
        "audit_seal",
        "moderation_decision",
        "proposals_statuschange",
        "reports_export",
        "reports_snapshot",
        "ballots_checkpoint",
        "ballots_finalballot",
        "ballots_lognode",
        "counting_tally",
        "paper_cancelledcheckin",
    }
)
# Rows that change and stay: no DELETE.
KEPT = frozenset(
    {
        "identity_membership",
        "moderation_case",
        "notices_delivery",
        "notices_notice",
        "proposals_assistedsubmission",
        "proposals_proposal",
        "reviews_review",
        "places_area",
        "authorities_authority",
        "rounds_phase",
        "rounds_round",
        "polls_ruleset",
        "polls_approval",
        "ballots_ballotbox",
        "polls_ballotstyle",
        "paper_ballotbatch",
        "paper_pollingplace",
        "polls_poll",
        "polls_project",
    }
)
# Only its place may be given to an entry of the log, and only its words be taken from a revision; triggers
# see to it that either is done once.
COLUMNS = {"ballots_castevent": "leaf_index", "proposals_revision": "title, body, erased_at"}

# Functions that take rows out of the box with its owner's rights; not everybody can call them.
FUNCTIONS = ("empty_box(bigint)", "withdraw_ballot(bigint, bytea, bytea)")


def statements() -> Iterator[str]:
    """Yield the SQL that makes both roles and gives them their privileges, whatever they had before."""
    tables = sorted(connection.introspection.table_names())
    for role in (WEB, READER):
        yield (
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN "
            f"CREATE ROLE {role} NOLOGIN; END IF; END $$"
        )
        yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}"
        yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role}"
        yield f"GRANT USAGE ON SCHEMA public TO {role}"
        yield f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"
    yield f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {WEB}"
    yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    for table in tables:
        # Only the owner records migrations.
        if table != "django_migrations":
            yield f'GRANT {_privileges(table)} ON "{table}" TO {WEB}'
    for function in FUNCTIONS:
        yield f"GRANT EXECUTE ON FUNCTION {function} TO {WEB}"


def _privileges(table: str) -> str:
    if table in WRITTEN_ONCE:
        return "INSERT"
    if table in COLUMNS:
        return f"INSERT, UPDATE ({COLUMNS[table]})"
    if table in KEPT:
        return "INSERT, UPDATE"
    return "INSERT, UPDATE, DELETE"
