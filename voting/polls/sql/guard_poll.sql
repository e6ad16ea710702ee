-- A vote goes from state to state in one order, each with what it needs; its rules are frozen from the first on.
CREATE OR REPLACE FUNCTION guard_poll() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_order text[] := ARRAY['drafted', 'frozen', 'closed', 'reconciled', 'counted', 'certified', 'published',
                          'key_destroyed'];
  v_step text;
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.state <> 'drafted' THEN
      RAISE EXCEPTION 'a vote with frozen rules is not deleted' USING ERRCODE = 'VB002';
    END IF;
    RETURN OLD;
  END IF;
  IF NEW.is_loading AND NOT EXISTS (
      SELECT 1 FROM {Round} WHERE id = NEW.round_id AND is_imported) THEN
    RAISE EXCEPTION 'only an imported round is loaded' USING ERRCODE = 'restrict_violation';
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'drafted' THEN
      RAISE EXCEPTION 'a vote begins with drafting' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.state <> 'drafted' AND
      (NEW.round_id, NEW.rules, NEW.rules_hash, NEW.frozen_at, NEW.key_name, NEW.key_check, NEW.receipt_mode)
      IS DISTINCT FROM
      (OLD.round_id, OLD.rules, OLD.rules_hash, OLD.frozen_at, OLD.key_name, OLD.key_check, OLD.receipt_mode)
      THEN
    RAISE EXCEPTION 'the rules of this vote are frozen' USING ERRCODE = 'VB002';
  END IF;
  IF NEW.state = OLD.state THEN
    RETURN NEW;
  END IF;
  IF array_position(v_order, NEW.state::text) IS DISTINCT FROM array_position(v_order, OLD.state::text) + 1 THEN
    RAISE EXCEPTION 'a vote does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.state = 'closed' AND NOT EXISTS (
      SELECT 1 FROM {Phase}
       WHERE round_id = NEW.round_id AND kind = 'voting' AND closes_at <= clock_timestamp()) THEN
    RAISE EXCEPTION 'voting is still open' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.state = 'counted' AND EXISTS (
      SELECT 1 FROM {BallotStyle} ballot_style WHERE ballot_style.round_id = NEW.round_id AND NOT EXISTS (
        SELECT 1 FROM {Tally} WHERE ballot_style_id = ballot_style.id AND is_decisive)) THEN
    RAISE EXCEPTION 'a ballot paper has not been counted' USING ERRCODE = 'restrict_violation';
  END IF;
  v_step := CASE NEW.state WHEN 'certified' THEN 'certify' WHEN 'published' THEN 'publish'
                           WHEN 'key_destroyed' THEN 'destroy_key' END;
  IF v_step IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM {Approval}
       WHERE round_id = NEW.round_id AND stage = v_step AND approved_by_id IS NOT NULL) THEN
    RAISE EXCEPTION 'two officials have to approve: %', v_step USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
