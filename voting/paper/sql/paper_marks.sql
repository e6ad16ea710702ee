-- Marks of a desk, of people from outside or of all others. VOLATILE: asked after a lock on the desk was waited for.
CREATE OR REPLACE FUNCTION paper_marks(p_desk bigint, p_outside boolean) RETURNS bigint LANGUAGE sql VOLATILE
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT count(*) FROM {BallotBox}
   WHERE desk_id = p_desk AND sealed IS NULL AND (participation = 'outside') = p_outside
$$;
