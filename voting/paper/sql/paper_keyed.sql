-- Keyed papers of a desk, of people from outside or of all others, each counted once though keyed twice.
CREATE OR REPLACE FUNCTION paper_keyed(p_desk bigint, p_outside boolean) RETURNS bigint LANGUAGE sql VOLATILE
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT count(*) FROM (
    SELECT DISTINCT keyed.batch_id, keyed.sequence
      FROM {KeyedBallot} keyed JOIN {PaperBatch} batch ON batch.id = keyed.batch_id
     WHERE batch.desk_id = p_desk AND batch.state <> 'withdrawn'
       AND (batch.participation = 'outside') = p_outside) papers
$$;
