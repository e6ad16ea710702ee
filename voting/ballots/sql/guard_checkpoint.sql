-- Checkpoints only grow, by one key, and say what the numbered entries say.
CREATE OR REPLACE FUNCTION guard_checkpoint() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_before {Checkpoint};
BEGIN
  IF TG_OP <> 'INSERT' THEN
    RAISE EXCEPTION '% of % is refused: it is append-only', TG_OP, TG_TABLE_NAME
      USING ERRCODE = 'restrict_violation';
  END IF;
  SELECT * INTO v_before FROM {Checkpoint}
   WHERE round_id = NEW.round_id ORDER BY size DESC LIMIT 1;
  IF FOUND AND NEW.size < v_before.size THEN
    RAISE EXCEPTION 'a log of % entries does not shrink to %', v_before.size, NEW.size
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF FOUND AND NEW.public_key <> v_before.public_key THEN
    RAISE EXCEPTION 'one key signs every checkpoint of a log' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.size <> COALESCE(
      (SELECT max(leaf_index) + 1 FROM {CastEvent} WHERE round_id = NEW.round_id), 0) THEN
    RAISE EXCEPTION 'a checkpoint counts every entry that has a place, and no other'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
