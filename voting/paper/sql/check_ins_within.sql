-- Marks of a desk that belong to an area or lie in it; those of people from outside make no room.
CREATE OR REPLACE FUNCTION check_ins_within(p_place bigint, p_path text) RETURNS bigint LANGUAGE sql VOLATILE
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT count(*) FROM {BallotBox} box JOIN {Area} area ON area.id = box.area_id
   WHERE box.polling_place_id = p_place AND box.sealed IS NULL AND box.residency <> 'outside'
     AND starts_with(area.path, p_path)
$$;
