-- No more papers are keyed than people were marked, each by the clerk whose keying it is.
CREATE OR REPLACE FUNCTION guard_transcription() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_batch {BallotBatch};
  v_is_outside boolean;
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'a keyed ballot is keyed again, not removed' USING ERRCODE = 'restrict_violation';
  END IF;
  SELECT * INTO v_batch FROM {BallotBatch} WHERE id = NEW.batch_id FOR NO KEY UPDATE;
  PERFORM 1 FROM {PollingPlace} WHERE id = v_batch.polling_place_id FOR NO KEY UPDATE;
  IF v_batch.state IN ('agreed', 'withdrawn') OR NOT paper_may_change(v_batch.round_id) THEN
    RAISE EXCEPTION 'paper batch % is finished', v_batch.number USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.sequence > v_batch.declared THEN
    RAISE EXCEPTION 'paper batch % was declared with % ballots', v_batch.number, v_batch.declared
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.transcribed_by_id IS DISTINCT FROM
     (CASE NEW.data_entry WHEN 1 THEN v_batch.entered_by_id ELSE v_batch.second_by_id END) THEN
    RAISE EXCEPTION 'each keying of a batch is one clerk''s' USING ERRCODE = 'restrict_violation';
  END IF;
  IF TG_OP = 'UPDATE' THEN
    IF (NEW.id, NEW.batch_id, NEW.sequence, NEW.data_entry, NEW.revision)
       IS DISTINCT FROM (OLD.id, OLD.batch_id, OLD.sequence, OLD.data_entry, OLD.revision + 1) THEN
      RAISE EXCEPTION 'a keyed ballot is replaced as a whole' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
  END IF;
  v_is_outside := v_batch.residency = 'outside';
  IF NOT EXISTS (SELECT 1 FROM {TranscribedBallot} WHERE batch_id = NEW.batch_id AND sequence = NEW.sequence)
     AND (transcribed_ballots(v_batch.polling_place_id, v_is_outside)
         >= check_ins(v_batch.polling_place_id, v_is_outside) OR check_ins_are_used_up(v_batch.polling_place_id, v_batch.area_id)) THEN
    RAISE EXCEPTION 'more paper ballots than marks at desk %', v_batch.polling_place_id USING ERRCODE = 'VB003';
  END IF;
  RETURN NEW;
END $$;
