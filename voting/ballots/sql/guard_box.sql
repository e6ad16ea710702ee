-- What enters, changes and leaves the box. A ballot that leaves while voting is open leaves an entry in the log, which
-- this trigger writes and the log takes from nobody else. The reference of that entry is the hash of the one it
-- withdraws: references of withdrawals are unique apart from those of castings, for a hash is public as soon as the
-- log is, and whoever cast a ballot under it could otherwise keep the entry from being withdrawn.
CREATE OR REPLACE FUNCTION guard_box() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_withdraws text;
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF EXISTS (SELECT 1 FROM {Poll} WHERE round_id = OLD.round_id AND state = 'key_destroyed') THEN
      RETURN OLD;
    END IF;
    v_withdraws := current_setting('voting.withdraws', true);
    IF OLD.sealed IS NOT NULL AND v_withdraws <> '' AND voting_is_open(OLD.round_id) THEN
      PERFORM set_config('voting.withdraws', '', true);
      INSERT INTO {CastEvent} (round_id, log_ref, commitment, kind, recorded_on, castings)
        SELECT event.round_id,
               sha256('\x00'::bytea || event.log_ref || event.commitment || convert_to(event.kind, 'UTF8')),
               event.commitment, 'withdraw', (clock_timestamp() AT TIME ZONE round.time_zone)::date, OLD.revision
          FROM {CastEvent} event JOIN {Round} round ON round.id = event.round_id
         WHERE event.round_id = OLD.round_id AND event.log_ref = decode(v_withdraws, 'hex')
           AND event.kind <> 'withdraw';
      IF NOT FOUND THEN
        RAISE EXCEPTION 'only what is in the log is withdrawn' USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN OLD;
    END IF;
    IF OLD.polling_place_id IS NULL OR NOT voting_is_open(OLD.round_id) THEN
      RAISE EXCEPTION 'a ballot leaves the box only after the key is destroyed'
        USING ERRCODE = 'restrict_violation';
    END IF;
    -- A paper mark, while voting is open. The desk's row keeps ballots from being keyed meanwhile.
    PERFORM 1 FROM {PollingPlace} WHERE id = OLD.polling_place_id FOR NO KEY UPDATE;
    IF NOT EXISTS (SELECT 1 FROM {CancelledCheckIn}
                    WHERE polling_place_id = OLD.polling_place_id AND withdrawn_at = transaction_timestamp()
                      AND check_in = sha256(OLD.voter_tag)) THEN
      RAISE EXCEPTION 'a paper mark is withdrawn with a reason' USING ERRCODE = 'restrict_violation';
    END IF;
    IF check_ins(OLD.polling_place_id, OLD.residency = 'outside')
       <= transcribed_ballots(OLD.polling_place_id, OLD.residency = 'outside')
       OR check_ins_are_used_up(OLD.polling_place_id, OLD.area_id) THEN
      RAISE EXCEPTION 'as many paper ballots are keyed as people were marked' USING ERRCODE = 'VB003';
    END IF;
    RETURN OLD;
  END IF;
  IF NOT voting_is_open(NEW.round_id) THEN
    RAISE EXCEPTION 'voting in round % is not open', NEW.round_id USING ERRCODE = 'VB001';
  END IF;
  IF NEW.polling_place_id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM {PollingPlace} WHERE id = NEW.polling_place_id AND round_id = NEW.round_id) THEN
    RAISE EXCEPTION 'the desk belongs to another round' USING ERRCODE = 'restrict_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (
      NEW.round_id <> OLD.round_id OR NEW.voter_tag <> OLD.voter_tag OR NEW.revision <> OLD.revision + 1
      OR OLD.sealed IS NULL OR NEW.sealed IS NULL) THEN
    RAISE EXCEPTION 'a ballot is replaced as a whole, by its voter' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
