-- Rows that name their round stay as they are once its rules are frozen.
CREATE OR REPLACE FUNCTION freeze_by_round() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW IS NOT DISTINCT FROM OLD THEN
    RETURN NEW;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    PERFORM require_unfrozen(OLD.round_id);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM require_unfrozen(NEW.round_id);
    RETURN NEW;
  END IF;
  RETURN OLD;
END $$;
