-- A desk where nobody was marked has no papers to settle.
CREATE OR REPLACE FUNCTION unsettled_desks(p_round bigint) RETURNS bigint LANGUAGE sql VOLATILE
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT count(*) FROM {PaperDesk} desk
   WHERE desk.round_id = p_round AND desk.settled_at IS NULL
     AND (EXISTS (SELECT 1 FROM {BallotBox} WHERE desk_id = desk.id)
          OR EXISTS (SELECT 1 FROM {PaperBatch}
                      WHERE desk_id = desk.id AND state NOT IN ('agreed', 'withdrawn')))
$$;
