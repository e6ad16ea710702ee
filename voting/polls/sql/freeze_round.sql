-- What the rules say of the round itself stays as it is once they are frozen.
CREATE OR REPLACE FUNCTION freeze_round() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM require_unfrozen(OLD.id);
  RETURN NEW;
END $$;
