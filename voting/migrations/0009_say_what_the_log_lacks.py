"""The refusal to close over a log with gaps says what is missing, so that whoever reads it need not guess."""

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION voting_require_whole_log() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  entries bigint;
  numbered bigint;
  signed bigint;
BEGIN
  IF EXISTS (SELECT 1 FROM voting_castevent WHERE round_id = NEW.round_id AND leaf_index IS NULL) OR NOT EXISTS (
      SELECT 1 FROM voting_checkpoint WHERE round_id = NEW.round_id AND size = COALESCE(
        (SELECT max(leaf_index) + 1 FROM voting_castevent WHERE round_id = NEW.round_id), 0)) THEN
    SELECT count(*), count(leaf_index) INTO entries, numbered
      FROM voting_castevent WHERE round_id = NEW.round_id;
    SELECT max(size) INTO signed FROM voting_checkpoint WHERE round_id = NEW.round_id;
    RAISE EXCEPTION 'the log is not whole: an entry has no place, or the last checkpoint is missing'
      USING ERRCODE = 'restrict_violation',
            DETAIL = format('%s entries, %s with a place; the last checkpoint counts %s',
                            entries, numbered, coalesce(signed::text, 'nothing'));
  END IF;
  RETURN NEW;
END $$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION voting_require_whole_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM voting_castevent WHERE round_id = NEW.round_id AND leaf_index IS NULL) OR NOT EXISTS (
      SELECT 1 FROM voting_checkpoint WHERE round_id = NEW.round_id AND size = COALESCE(
        (SELECT max(leaf_index) + 1 FROM voting_castevent WHERE round_id = NEW.round_id), 0)) THEN
    RAISE EXCEPTION 'the log is not whole: an entry has no place, or the last checkpoint is missing'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("voting", "0008_box_emptied_by_function")]

    operations = [migrations.RunSQL(FUNCTION, BEFORE)]
