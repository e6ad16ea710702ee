"""Let the words of a revision be erased, once, and nothing else of it be changed."""

from django.db import migrations, models

FUNCTION = """
CREATE FUNCTION proposals_only_erase() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL
     AND NEW.title = '' AND NEW.body = ''
     AND (NEW.id, NEW.proposal_id, NEW.version, NEW.language, NEW.requested_cost_minor, NEW.category_id,
          NEW.area_id, NEW.saved_at)
         IS NOT DISTINCT FROM
         (OLD.id, OLD.proposal_id, OLD.version, OLD.language, OLD.requested_cost_minor, OLD.category_id,
          OLD.area_id, OLD.saved_at) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% of % is refused: it is append-only, but for erasing words', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("proposals", "0005_written_down_at_the_desk"),
        ("audit", "0003_event_append_only"),
    ]

    operations = [
        migrations.AddField(
            model_name="revision",
            name="erased_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="revision",
            constraint=models.CheckConstraint(
                condition=models.Q(("erased_at", None), models.Q(("body", ""), ("title", "")), _connector="OR"),
                name="proposals_revision_erased_is_empty",
            ),
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION proposals_only_erase()"),
        migrations.RunSQL(
            "DROP TRIGGER proposals_revision_append_only ON proposals_revision;"
            " CREATE TRIGGER proposals_revision_append_only BEFORE UPDATE OR DELETE ON proposals_revision"
            " FOR EACH ROW EXECUTE FUNCTION proposals_only_erase()",
            "DROP TRIGGER proposals_revision_append_only ON proposals_revision;"
            " CREATE TRIGGER proposals_revision_append_only BEFORE UPDATE OR DELETE ON proposals_revision"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        ),
    ]
