-- The phase of a frozen vote: exactly what an approved extension says, while voting is open; else nothing.
CREATE OR REPLACE FUNCTION freeze_phase() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW IS NOT DISTINCT FROM OLD THEN
    RETURN NEW;
  END IF;
  IF (NEW.id, NEW.round_id, NEW.kind, NEW.opens_at) IS NOT DISTINCT FROM
     (OLD.id, OLD.round_id, OLD.kind, OLD.opens_at)
     AND voting_is_open(OLD.round_id) AND EXISTS (
       SELECT 1 FROM {Extension}
        WHERE round_id = OLD.round_id AND approved_by_id IS NOT NULL
          AND closes_before = OLD.closes_at AND closes_at = NEW.closes_at) THEN
    RETURN NEW;
  END IF;
  PERFORM require_unfrozen(OLD.round_id);
  PERFORM require_unfrozen(NEW.round_id);
  RETURN NEW;
END $$;
