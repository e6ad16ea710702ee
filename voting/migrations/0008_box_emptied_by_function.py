"""Two functions that take rows out of the box, so that the web's own database role needs no DELETE on it.

They run with the rights of the tables' owner; the box's trigger decides as before whether a row may leave.
"""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION voting_empty_box(p_round bigint) RETURNS void LANGUAGE sql
  SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM voting_ballotbox WHERE round_id = p_round;
$$;
CREATE FUNCTION voting_take_mark_back(p_round bigint, p_tag bytea, p_desk bigint) RETURNS void LANGUAGE sql
  SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM voting_ballotbox
   WHERE round_id = p_round AND voter_tag = p_tag AND desk_id = p_desk AND sealed IS NULL;
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("voting", "0007_extension_guards")]

    operations = [
        migrations.RunSQL(
            FUNCTIONS,
            "DROP FUNCTION voting_take_mark_back(bigint, bytea, bigint); DROP FUNCTION voting_empty_box(bigint);",
        ),
    ]
