"""The casting function, and triggers that keep the box shut outside the vote and the rules frozen.

SQLSTATE VB001: voting is not open. VB002: the rules are frozen. Everything else that is refused here is
refused as `restrict_violation`, for no code of the platform tries it.
"""

from django.db import migrations

LENGTHS = """
ALTER TABLE voting_poll
  ADD CONSTRAINT voting_poll_rules_hash_is_32_bytes CHECK (octet_length(rules_hash) = 32),
  ADD CONSTRAINT voting_poll_key_check_is_32_bytes CHECK (octet_length(key_check) = 32),
  ADD CONSTRAINT voting_poll_rules_hash_is_of_the_rules
    CHECK (rules_hash IS NULL OR rules_hash = sha256(convert_to(rules, 'UTF8')));
ALTER TABLE voting_ballotbox
  ADD CONSTRAINT voting_ballotbox_tag_is_32_bytes CHECK (octet_length(voter_tag) = 32);
ALTER TABLE voting_castevent
  ADD CONSTRAINT voting_castevent_log_ref_is_32_bytes CHECK (octet_length(log_ref) = 32),
  ADD CONSTRAINT voting_castevent_commitment_is_32_bytes CHECK (octet_length(commitment) = 32),
  ADD CONSTRAINT voting_castevent_kind_is_known CHECK (kind IN ('cast', 'replace'));
ALTER TABLE voting_finalballot
  ADD CONSTRAINT voting_finalballot_ref_is_16_bytes CHECK (octet_length(ballot_ref) = 16);
ALTER TABLE voting_tally
  ADD CONSTRAINT voting_tally_input_hash_is_32_bytes CHECK (octet_length(input_hash) = 32);
"""
NO_LENGTHS = """
ALTER TABLE voting_tally DROP CONSTRAINT voting_tally_input_hash_is_32_bytes;
ALTER TABLE voting_finalballot DROP CONSTRAINT voting_finalballot_ref_is_16_bytes;
ALTER TABLE voting_castevent
  DROP CONSTRAINT voting_castevent_log_ref_is_32_bytes,
  DROP CONSTRAINT voting_castevent_commitment_is_32_bytes,
  DROP CONSTRAINT voting_castevent_kind_is_known;
ALTER TABLE voting_ballotbox DROP CONSTRAINT voting_ballotbox_tag_is_32_bytes;
ALTER TABLE voting_poll
  DROP CONSTRAINT voting_poll_rules_hash_is_32_bytes,
  DROP CONSTRAINT voting_poll_key_check_is_32_bytes,
  DROP CONSTRAINT voting_poll_rules_hash_is_of_the_rules;
"""

# VOLATILE: inside `cast_ballot` it must see what was committed while that waited for the lock.
IS_OPEN = """
CREATE FUNCTION voting_is_open(p_round bigint) RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT COALESCE((
    SELECT poll.state = 'frozen' AND (
        (poll.is_loading AND round.is_imported)
        OR (clock_timestamp() >= phase.opens_at AND clock_timestamp() < phase.closes_at))
      FROM voting_poll poll
      JOIN rounds_round round ON round.id = poll.round_id
      LEFT JOIN rounds_phase phase ON phase.round_id = poll.round_id AND phase.kind = 'voting'
     WHERE poll.round_id = p_round), false)
$$;
"""

