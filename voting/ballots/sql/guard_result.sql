-- Counted ballots and tallies are written once, between the reconciliation and the count.
CREATE OR REPLACE FUNCTION guard_result() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_round bigint;
BEGIN
  IF TG_OP <> 'INSERT' THEN
    RAISE EXCEPTION '% of % is refused: it is append-only', TG_OP, TG_TABLE_NAME
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF TG_RELID = '{Tally}'::regclass THEN
    SELECT round_id INTO v_round FROM {BallotStyle} WHERE id = NEW.ballot_style_id;
  ELSE
    v_round := NEW.round_id;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM {Poll} WHERE round_id = v_round AND state = 'reconciled') THEN
    RAISE EXCEPTION 'a result is written only once the box is closed and reconciled'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
