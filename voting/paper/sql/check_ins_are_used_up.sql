-- Whether an area has as many keyed papers as marks: one that papers of the desk are for, and `p_area` lies in.
CREATE OR REPLACE FUNCTION check_ins_are_used_up(p_place bigint, p_area bigint) RETURNS boolean LANGUAGE sql VOLATILE
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (
    SELECT 1 FROM (SELECT DISTINCT area.path
                     FROM {BallotBatch} batch
                     JOIN {Area} area ON area.id = batch.area_id
                     JOIN {Area} inner_area ON inner_area.id = p_area
                    WHERE batch.polling_place_id = p_place AND batch.state <> 'withdrawn'
                      AND starts_with(inner_area.path, area.path)) around
     WHERE transcribed_ballots_within(p_place, around.path) >= check_ins_within(p_place, around.path))
$$;