# One ballot. `outcome`: cast, replace, replay (the same request again; nothing changed), conflict (the
# receipt stands for another ballot), closed, paper. `kind` and `recorded_on` are those of the log entry.
# The lock is that of `rounds.locks`: whatever ends the vote waits for casts in flight.
CAST_BALLOT = """
CREATE FUNCTION cast_ballot(
  p_round bigint, p_tag bytea, p_sealed bytea, p_log_ref bytea, p_commitment bytea,
  p_channel text, p_participation text, p_area bigint, p_age_group text,
  OUT outcome text, OUT kind text, OUT recorded_on date
) LANGUAGE plpgsql AS $$
DECLARE
  v_commitment bytea;
  v_revision integer;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(7001, p_round::integer);
  SELECT event.commitment, event.kind, event.recorded_on INTO v_commitment, kind, recorded_on
    FROM voting_castevent event WHERE event.round_id = p_round AND event.log_ref = p_log_ref;
  IF FOUND THEN
    outcome := CASE WHEN v_commitment = p_commitment THEN 'replay' ELSE 'conflict' END;
    RETURN;
  END IF;
  IF NOT voting_is_open(p_round) THEN
    outcome := 'closed';
    RETURN;
  END IF;
  INSERT INTO voting_ballotbox AS box
      (round_id, voter_tag, sealed, channel, participation, area_id, age_group, revision)
    VALUES (p_round, p_tag, p_sealed, p_channel, p_participation, p_area, p_age_group, 1)
    ON CONFLICT (round_id, voter_tag) DO UPDATE
      SET sealed = EXCLUDED.sealed, channel = EXCLUDED.channel, participation = EXCLUDED.participation,
          area_id = EXCLUDED.area_id, age_group = EXCLUDED.age_group, revision = box.revision + 1
      WHERE box.sealed IS NOT NULL
    RETURNING box.revision INTO v_revision;
  IF v_revision IS NULL THEN
    outcome := 'paper';
    RETURN;
  END IF;
  outcome := CASE WHEN v_revision = 1 THEN 'cast' ELSE 'replace' END;
  kind := outcome;
  INSERT INTO voting_castevent AS event (round_id, log_ref, commitment, kind, recorded_on)
    SELECT p_round, p_log_ref, p_commitment, outcome, (clock_timestamp() AT TIME ZONE round.time_zone)::date
      FROM rounds_round round WHERE round.id = p_round
    ON CONFLICT (round_id, log_ref) DO NOTHING
    RETURNING event.recorded_on INTO recorded_on;
  IF recorded_on IS NULL THEN
    -- The same receipt raced itself. Undo the box; tried again, this is a replay or a conflict.
    RAISE EXCEPTION 'receipt raced itself' USING ERRCODE = 'serialization_failure';
  END IF;
END $$;
"""

BOX = """
CREATE FUNCTION voting_guard_box() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER voting_ballotbox_guard BEFORE INSERT OR UPDATE OR DELETE ON voting_ballotbox
  FOR EACH ROW EXECUTE FUNCTION voting_guard_box();
CREATE TRIGGER voting_ballotbox_no_truncate BEFORE TRUNCATE ON voting_ballotbox
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION voting_guard_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NOT voting_is_open(NEW.round_id) THEN
      RAISE EXCEPTION 'voting in round % is not open', NEW.round_id USING ERRCODE = 'VB001';
    END IF;
    IF NEW.leaf_index IS NOT NULL THEN
      RAISE EXCEPTION 'a place in the log is given later' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' OR OLD.leaf_index IS NOT NULL OR NEW.leaf_index IS NULL
      OR (NEW.id, NEW.round_id, NEW.log_ref, NEW.commitment, NEW.kind, NEW.recorded_on)
         IS DISTINCT FROM (OLD.id, OLD.round_id, OLD.log_ref, OLD.commitment, OLD.kind, OLD.recorded_on) THEN
    RAISE EXCEPTION '% of the log is refused: an entry only gets its place, once', TG_OP
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER voting_castevent_guard BEFORE INSERT OR UPDATE OR DELETE ON voting_castevent
  FOR EACH ROW EXECUTE FUNCTION voting_guard_log();
CREATE TRIGGER voting_castevent_no_truncate BEFORE TRUNCATE ON voting_castevent
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
NO_BOX = """
DROP TRIGGER voting_castevent_no_truncate ON voting_castevent;
DROP TRIGGER voting_castevent_guard ON voting_castevent;
DROP FUNCTION voting_guard_log();
DROP TRIGGER voting_ballotbox_no_truncate ON voting_ballotbox;
DROP TRIGGER voting_ballotbox_guard ON voting_ballotbox;
DROP FUNCTION voting_guard_box();
"""

RESULT = """
CREATE FUNCTION voting_guard_result() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_round bigint;
BEGIN
  IF TG_OP <> 'INSERT' THEN
    RAISE EXCEPTION '% of % is refused: it is append-only', TG_OP, TG_TABLE_NAME
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF TG_TABLE_NAME = 'voting_tally' THEN
    SELECT round_id INTO v_round FROM voting_ballotpaper WHERE id = NEW.paper_id;
  ELSE
    v_round := NEW.round_id;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM voting_poll WHERE round_id = v_round AND state = 'reconciled') THEN
    RAISE EXCEPTION 'a result is written only once the box is closed and reconciled'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER voting_finalballot_guard BEFORE INSERT OR UPDATE OR DELETE ON voting_finalballot
  FOR EACH ROW EXECUTE FUNCTION voting_guard_result();
