-- Whether paper may still be keyed: after the freeze, before the reconciliation.
CREATE OR REPLACE FUNCTION paper_may_change(p_round bigint) RETURNS boolean LANGUAGE sql VOLATILE
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (SELECT 1 FROM {Poll} WHERE round_id = p_round AND state IN ('frozen', 'closed'))
$$;
