-- A request for a step of the close is approved once, and otherwise stays as it is.
CREATE OR REPLACE FUNCTION guard_approval() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.approved_by_id IS NOT NULL
      OR (NEW.round_id, NEW.stage, NEW.requested_by_id, NEW.requested_at)
         IS DISTINCT FROM (OLD.round_id, OLD.stage, OLD.requested_by_id, OLD.requested_at) THEN
    RAISE EXCEPTION 'a request is approved once and otherwise stays as it is'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
