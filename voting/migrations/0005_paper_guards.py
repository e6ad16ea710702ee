"""Paper: a mark leaves the box only with a reason, and no more papers are keyed than people were marked.

SQLSTATE VB001: voting is not open. VB003: more paper ballots than marks. Everything else that is refused
here is refused as `restrict_violation`, for no code of the platform tries it.
"""

from django.db import migrations

LENGTHS = """
ALTER TABLE voting_keyedballot
  ADD CONSTRAINT voting_keyedballot_fingerprint_is_32_bytes CHECK (octet_length(fingerprint) = 32);
"""
NO_LENGTHS = "ALTER TABLE voting_keyedballot DROP CONSTRAINT voting_keyedballot_fingerprint_is_32_bytes;"

# Marks and keyed papers of a desk, of people from outside or of all others. VOLATILE: they are asked after
# a lock on the desk was waited for.
FIGURES = """
CREATE FUNCTION voting_paper_marks(p_desk bigint, p_outside boolean) RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT count(*) FROM voting_ballotbox
   WHERE desk_id = p_desk AND sealed IS NULL AND (participation = 'outside') = p_outside
$$;
CREATE FUNCTION voting_paper_keyed(p_desk bigint, p_outside boolean) RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT count(*) FROM (
    SELECT DISTINCT keyed.batch_id, keyed.sequence
      FROM voting_keyedballot keyed JOIN voting_paperbatch batch ON batch.id = keyed.batch_id
     WHERE batch.desk_id = p_desk AND batch.state <> 'withdrawn'
       AND (batch.participation = 'outside') = p_outside) papers
$$;
"""
NO_FIGURES = """
DROP FUNCTION voting_paper_keyed(bigint, boolean);
DROP FUNCTION voting_paper_marks(bigint, boolean);
"""

BOX = """
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
                    WHERE desk_id = OLD.desk_id AND withdrawn_at = transaction_timestamp()) THEN
      RAISE EXCEPTION 'a paper mark is withdrawn with a reason' USING ERRCODE = 'restrict_violation';
    END IF;
    IF voting_paper_marks(OLD.desk_id, OLD.participation = 'outside')
       <= voting_paper_keyed(OLD.desk_id, OLD.participation = 'outside') THEN
      RAISE EXCEPTION 'as many paper ballots are keyed as people were marked' USING ERRCODE = 'VB003';
    END IF;
    RETURN OLD;
  END IF;
  IF NOT voting_is_open(NEW.round_id) THEN
    RAISE EXCEPTION 'voting in round % is not open', NEW.round_id USING ERRCODE = 'VB001';
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
# As in 0002_sealed_box.
NO_BOX = """
CREATE OR REPLACE FUNCTION voting_guard_box() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF NOT EXISTS (SELECT 1 FROM voting_poll WHERE round_id = OLD.round_id AND state = 'key_destroyed') THEN
      RAISE EXCEPTION 'a ballot leaves the box only after the key is destroyed'
        USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
  END IF;
  IF NOT voting_is_open(NEW.round_id) THEN
    RAISE EXCEPTION 'voting in round % is not open', NEW.round_id USING ERRCODE = 'VB001';
  END IF;
  IF TG_OP = 'UPDATE' AND (
      NEW.round_id <> OLD.round_id OR NEW.voter_tag <> OLD.voter_tag OR NEW.revision <> OLD.revision + 1
      OR OLD.sealed IS NULL) THEN
    RAISE EXCEPTION 'a ballot is replaced as a whole, by its voter' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
"""

KEYED = """
CREATE FUNCTION voting_paper_may_change(p_round bigint) RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT EXISTS (SELECT 1 FROM voting_poll WHERE round_id = p_round AND state IN ('frozen', 'closed'))
$$;

CREATE FUNCTION voting_guard_keyed() RETURNS trigger LANGUAGE plpgsql AS $$
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
    RAISE EXCEPTION 'paper batch % is finished', v_batch.number USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.sequence > v_batch.declared THEN
    RAISE EXCEPTION 'paper batch % was declared with % ballots', v_batch.number, v_batch.declared
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
     AND voting_paper_keyed(v_batch.desk_id, v_is_outside)
         >= voting_paper_marks(v_batch.desk_id, v_is_outside) THEN
    RAISE EXCEPTION 'more paper ballots than marks at desk %', v_batch.desk_id USING ERRCODE = 'VB003';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER voting_keyedballot_guard BEFORE INSERT OR UPDATE OR DELETE ON voting_keyedballot
  FOR EACH ROW EXECUTE FUNCTION voting_guard_keyed();
CREATE TRIGGER voting_keyedballot_no_truncate BEFORE TRUNCATE ON voting_keyedballot
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER voting_withdrawnmark_no_change BEFORE UPDATE OR DELETE ON voting_withdrawnmark
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER voting_withdrawnmark_no_truncate BEFORE TRUNCATE ON voting_withdrawnmark
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
NO_KEYED = """
DROP TRIGGER voting_withdrawnmark_no_truncate ON voting_withdrawnmark;
DROP TRIGGER voting_withdrawnmark_no_change ON voting_withdrawnmark;
DROP TRIGGER voting_keyedballot_no_truncate ON voting_keyedballot;
DROP TRIGGER voting_keyedballot_guard ON voting_keyedballot;
DROP FUNCTION voting_guard_keyed();
DROP FUNCTION voting_paper_may_change(bigint);
"""

