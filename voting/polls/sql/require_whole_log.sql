-- A vote closes only once every entry has its place and the last checkpoint counts them all. The refusal says what is
-- missing, so that whoever reads it need not guess.
CREATE OR REPLACE FUNCTION require_whole_log() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  entries bigint;
  numbered bigint;
  signed bigint;
BEGIN
  IF EXISTS (SELECT 1 FROM {CastEvent} WHERE round_id = NEW.round_id AND leaf_index IS NULL) OR NOT EXISTS (
      SELECT 1 FROM {Checkpoint} WHERE round_id = NEW.round_id AND size = COALESCE(
        (SELECT max(leaf_index) + 1 FROM {CastEvent} WHERE round_id = NEW.round_id), 0)) THEN
    SELECT count(*), count(leaf_index) INTO entries, numbered
      FROM {CastEvent} WHERE round_id = NEW.round_id;
    SELECT max(size) INTO signed FROM {Checkpoint} WHERE round_id = NEW.round_id;
    RAISE EXCEPTION 'the log is not whole: an entry has no place, or the last checkpoint is missing'
      USING ERRCODE = 'restrict_violation',
            DETAIL = format('%s entries, %s with a place; the last checkpoint counts %s',
                            entries, numbered, coalesce(signed::text, 'nothing'));
  END IF;
  RETURN NEW;
END $$;
