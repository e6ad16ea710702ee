-- Nothing is counted before every desk with paper is settled.
CREATE OR REPLACE FUNCTION guard_transcription_before_count() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF unsettled_polling_places(NEW.round_id) > 0 THEN
    RAISE EXCEPTION 'paper of round % is not settled', NEW.round_id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
