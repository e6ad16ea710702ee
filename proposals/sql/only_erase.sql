-- The words of a revision can be erased, once, and nothing else of it is changed.
CREATE OR REPLACE FUNCTION only_erase() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL
     AND NEW.title = '' AND NEW.body = ''
     AND (NEW.id, NEW.proposal_id, NEW.version, NEW.language, NEW.requested_cost_minor, NEW.category_id,
          NEW.area_id, NEW.saved_at)
         IS NOT DISTINCT FROM
         (OLD.id, OLD.proposal_id, OLD.version, OLD.language, OLD.requested_cost_minor, OLD.category_id,
          OLD.area_id, OLD.saved_at) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% of % is refused: it is append-only, but for erasing words', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;
