-- The projects of a ballot paper stay as they are once the rules are frozen.
CREATE OR REPLACE FUNCTION freeze_project() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM require_unfrozen((SELECT round_id FROM {BallotStyle} WHERE id = OLD.ballot_style_id));
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM require_unfrozen((SELECT round_id FROM {BallotStyle} WHERE id = NEW.ballot_style_id));
    RETURN NEW;
  END IF;
  RETURN OLD;
END $$;
