-- A desk where nobody was marked has no papers to settle.
CREATE OR REPLACE FUNCTION unsettled_polling_places(p_round bigint) RETURNS bigint LANGUAGE sql VOLATILE
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT count(*) FROM {PollingPlace} polling_place
   WHERE polling_place.round_id = p_round AND polling_place.settled_at IS NULL
     AND (EXISTS (SELECT 1 FROM {BallotBox} WHERE polling_place_id = polling_place.id)
          OR EXISTS (SELECT 1 FROM {BallotBatch}
                      WHERE polling_place_id = polling_place.id AND state NOT IN ('agreed', 'withdrawn')))
$$;
