"""A mark leaves the box with a reason of its own, and papers of an area are held against marks of people of it.

Before, one reason covered every mark that left a desk in the same transaction, and a desk's papers for one
area could be as many as its marks for any. SQLSTATE VB003: more paper ballots than marks.
"""

from django.db import migrations, models

# Marks and keyed papers of a desk that belong to an area or lie in it.
FIGURES = """
CREATE FUNCTION voting_paper_marks_within(p_desk bigint, p_path text) RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT count(*) FROM voting_ballotbox box JOIN rounds_area area ON area.id = box.area_id
   WHERE box.desk_id = p_desk AND box.sealed IS NULL AND box.participation <> 'outside'
     AND starts_with(area.path, p_path)
$$;
CREATE FUNCTION voting_paper_keyed_within(p_desk bigint, p_path text) RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT count(*) FROM (
    SELECT DISTINCT keyed.batch_id, keyed.sequence
      FROM voting_keyedballot keyed
      JOIN voting_paperbatch batch ON batch.id = keyed.batch_id
      JOIN rounds_area area ON area.id = batch.area_id
     WHERE batch.desk_id = p_desk AND batch.state <> 'withdrawn' AND starts_with(area.path, p_path)) papers
$$;
-- Whether an area has as many keyed papers as marks: one that papers of the desk are for, and `p_area` lies in.
CREATE FUNCTION voting_paper_is_used_up(p_desk bigint, p_area bigint) RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT EXISTS (
    SELECT 1 FROM (SELECT DISTINCT area.path
                     FROM voting_paperbatch batch
                     JOIN rounds_area area ON area.id = batch.area_id
                     JOIN rounds_area inner_area ON inner_area.id = p_area
                    WHERE batch.desk_id = p_desk AND batch.state <> 'withdrawn'
                      AND starts_with(inner_area.path, area.path)) around
     WHERE voting_paper_keyed_within(p_desk, around.path) >= voting_paper_marks_within(p_desk, around.path))
$$;
"""
NO_FIGURES = """
DROP FUNCTION voting_paper_is_used_up(bigint, bigint);
DROP FUNCTION voting_paper_keyed_within(bigint, text);
DROP FUNCTION voting_paper_marks_within(bigint, text);
"""

_BOX = """
CREATE OR REPLACE FUNCTION voting_guard_box() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF EXISTS (SELECT 1 FROM voting_poll WHERE round_id = OLD.round_id AND state = 'key_destroyed') THEN
      RETURN OLD;
    END IF;
    IF OLD.desk_id IS NULL OR NOT voting_is_open(OLD.round_id) THEN
      RAISE EXCEPTION 'a ballot leaves the box only after the key is destroyed'
        USING ERRCODE = 'restrict_violation';
    END IF;
    -- A paper mark, while voting is open. The desk's row keeps ballots from being keyed meanwhile.
    PERFORM 1 FROM voting_paperdesk WHERE id = OLD.desk_id FOR NO KEY UPDATE;
    IF NOT EXISTS (SELECT 1 FROM voting_withdrawnmark
                    WHERE desk_id = OLD.desk_id AND withdrawn_at = transaction_timestamp()%(own_reason)s) THEN
      RAISE EXCEPTION 'a paper mark is withdrawn with a reason' USING ERRCODE = 'restrict_violation';
    END IF;
    IF voting_paper_marks(OLD.desk_id, OLD.participation = 'outside')
       <= voting_paper_keyed(OLD.desk_id, OLD.participation = 'outside')%(of_area)s THEN
      RAISE EXCEPTION 'as many paper ballots are keyed as people were marked' USING ERRCODE = 'VB003';
    END IF;
    RETURN OLD;
  END IF;
  IF NOT voting_is_open(NEW.round_id) THEN
    RAISE EXCEPTION 'voting in round %% is not open', NEW.round_id USING ERRCODE = 'VB001';
  END IF;
  IF NEW.desk_id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM voting_paperdesk WHERE id = NEW.desk_id AND round_id = NEW.round_id) THEN
    RAISE EXCEPTION 'the desk belongs to another round' USING ERRCODE = 'restrict_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (
      NEW.round_id <> OLD.round_id OR NEW.voter_tag <> OLD.voter_tag OR NEW.revision <> OLD.revision + 1
      OR OLD.sealed IS NULL) THEN
    RAISE EXCEPTION 'a ballot is replaced as a whole, by its voter' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
"""
BOX = _BOX % {
    "own_reason": " AND mark = sha256(OLD.voter_tag)",
    "of_area": " OR voting_paper_is_used_up(OLD.desk_id, OLD.area_id)",
}
# As in 0005_paper_guards.
NO_BOX = _BOX % {"own_reason": "", "of_area": ""}

