"""The database itself refuses to change or remove what was decided."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0001_cases_decisions_and_comment_policies"),
        ("audit", "0003_event_append_only"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER moderation_decision_append_only BEFORE UPDATE OR DELETE ON moderation_decision"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            "DROP TRIGGER moderation_decision_append_only ON moderation_decision",
        )
    ]
