-- Marks of a desk, of people from outside or of all others. VOLATILE: asked after a lock on the desk was waited for.
CREATE OR REPLACE FUNCTION check_ins(p_place bigint, p_outside boolean) RETURNS bigint LANGUAGE sql VOLATILE
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT count(*) FROM {BallotBox}
   WHERE polling_place_id = p_place AND sealed IS NULL AND (residency = 'outside') = p_outside
$$;
