-- The look at the record before it is sealed, as a function: only the table's owner may lock it.
-- Ids are given before the commit, so a lower one may still be on its way. For the moment of one look the table
-- is locked against writers, who thereby have all committed; who writes for longer makes the look fail (55P03).
CREATE OR REPLACE FUNCTION last_settled_event() RETURNS bigint LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '200ms' AS $$
BEGIN
  LOCK TABLE {Event} IN SHARE MODE;
  RETURN COALESCE((SELECT max(id) FROM {Event}), 0);
END $$;
