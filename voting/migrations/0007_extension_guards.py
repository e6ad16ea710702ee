"""A frozen vote closes later only by an extension that two people decided while voting was open.

SQLSTATE VB001: voting is not open. VB002: the rules are frozen.
"""

from django.db import migrations

EXTENSION = """
CREATE FUNCTION voting_guard_extension() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.approved_by_id IS NOT NULL THEN
      RAISE EXCEPTION 'an extension that was announced stays' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
  END IF;
  IF TG_OP = 'INSERT' AND NEW.approved_by_id IS NOT NULL
     OR TG_OP = 'UPDATE' AND (OLD.approved_by_id IS NOT NULL
       OR (NEW.id, NEW.round_id, NEW.closes_before, NEW.closes_at, NEW.reason, NEW.requested_by_id,
           NEW.requested_at)
          IS DISTINCT FROM
          (OLD.id, OLD.round_id, OLD.closes_before, OLD.closes_at, OLD.reason, OLD.requested_by_id,
           OLD.requested_at)) THEN
    RAISE EXCEPTION 'an extension is asked for, then approved once, and otherwise stays as it is'
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF NOT voting_is_open(NEW.round_id) OR NOT EXISTS (
      SELECT 1 FROM rounds_phase
       WHERE round_id = NEW.round_id AND kind = 'voting' AND closes_at = NEW.closes_before) THEN
    RAISE EXCEPTION 'voting in round % is not open until then', NEW.round_id USING ERRCODE = 'VB001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER voting_extension_guard BEFORE INSERT OR UPDATE OR DELETE ON voting_extension
  FOR EACH ROW EXECUTE FUNCTION voting_guard_extension();
CREATE TRIGGER voting_extension_no_truncate BEFORE TRUNCATE ON voting_extension
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
NO_EXTENSION = """
DROP TRIGGER voting_extension_no_truncate ON voting_extension;
DROP TRIGGER voting_extension_guard ON voting_extension;
DROP FUNCTION voting_guard_extension();
"""

# The phase of a frozen vote: exactly what an approved extension says, while voting is open; else nothing.
PHASE = """
CREATE FUNCTION voting_freeze_phase() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW IS NOT DISTINCT FROM OLD THEN
    RETURN NEW;
  END IF;
  IF (NEW.id, NEW.round_id, NEW.kind, NEW.opens_at) IS NOT DISTINCT FROM
     (OLD.id, OLD.round_id, OLD.kind, OLD.opens_at)
     AND voting_is_open(OLD.round_id) AND EXISTS (
       SELECT 1 FROM voting_extension
        WHERE round_id = OLD.round_id AND approved_by_id IS NOT NULL
          AND closes_before = OLD.closes_at AND closes_at = NEW.closes_at) THEN
    RETURN NEW;
  END IF;
  PERFORM voting_require_unfrozen(OLD.round_id);
  PERFORM voting_require_unfrozen(NEW.round_id);
  RETURN NEW;
END $$;
DROP TRIGGER voting_freeze_update ON rounds_phase;
CREATE TRIGGER voting_freeze_update BEFORE UPDATE ON rounds_phase
  FOR EACH ROW WHEN (OLD.kind = 'voting' OR NEW.kind = 'voting') EXECUTE FUNCTION voting_freeze_phase();
"""
# As in 0002_sealed_box.
NO_PHASE = """
DROP TRIGGER voting_freeze_update ON rounds_phase;
CREATE TRIGGER voting_freeze_update BEFORE UPDATE ON rounds_phase
  FOR EACH ROW WHEN (OLD.kind = 'voting' OR NEW.kind = 'voting') EXECUTE FUNCTION voting_freeze_by_round();
DROP FUNCTION voting_freeze_phase();
"""


class Migration(migrations.Migration):
    dependencies = [("voting", "0006_extension"), ("rounds", "0003_vote_without_account")]

    operations = [
        migrations.RunSQL(EXTENSION, NO_EXTENSION),
        migrations.RunSQL(PHASE, NO_PHASE),
    ]
