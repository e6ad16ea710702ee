"""The complete database as text, as somebody with a stolen copy would search it."""

from django.db import connection


def text_of_every_table() -> str:
    """Return each row of each table as PostgreSQL prints it; binary columns also as raw bytes."""
    parts = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text, to_jsonb(t)::text FROM "{table}" t')
            for row in cursor.fetchall():
                parts.extend(row)
            cursor.execute(
                "SELECT column_name FROM information_schema.columns "
                "WHERE table_schema = 'public' AND table_name = %s AND data_type = 'bytea'",
                [table],
            )
            for (column,) in cursor.fetchall():
                cursor.execute(f'SELECT encode("{column}", \'escape\') FROM "{table}"')
                parts.extend(str(value) for (value,) in cursor.fetchall())
    return "\n".join(parts)
