-- VOLATILE: inside `cast_ballot` it must see what was committed while that waited for the lock.
CREATE OR REPLACE FUNCTION voting_is_open(p_round bigint) RETURNS boolean LANGUAGE sql VOLATILE
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT COALESCE((
    SELECT poll.state = 'frozen' AND (
        (poll.is_loading AND round.is_imported)
        OR (clock_timestamp() >= phase.opens_at AND clock_timestamp() < phase.closes_at))
      FROM {Poll} poll
      JOIN {Round} round ON round.id = poll.round_id
      LEFT JOIN {Phase} phase ON phase.round_id = poll.round_id AND phase.kind = 'voting'
     WHERE poll.round_id = p_round), false)
$$;
