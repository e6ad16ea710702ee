-- An entry of the log is written while voting is open and gets its place, once.
CREATE OR REPLACE FUNCTION guard_log() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NOT voting_is_open(NEW.round_id) THEN
      RAISE EXCEPTION 'voting in round % is not open', NEW.round_id USING ERRCODE = 'VB001';
    END IF;
    IF NEW.leaf_index IS NOT NULL THEN
      RAISE EXCEPTION 'a place in the log is given later' USING ERRCODE = 'restrict_violation';
    END IF;
    -- Depth 2: inserted by the trigger of the row that leaves the box.
    IF NEW.kind = 'withdraw' AND pg_trigger_depth() < 2 THEN
      RAISE EXCEPTION 'a withdrawal is written by the box that the ballot leaves'
        USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' OR OLD.leaf_index IS NOT NULL OR NEW.leaf_index IS NULL
      OR (NEW.id, NEW.round_id, NEW.log_ref, NEW.commitment, NEW.kind, NEW.recorded_on, NEW.castings)
         IS DISTINCT FROM (OLD.id, OLD.round_id, OLD.log_ref, OLD.commitment, OLD.kind, OLD.recorded_on, OLD.castings) THEN
    RAISE EXCEPTION '% of the log is refused: an entry only gets its place, once', TG_OP
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
