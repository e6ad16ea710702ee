"""A published report and the record of an export stay as they are: the database refuses to change them."""

from django.db import migrations

TABLES = ("reports_snapshot", "reports_export")


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_snapshots_and_exports"), ("audit", "0003_event_append_only")]

    operations = [
        migrations.RunSQL(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            f"DROP TRIGGER {table}_append_only ON {table}",
        )
        for table in TABLES
    ]
