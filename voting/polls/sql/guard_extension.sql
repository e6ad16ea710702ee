-- A frozen vote closes later only by an extension that two people decided while voting was open.
CREATE OR REPLACE FUNCTION guard_extension() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
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
      SELECT 1 FROM {Phase}
       WHERE round_id = NEW.round_id AND kind = 'voting' AND closes_at = NEW.closes_before) THEN
    RAISE EXCEPTION 'voting in round % is not open until then', NEW.round_id USING ERRCODE = 'VB001';
  END IF;
  RETURN NEW;
END $$;
