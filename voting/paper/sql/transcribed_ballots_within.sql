-- Keyed papers of a desk that are for an area or lie in it, each counted once though keyed twice.
CREATE OR REPLACE FUNCTION transcribed_ballots_within(p_place bigint, p_path text) RETURNS bigint LANGUAGE sql VOLATILE
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT count(*) FROM (
    SELECT DISTINCT transcribed.batch_id, transcribed.sequence
      FROM {TranscribedBallot} transcribed
      JOIN {BallotBatch} batch ON batch.id = transcribed.batch_id
      JOIN {Area} area ON area.id = batch.area_id
     WHERE batch.polling_place_id = p_place AND batch.state <> 'withdrawn' AND starts_with(area.path, p_path)) ballot_styles
$$;