CREATE TRIGGER voting_finalballot_no_truncate BEFORE TRUNCATE ON voting_finalballot
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER voting_tally_guard BEFORE INSERT OR UPDATE OR DELETE ON voting_tally
  FOR EACH ROW EXECUTE FUNCTION voting_guard_result();
CREATE TRIGGER voting_tally_no_truncate BEFORE TRUNCATE ON voting_tally
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION voting_guard_approval() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.approved_by_id IS NOT NULL
      OR (NEW.round_id, NEW.step, NEW.requested_by_id, NEW.requested_at)
         IS DISTINCT FROM (OLD.round_id, OLD.step, OLD.requested_by_id, OLD.requested_at) THEN
    RAISE EXCEPTION 'a request is approved once and otherwise stays as it is'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER voting_approval_guard BEFORE UPDATE OR DELETE ON voting_approval
  FOR EACH ROW EXECUTE FUNCTION voting_guard_approval();
CREATE TRIGGER voting_approval_no_truncate BEFORE TRUNCATE ON voting_approval
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
NO_RESULT = """
DROP TRIGGER voting_approval_no_truncate ON voting_approval;
DROP TRIGGER voting_approval_guard ON voting_approval;
DROP FUNCTION voting_guard_approval();
DROP TRIGGER voting_tally_no_truncate ON voting_tally;
DROP TRIGGER voting_tally_guard ON voting_tally;
DROP TRIGGER voting_finalballot_no_truncate ON voting_finalballot;
DROP TRIGGER voting_finalballot_guard ON voting_finalballot;
DROP FUNCTION voting_guard_result();
"""

