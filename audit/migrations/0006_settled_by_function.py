"""The look at the record before it is sealed, as a function: only the table's owner may lock it."""

from django.db import migrations

# Ids are given before the commit, so a lower one may still be on its way. For the moment of one look the table
# is locked against writers, who thereby have all committed; who writes for longer makes the look fail (55P03).
FUNCTION = """
CREATE FUNCTION audit_last_settled_event() RETURNS bigint LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '200ms' AS $$
BEGIN
  LOCK TABLE audit_event IN SHARE MODE;
  RETURN COALESCE((SELECT max(id) FROM audit_event), 0);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_seals_and_inspections")]

    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION audit_last_settled_event()")]