BATCH = """
CREATE FUNCTION voting_guard_batch() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_first bigint;
  v_second bigint;
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'a paper batch is withdrawn, not removed' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NOT voting_paper_may_change(NEW.round_id) OR NOT EXISTS (
      SELECT 1 FROM voting_paperdesk
       WHERE id = NEW.desk_id AND round_id = NEW.round_id AND settled_at IS NULL) THEN
    RAISE EXCEPTION 'the paper of this desk is settled' USING ERRCODE = 'restrict_violation';
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'declared' OR NEW.entered_by_id IS NOT NULL THEN
      RAISE EXCEPTION 'a paper batch begins with declaring it' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.state IN ('agreed', 'withdrawn')
     OR (NEW.id, NEW.round_id, NEW.desk_id, NEW.number, NEW.participation, NEW.area_id)
        IS DISTINCT FROM (OLD.id, OLD.round_id, OLD.desk_id, OLD.number, OLD.participation, OLD.area_id)
     OR (OLD.entered_by_id IS NOT NULL AND NEW.entered_by_id IS DISTINCT FROM OLD.entered_by_id)
     OR (OLD.second_by_id IS NOT NULL AND NEW.second_by_id IS DISTINCT FROM OLD.second_by_id)
     OR (NEW.declared <> OLD.declared AND NEW.state <> 'declared') THEN
    RAISE EXCEPTION 'paper batch % stays as it is', OLD.number USING ERRCODE = 'restrict_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM voting_keyedballot WHERE batch_id = NEW.id AND sequence > NEW.declared) THEN
    RAISE EXCEPTION 'more ballots are keyed than declared' USING ERRCODE = 'restrict_violation';
  END IF;
  SELECT count(*) FILTER (WHERE keying = 1), count(*) FILTER (WHERE keying = 2) INTO v_first, v_second
    FROM voting_keyedballot WHERE batch_id = NEW.id;
  IF NEW.keyed_once IS NOT NULL AND v_first <> NEW.keyed_once
     OR NEW.state IN ('differs', 'agreed') AND v_second <> NEW.declared THEN
    RAISE EXCEPTION 'paper batch % is not keyed through', OLD.number USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.state = 'agreed' AND EXISTS (
      SELECT 1 FROM voting_keyedballot one JOIN voting_keyedballot two USING (batch_id, sequence)
       WHERE one.batch_id = NEW.id AND one.keying = 1 AND two.keying = 2
         AND (one.fingerprint, one.invalid) IS DISTINCT FROM (two.fingerprint, two.invalid)) THEN
    RAISE EXCEPTION 'the two keyings of batch % differ', OLD.number USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER voting_paperbatch_guard BEFORE INSERT OR UPDATE OR DELETE ON voting_paperbatch
  FOR EACH ROW EXECUTE FUNCTION voting_guard_batch();
CREATE TRIGGER voting_paperbatch_no_truncate BEFORE TRUNCATE ON voting_paperbatch
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
NO_BATCH = """
DROP TRIGGER voting_paperbatch_no_truncate ON voting_paperbatch;
DROP TRIGGER voting_paperbatch_guard ON voting_paperbatch;
DROP FUNCTION voting_guard_batch();
"""

DESK = """
CREATE FUNCTION voting_guard_desk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.settled_at IS NOT NULL OR NEW.round_id <> OLD.round_id OR NEW.name <> OLD.name THEN
    RAISE EXCEPTION 'desk % stays as it is', OLD.name USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.settled_at IS NOT NULL AND (voting_is_open(NEW.round_id) OR EXISTS (
      SELECT 1 FROM voting_paperbatch WHERE desk_id = NEW.id AND state NOT IN ('agreed', 'withdrawn'))) THEN
    RAISE EXCEPTION 'desk % has paper that is not finished', OLD.name USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER voting_paperdesk_guard BEFORE UPDATE OR DELETE ON voting_paperdesk
  FOR EACH ROW EXECUTE FUNCTION voting_guard_desk();
CREATE TRIGGER voting_paperdesk_no_truncate BEFORE TRUNCATE ON voting_paperdesk
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A desk where nobody was marked has no papers to settle.
CREATE FUNCTION voting_unsettled_desks(p_round bigint) RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT count(*) FROM voting_paperdesk desk
   WHERE desk.round_id = p_round AND desk.settled_at IS NULL
     AND (EXISTS (SELECT 1 FROM voting_ballotbox WHERE desk_id = desk.id)
          OR EXISTS (SELECT 1 FROM voting_paperbatch
                      WHERE desk_id = desk.id AND state NOT IN ('agreed', 'withdrawn')))
$$;

CREATE FUNCTION voting_guard_paper_before_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF voting_unsettled_desks(NEW.round_id) > 0 THEN
    RAISE EXCEPTION 'paper of round % is not settled', NEW.round_id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER voting_poll_paper_before_count BEFORE UPDATE ON voting_poll
  FOR EACH ROW WHEN (OLD.state = 'closed' AND NEW.state = 'reconciled')
  EXECUTE FUNCTION voting_guard_paper_before_count();
"""
NO_DESK = """
DROP TRIGGER voting_poll_paper_before_count ON voting_poll;
DROP FUNCTION voting_guard_paper_before_count();
DROP FUNCTION voting_unsettled_desks(bigint);
DROP TRIGGER voting_paperdesk_no_truncate ON voting_paperdesk;
DROP TRIGGER voting_paperdesk_guard ON voting_paperdesk;
DROP FUNCTION voting_guard_desk();
"""


class Migration(migrations.Migration):
    dependencies = [("voting", "0004_paper_ballots")]

    operations = [
        migrations.RunSQL(LENGTHS, NO_LENGTHS),
        migrations.RunSQL(FIGURES, NO_FIGURES),
        migrations.RunSQL(BOX, NO_BOX),
        migrations.RunSQL(KEYED, NO_KEYED),
        migrations.RunSQL(BATCH, NO_BATCH),
        migrations.RunSQL(DESK, NO_DESK),
    ]