POLL = """
CREATE FUNCTION voting_guard_poll() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_order text[] := ARRAY['drafted', 'frozen', 'closed', 'reconciled', 'counted', 'certified', 'published',
                          'key_destroyed'];
  v_step text;
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.state <> 'drafted' THEN
      RAISE EXCEPTION 'a vote with frozen rules is not deleted' USING ERRCODE = 'VB002';
    END IF;
    RETURN OLD;
  END IF;
  IF NEW.is_loading AND NOT EXISTS (
      SELECT 1 FROM rounds_round WHERE id = NEW.round_id AND is_imported) THEN
    RAISE EXCEPTION 'only an imported round is loaded' USING ERRCODE = 'restrict_violation';
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'drafted' THEN
      RAISE EXCEPTION 'a vote begins with drafting' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.state <> 'drafted' AND
      (NEW.round_id, NEW.rules, NEW.rules_hash, NEW.frozen_at, NEW.key_name, NEW.key_check, NEW.receipt_mode)
      IS DISTINCT FROM
      (OLD.round_id, OLD.rules, OLD.rules_hash, OLD.frozen_at, OLD.key_name, OLD.key_check, OLD.receipt_mode)
      THEN
    RAISE EXCEPTION 'the rules of this vote are frozen' USING ERRCODE = 'VB002';
  END IF;
  IF NEW.state = OLD.state THEN
    RETURN NEW;
  END IF;
  IF array_position(v_order, NEW.state::text) IS DISTINCT FROM array_position(v_order, OLD.state::text) + 1 THEN
    RAISE EXCEPTION 'a vote does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.state = 'closed' AND NOT EXISTS (
      SELECT 1 FROM rounds_phase
       WHERE round_id = NEW.round_id AND kind = 'voting' AND closes_at <= clock_timestamp()) THEN
    RAISE EXCEPTION 'voting is still open' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.state = 'counted' AND EXISTS (
      SELECT 1 FROM voting_ballotpaper paper WHERE paper.round_id = NEW.round_id AND NOT EXISTS (
        SELECT 1 FROM voting_tally WHERE paper_id = paper.id AND is_decisive)) THEN
    RAISE EXCEPTION 'a ballot paper has not been counted' USING ERRCODE = 'restrict_violation';
  END IF;
  v_step := CASE NEW.state WHEN 'certified' THEN 'certify' WHEN 'published' THEN 'publish'
                           WHEN 'key_destroyed' THEN 'destroy_key' END;
  IF v_step IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM voting_approval
       WHERE round_id = NEW.round_id AND step = v_step AND approved_by_id IS NOT NULL) THEN
    RAISE EXCEPTION 'two officials have to approve: %', v_step USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER voting_poll_guard BEFORE INSERT OR UPDATE OR DELETE ON voting_poll
  FOR EACH ROW EXECUTE FUNCTION voting_guard_poll();
CREATE TRIGGER voting_poll_no_truncate BEFORE TRUNCATE ON voting_poll
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
NO_POLL = """
DROP TRIGGER voting_poll_no_truncate ON voting_poll;
DROP TRIGGER voting_poll_guard ON voting_poll;
DROP FUNCTION voting_guard_poll();
"""

# Each writer takes the poll's row in share mode, and freezing takes it exclusively: a change either is in
# the frozen rules or is refused.
FREEZE = """
CREATE FUNCTION voting_require_unfrozen(p_round bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_state text;
BEGIN
  SELECT state INTO v_state FROM voting_poll WHERE round_id = p_round FOR SHARE;
  IF v_state <> 'drafted' THEN
    RAISE EXCEPTION 'the rules of this vote are frozen' USING ERRCODE = 'VB002';
  END IF;
END $$;

CREATE FUNCTION voting_freeze_by_round() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW IS NOT DISTINCT FROM OLD THEN
    RETURN NEW;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    PERFORM voting_require_unfrozen(OLD.round_id);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM voting_require_unfrozen(NEW.round_id);
    RETURN NEW;
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER voting_ballotpaper_freeze BEFORE INSERT OR UPDATE OR DELETE ON voting_ballotpaper
  FOR EACH ROW EXECUTE FUNCTION voting_freeze_by_round();
CREATE TRIGGER voting_ballotpaper_no_truncate BEFORE TRUNCATE ON voting_ballotpaper
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER voting_freeze BEFORE INSERT OR UPDATE OR DELETE ON rounds_ruleset
  FOR EACH ROW EXECUTE FUNCTION voting_freeze_by_round();
CREATE TRIGGER voting_freeze_insert BEFORE INSERT ON rounds_phase
  FOR EACH ROW WHEN (NEW.kind = 'voting') EXECUTE FUNCTION voting_freeze_by_round();
CREATE TRIGGER voting_freeze_update BEFORE UPDATE ON rounds_phase
  FOR EACH ROW WHEN (OLD.kind = 'voting' OR NEW.kind = 'voting') EXECUTE FUNCTION voting_freeze_by_round();
CREATE TRIGGER voting_freeze_delete BEFORE DELETE ON rounds_phase
  FOR EACH ROW WHEN (OLD.kind = 'voting') EXECUTE FUNCTION voting_freeze_by_round();
CREATE TRIGGER voting_freeze_insert BEFORE INSERT ON rounds_entitlement
  FOR EACH ROW WHEN (NEW.act = 'vote') EXECUTE FUNCTION voting_freeze_by_round();
CREATE TRIGGER voting_freeze_update BEFORE UPDATE ON rounds_entitlement
  FOR EACH ROW WHEN (OLD.act = 'vote' OR NEW.act = 'vote') EXECUTE FUNCTION voting_freeze_by_round();
CREATE TRIGGER voting_freeze_delete BEFORE DELETE ON rounds_entitlement
  FOR EACH ROW WHEN (OLD.act = 'vote') EXECUTE FUNCTION voting_freeze_by_round();

CREATE FUNCTION voting_freeze_project() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM voting_require_unfrozen((SELECT round_id FROM voting_ballotpaper WHERE id = OLD.paper_id));
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM voting_require_unfrozen((SELECT round_id FROM voting_ballotpaper WHERE id = NEW.paper_id));
    RETURN NEW;
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER voting_project_freeze BEFORE INSERT OR UPDATE OR DELETE ON voting_project
  FOR EACH ROW EXECUTE FUNCTION voting_freeze_project();
CREATE TRIGGER voting_project_no_truncate BEFORE TRUNCATE ON voting_project
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION voting_freeze_round() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM voting_require_unfrozen(OLD.id);
  RETURN NEW;
END $$;
CREATE TRIGGER voting_freeze BEFORE UPDATE ON rounds_round
  FOR EACH ROW WHEN (
    (OLD.slug, OLD.authority_id, OLD.budget_minor, OLD.currency, OLD.time_zone)
    IS DISTINCT FROM (NEW.slug, NEW.authority_id, NEW.budget_minor, NEW.currency, NEW.time_zone))
  EXECUTE FUNCTION voting_freeze_round();
-- A live round that could be called imported afterwards could be cast into out of time.
CREATE TRIGGER rounds_round_stays_imported_or_not BEFORE UPDATE ON rounds_round
  FOR EACH ROW WHEN (OLD.is_imported <> NEW.is_imported) EXECUTE FUNCTION refuse_change();
"""
NO_FREEZE = """
DROP TRIGGER rounds_round_stays_imported_or_not ON rounds_round;
DROP TRIGGER voting_freeze ON rounds_round;
DROP FUNCTION voting_freeze_round();
DROP TRIGGER voting_project_no_truncate ON voting_project;
DROP TRIGGER voting_project_freeze ON voting_project;
DROP FUNCTION voting_freeze_project();
DROP TRIGGER voting_freeze_delete ON rounds_entitlement;
DROP TRIGGER voting_freeze_update ON rounds_entitlement;
DROP TRIGGER voting_freeze_insert ON rounds_entitlement;
DROP TRIGGER voting_freeze_delete ON rounds_phase;
DROP TRIGGER voting_freeze_update ON rounds_phase;
DROP TRIGGER voting_freeze_insert ON rounds_phase;
DROP TRIGGER voting_freeze ON rounds_ruleset;
DROP TRIGGER voting_ballotpaper_no_truncate ON voting_ballotpaper;
DROP TRIGGER voting_ballotpaper_freeze ON voting_ballotpaper;
DROP FUNCTION voting_freeze_by_round();
DROP FUNCTION voting_require_unfrozen(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("voting", "0001_initial"), ("rounds", "0001_initial"), ("audit", "0003_event_append_only")]

    operations = [
        migrations.RunSQL(LENGTHS, NO_LENGTHS),
        migrations.RunSQL(IS_OPEN, "DROP FUNCTION voting_is_open(bigint)"),
        migrations.RunSQL(
            CAST_BALLOT,
            "DROP FUNCTION cast_ballot(bigint, bytea, bytea, bytea, bytea, text, text, bigint, text)",
        ),
        migrations.RunSQL(BOX, NO_BOX),
        migrations.RunSQL(RESULT, NO_RESULT),
        migrations.RunSQL(POLL, NO_POLL),
        migrations.RunSQL(FREEZE, NO_FREEZE),
    ]
