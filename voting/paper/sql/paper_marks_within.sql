-- Marks of a desk that belong to an area or lie in it; those of people from outside make no room.
CREATE OR REPLACE FUNCTION paper_marks_within(p_desk bigint, p_path text) RETURNS bigint LANGUAGE sql VOLATILE
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT count(*) FROM {BallotBox} box JOIN {Area} area ON area.id = box.area_id
   WHERE box.desk_id = p_desk AND box.sealed IS NULL AND box.participation <> 'outside'
     AND starts_with(area.path, p_path)
$$;
