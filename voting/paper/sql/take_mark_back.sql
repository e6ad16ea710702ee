-- A paper mark leaves the box; its trigger asks for the reason. With the rights of the tables' owner, for the web's own
-- role removes no rows.
CREATE OR REPLACE FUNCTION take_mark_back(p_round bigint, p_tag bytea, p_desk bigint) RETURNS void LANGUAGE sql VOLATILE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  DELETE FROM {BallotBox}
   WHERE round_id = p_round AND voter_tag = p_tag AND desk_id = p_desk AND sealed IS NULL;
$$;
