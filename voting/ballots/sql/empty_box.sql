-- All ballots of a round leave the box; its trigger asks whether the key is destroyed. With the rights of the tables'
-- owner, as `withdraw_ballot`.
CREATE OR REPLACE FUNCTION empty_box(p_round bigint) RETURNS void LANGUAGE sql VOLATILE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  DELETE FROM {BallotBox} WHERE round_id = p_round;
$$;
REVOKE EXECUTE ON FUNCTION empty_box FROM PUBLIC;
