-- Keyed papers of a desk that are for an area or lie in it, each counted once though keyed twice.
CREATE OR REPLACE FUNCTION paper_keyed_within(p_desk bigint, p_path text) RETURNS bigint LANGUAGE sql VOLATILE
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT count(*) FROM (
    SELECT DISTINCT keyed.batch_id, keyed.sequence
      FROM {KeyedBallot} keyed
      JOIN {PaperBatch} batch ON batch.id = keyed.batch_id
      JOIN {Area} area ON area.id = batch.area_id
     WHERE batch.desk_id = p_desk AND batch.state <> 'withdrawn' AND starts_with(area.path, p_path)) papers
$$;
