-- A proposal's track is one of its round's authority.
CREATE OR REPLACE FUNCTION require_track() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM {Track} track JOIN {Round} round ON round.authority_id = track.authority_id
     WHERE round.id = NEW.round_id AND track.code = NEW.track
  ) THEN
    RAISE EXCEPTION '% is no track of the authority', NEW.track USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
