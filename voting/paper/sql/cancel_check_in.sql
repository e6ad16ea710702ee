-- A paper mark leaves the box; its trigger asks for the reason. With the rights of the tables' owner, for the web's own
-- role removes no rows.
CREATE OR REPLACE FUNCTION cancel_check_in(p_round bigint, p_tag bytea, p_place bigint) RETURNS void LANGUAGE sql VOLATILE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  DELETE FROM {BallotBox}
   WHERE round_id = p_round AND voter_tag = p_tag AND polling_place_id = p_place AND sealed IS NULL;
$$;
