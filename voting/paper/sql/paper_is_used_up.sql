-- Whether an area has as many keyed papers as marks: one that papers of the desk are for, and `p_area` lies in.
CREATE OR REPLACE FUNCTION paper_is_used_up(p_desk bigint, p_area bigint) RETURNS boolean LANGUAGE sql VOLATILE
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (
    SELECT 1 FROM (SELECT DISTINCT area.path
                     FROM {PaperBatch} batch
                     JOIN {Area} area ON area.id = batch.area_id
                     JOIN {Area} inner_area ON inner_area.id = p_area
                    WHERE batch.desk_id = p_desk AND batch.state <> 'withdrawn'
                      AND starts_with(inner_area.path, area.path)) around
     WHERE paper_keyed_within(p_desk, around.path) >= paper_marks_within(p_desk, around.path))
$$;
