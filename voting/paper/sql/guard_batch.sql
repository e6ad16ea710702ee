-- A stack is declared, keyed, keyed again and agreed, in this order, or withdrawn.
CREATE OR REPLACE FUNCTION guard_batch() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_first bigint;
  v_second bigint;
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'a paper batch is withdrawn, not removed' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NOT paper_may_change(NEW.round_id) OR NOT EXISTS (
      SELECT 1 FROM {PollingPlace}
       WHERE id = NEW.polling_place_id AND round_id = NEW.round_id AND settled_at IS NULL) THEN
    RAISE EXCEPTION 'the paper of this desk is settled' USING ERRCODE = 'restrict_violation';
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'declared' OR NEW.entered_by_id IS NOT NULL THEN
      RAISE EXCEPTION 'a paper batch begins with declaring it' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.state IN ('agreed', 'withdrawn')
     OR (NEW.id, NEW.round_id, NEW.polling_place_id, NEW.number, NEW.residency, NEW.area_id)
        IS DISTINCT FROM (OLD.id, OLD.round_id, OLD.polling_place_id, OLD.number, OLD.residency, OLD.area_id)
     OR (OLD.entered_by_id IS NOT NULL AND NEW.entered_by_id IS DISTINCT FROM OLD.entered_by_id)
     OR (OLD.second_by_id IS NOT NULL AND NEW.second_by_id IS DISTINCT FROM OLD.second_by_id)
     OR (NEW.declared <> OLD.declared AND NEW.state <> 'declared') THEN
    RAISE EXCEPTION 'paper batch % stays as it is', OLD.number USING ERRCODE = 'restrict_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM {TranscribedBallot} WHERE batch_id = NEW.id AND sequence > NEW.declared) THEN
    RAISE EXCEPTION 'more ballots are keyed than declared' USING ERRCODE = 'restrict_violation';
  END IF;
  SELECT count(*) FILTER (WHERE data_entry = 1), count(*) FILTER (WHERE data_entry = 2) INTO v_first, v_second
    FROM {TranscribedBallot} WHERE batch_id = NEW.id;
  IF NEW.first_entry_count IS NOT NULL AND v_first <> NEW.first_entry_count
     OR NEW.state IN ('differs', 'agreed') AND v_second <> NEW.declared THEN
    RAISE EXCEPTION 'paper batch % is not keyed through', OLD.number USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.state = 'agreed' AND EXISTS (
      SELECT 1 FROM {TranscribedBallot} one JOIN {TranscribedBallot} two USING (batch_id, sequence)
       WHERE one.batch_id = NEW.id AND one.data_entry = 1 AND two.data_entry = 2
         AND (one.fingerprint, one.invalid) IS DISTINCT FROM (two.fingerprint, two.invalid)) THEN
    RAISE EXCEPTION 'the two keyings of batch % differ', OLD.number USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
