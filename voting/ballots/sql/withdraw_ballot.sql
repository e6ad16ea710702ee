-- One ballot leaves the box while voting is open, and the log says so. Which entry is withdrawn the database cannot
-- know, for it lies in the seal; whoever opened that names it in a setting of the transaction, good for one ballot.
-- With the rights of the tables' owner, for the web's own role removes no rows. `manage.py database_roles` lets the
-- web call it, and what empties the box; nobody else may.
CREATE OR REPLACE FUNCTION withdraw_ballot(p_round bigint, p_tag bytea, p_log_ref bytea) RETURNS void
  LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared({LockSpace.ROUND}, p_round::integer);
  IF NOT voting_is_open(p_round) THEN
    RAISE EXCEPTION 'voting in round % is not open', p_round USING ERRCODE = 'VB001';
  END IF;
  PERFORM set_config('voting.withdraws', encode(p_log_ref, 'hex'), true);
  DELETE FROM {BallotBox} WHERE round_id = p_round AND voter_tag = p_tag AND sealed IS NOT NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no ballot to withdraw' USING ERRCODE = 'restrict_violation';
  END IF;
END $$;
REVOKE EXECUTE ON FUNCTION withdraw_ballot FROM PUBLIC;
