-- A desk is settled once, after the vote, when all its stacks are finished.
CREATE OR REPLACE FUNCTION guard_polling_place() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.settled_at IS NOT NULL OR NEW.round_id <> OLD.round_id OR NEW.name <> OLD.name THEN
    RAISE EXCEPTION 'desk % stays as it is', OLD.name USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.settled_at IS NOT NULL AND (voting_is_open(NEW.round_id) OR EXISTS (
      SELECT 1 FROM {BallotBatch} WHERE polling_place_id = NEW.id AND state NOT IN ('agreed', 'withdrawn'))) THEN
    RAISE EXCEPTION 'desk % has paper that is not finished', OLD.name USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
