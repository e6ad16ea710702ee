"""Steps, revisions and milestones tell what happened: the database refuses to change or remove them."""

from django.db import migrations

TABLES = ("proposals_step", "proposals_revision", "proposals_milestone")


class Migration(migrations.Migration):
    dependencies = [("proposals", "0001_initial"), ("audit", "0003_event_append_only")]

    operations = [
        migrations.RunSQL(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            f"DROP TRIGGER {table}_append_only ON {table}",
        )
        for table in TABLES
    ]
