-- One ballot. `outcome`: cast, replace, replay (the same request again; nothing changed), conflict (the
-- receipt stands for another ballot), closed, paper. `kind` and `recorded_on` are those of the log entry.
-- The lock is that of acts inside a phase: whatever ends the vote waits for casts in flight.
-- The reference of a withdrawal may be that of a casting by chance or malice: castings are looked for alone.
CREATE OR REPLACE FUNCTION cast_ballot(
  p_round bigint, p_tag bytea, p_sealed bytea, p_log_ref bytea, p_commitment bytea,
  p_channel text, p_residency text, p_area bigint, p_age_group text,
  OUT outcome text, OUT kind text, OUT recorded_on date
) LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_commitment bytea;
  v_revision integer;
BEGIN
  PERFORM pg_advisory_xact_lock_shared({LockSpace.ROUND}, p_round::integer);
  SELECT event.commitment, event.kind, event.recorded_on INTO v_commitment, kind, recorded_on
    FROM {CastEvent} event
   WHERE event.round_id = p_round AND event.log_ref = p_log_ref AND event.kind <> 'withdraw';
  IF FOUND THEN
    outcome := CASE WHEN v_commitment = p_commitment THEN 'replay' ELSE 'conflict' END;
    RETURN;
  END IF;
  IF NOT voting_is_open(p_round) THEN
    outcome := 'closed';
    RETURN;
  END IF;
  INSERT INTO {BallotBox} AS box
      (round_id, voter_tag, sealed, channel, residency, area_id, age_group, revision)
    VALUES (p_round, p_tag, p_sealed, p_channel, p_residency, p_area, p_age_group, 1)
    ON CONFLICT (round_id, voter_tag) DO UPDATE
      SET sealed = EXCLUDED.sealed, channel = EXCLUDED.channel, residency = EXCLUDED.residency,
          area_id = EXCLUDED.area_id, age_group = EXCLUDED.age_group, revision = box.revision + 1
      WHERE box.sealed IS NOT NULL
    RETURNING box.revision INTO v_revision;
  IF v_revision IS NULL THEN
    outcome := 'paper';
    RETURN;
  END IF;
  outcome := CASE WHEN v_revision = 1 THEN 'cast' ELSE 'replace' END;
  kind := outcome;
  INSERT INTO {CastEvent} AS event (round_id, log_ref, commitment, kind, recorded_on)
    SELECT p_round, p_log_ref, p_commitment, outcome, (clock_timestamp() AT TIME ZONE round.time_zone)::date
      FROM {Round} round WHERE round.id = p_round
    ON CONFLICT (round_id, log_ref) WHERE event.kind <> 'withdraw' DO NOTHING
    RETURNING event.recorded_on INTO recorded_on;
  IF recorded_on IS NULL THEN
    -- The same receipt raced itself. Undo the box; tried again, this is a replay or a conflict.
    RAISE EXCEPTION 'receipt raced itself' USING ERRCODE = 'serialization_failure';
  END IF;
END $$;
