-- Keyed papers of a desk, of people from outside or of all others, each counted once though keyed twice.
CREATE OR REPLACE FUNCTION transcribed_ballots(p_place bigint, p_outside boolean) RETURNS bigint LANGUAGE sql VOLATILE
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT count(*) FROM (
    SELECT DISTINCT transcribed.batch_id, transcribed.sequence
      FROM {TranscribedBallot} transcribed JOIN {BallotBatch} batch ON batch.id = transcribed.batch_id
     WHERE batch.polling_place_id = p_place AND batch.state <> 'withdrawn'
       AND (batch.residency = 'outside') = p_outside) ballot_styles
$$;