_KEYED = """
CREATE OR REPLACE FUNCTION voting_guard_keyed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_batch voting_paperbatch;
  v_is_outside boolean;
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'a keyed ballot is keyed again, not removed' USING ERRCODE = 'restrict_violation';
  END IF;
  SELECT * INTO v_batch FROM voting_paperbatch WHERE id = NEW.batch_id FOR NO KEY UPDATE;
  PERFORM 1 FROM voting_paperdesk WHERE id = v_batch.desk_id FOR NO KEY UPDATE;
  IF v_batch.state IN ('agreed', 'withdrawn') OR NOT voting_paper_may_change(v_batch.round_id) THEN
    RAISE EXCEPTION 'paper batch %% is finished', v_batch.number USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.sequence > v_batch.declared THEN
    RAISE EXCEPTION 'paper batch %% was declared with %% ballots', v_batch.number, v_batch.declared
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.keyed_by_id IS DISTINCT FROM
     (CASE NEW.keying WHEN 1 THEN v_batch.entered_by_id ELSE v_batch.second_by_id END) THEN
    RAISE EXCEPTION 'each keying of a batch is one clerk''s' USING ERRCODE = 'restrict_violation';
  END IF;
  IF TG_OP = 'UPDATE' THEN
    IF (NEW.id, NEW.batch_id, NEW.sequence, NEW.keying, NEW.revision)
       IS DISTINCT FROM (OLD.id, OLD.batch_id, OLD.sequence, OLD.keying, OLD.revision + 1) THEN
      RAISE EXCEPTION 'a keyed ballot is replaced as a whole' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
  END IF;
  v_is_outside := v_batch.participation = 'outside';
  IF NOT EXISTS (SELECT 1 FROM voting_keyedballot WHERE batch_id = NEW.batch_id AND sequence = NEW.sequence)
     AND (voting_paper_keyed(v_batch.desk_id, v_is_outside)
         >= voting_paper_marks(v_batch.desk_id, v_is_outside)%(of_area)s) THEN
    RAISE EXCEPTION 'more paper ballots than marks at desk %%', v_batch.desk_id USING ERRCODE = 'VB003';
  END IF;
  RETURN NEW;
END $$;
"""
KEYED = _KEYED % {"of_area": " OR voting_paper_is_used_up(v_batch.desk_id, v_batch.area_id)"}
# As in 0005_paper_guards.
NO_KEYED = _KEYED % {"of_area": ""}

LENGTH = """
ALTER TABLE voting_withdrawnmark
  ADD CONSTRAINT voting_withdrawnmark_mark_is_32_bytes CHECK (octet_length(mark) = 32);
"""
NO_LENGTH = "ALTER TABLE voting_withdrawnmark DROP CONSTRAINT voting_withdrawnmark_mark_is_32_bytes;"


class Migration(migrations.Migration):
    dependencies = [("voting", "0009_say_what_the_log_lacks")]

    operations = [
        migrations.AddField(
            model_name="withdrawnmark",
            name="mark",
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.RunSQL(LENGTH, NO_LENGTH),
        migrations.RunSQL(FIGURES, NO_FIGURES),
        migrations.RunSQL(BOX, NO_BOX),
        migrations.RunSQL(KEYED, NO_KEYED),
    ]
