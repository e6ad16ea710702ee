-- Each writer takes the poll's row in share mode, and freezing takes it exclusively: a change either is in the frozen
-- rules or is refused.
CREATE OR REPLACE FUNCTION require_unfrozen(p_round bigint) RETURNS void LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_state text;
BEGIN
  SELECT state INTO v_state FROM {Poll} WHERE round_id = p_round FOR SHARE;
  IF v_state <> 'drafted' THEN
    RAISE EXCEPTION 'the rules of this vote are frozen' USING ERRCODE = 'VB002';
  END IF;
END $$;
