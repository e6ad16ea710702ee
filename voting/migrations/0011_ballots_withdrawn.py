"""A ballot leaves the box while voting is open only with an entry of the log that says so, of kind `withdraw`.

The box's own trigger writes that entry, and the log takes it from nobody else: neither can be without the
other. Which entry is withdrawn the database cannot know, for it lies in the seal; whoever opened that names
it in a setting of the transaction, good for one ballot.

The reference of such an entry is the hash of the one it withdraws. References of castings are unique, and
those of withdrawals are, apart from each other: a hash is public as soon as the log is, and whoever cast a
ballot under it could otherwise keep the entry from being withdrawn.
"""

from importlib import import_module

from django.db import migrations, models
from django.db.models import Q

_sealed_box = import_module("voting.migrations.0002_sealed_box")
_mark_by_mark = import_module("voting.migrations.0010_mark_by_mark")

KINDS = """
ALTER TABLE voting_castevent DROP CONSTRAINT voting_castevent_kind_is_known;
ALTER TABLE voting_castevent
  ADD CONSTRAINT voting_castevent_kind_is_known CHECK (kind IN ('cast', 'replace', 'withdraw'));
"""
NO_KINDS = """
ALTER TABLE voting_castevent DROP CONSTRAINT voting_castevent_kind_is_known;
ALTER TABLE voting_castevent
  ADD CONSTRAINT voting_castevent_kind_is_known CHECK (kind IN ('cast', 'replace'));
"""

# As in 0002_sealed_box, but that references are those of castings alone. As many statements as before.
CAST_BALLOT = """
CREATE OR REPLACE FUNCTION cast_ballot(
  p_round bigint, p_tag bytea, p_sealed bytea, p_log_ref bytea, p_commitment bytea,
  p_channel text, p_participation text, p_area bigint, p_age_group text,
  OUT outcome text, OUT kind text, OUT recorded_on date
) LANGUAGE plpgsql AS $$
DECLARE
  v_commitment bytea;
  v_revision integer;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(7001, p_round::integer);
  SELECT event.commitment, event.kind, event.recorded_on INTO v_commitment, kind, recorded_on
    FROM voting_castevent event
   WHERE event.round_id = p_round AND event.log_ref = p_log_ref AND event.kind <> 'withdraw';
  IF FOUND THEN
    outcome := CASE WHEN v_commitment = p_commitment THEN 'replay' ELSE 'conflict' END;
    RETURN;
  END IF;
  IF NOT voting_is_open(p_round) THEN
    outcome := 'closed';
    RETURN;
  END IF;
  INSERT INTO voting_ballotbox AS box
      (round_id, voter_tag, sealed, channel, participation, area_id, age_group, revision)
    VALUES (p_round, p_tag, p_sealed, p_channel, p_participation, p_area, p_age_group, 1)
    ON CONFLICT (round_id, voter_tag) DO UPDATE
      SET sealed = EXCLUDED.sealed, channel = EXCLUDED.channel, participation = EXCLUDED.participation,
          area_id = EXCLUDED.area_id, age_group = EXCLUDED.age_group, revision = box.revision + 1
      WHERE box.sealed IS NOT NULL
    RETURNING box.revision INTO v_revision;
  IF v_revision IS NULL THEN
    outcome := 'paper';
    RETURN;
  END IF;
  outcome := CASE WHEN v_revision = 1 THEN 'cast' ELSE 'replace' END;
  kind := outcome;
  INSERT INTO voting_castevent AS event (round_id, log_ref, commitment, kind, recorded_on)
    SELECT p_round, p_log_ref, p_commitment, outcome, (clock_timestamp() AT TIME ZONE round.time_zone)::date
      FROM rounds_round round WHERE round.id = p_round
    ON CONFLICT (round_id, log_ref) WHERE event.kind <> 'withdraw' DO NOTHING
    RETURNING event.recorded_on INTO recorded_on;
  IF recorded_on IS NULL THEN
    -- The same receipt raced itself. Undo the box; tried again, this is a replay or a conflict.
    RAISE EXCEPTION 'receipt raced itself' USING ERRCODE = 'serialization_failure';
  END IF;
END $$;
"""
EARLIER_CAST_BALLOT = _sealed_box.CAST_BALLOT.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")

# As in 0010_mark_by_mark, but that a ballot may be withdrawn, and that no other change empties a row.
BOX = """
CREATE OR REPLACE FUNCTION voting_guard_box() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_withdraws text;
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF EXISTS (SELECT 1 FROM voting_poll WHERE round_id = OLD.round_id AND state = 'key_destroyed') THEN
      RETURN OLD;
    END IF;
    v_withdraws := current_setting('voting.withdraws', true);
    IF OLD.sealed IS NOT NULL AND v_withdraws <> '' AND voting_is_open(OLD.round_id) THEN
      PERFORM set_config('voting.withdraws', '', true);
      INSERT INTO voting_castevent (round_id, log_ref, commitment, kind, recorded_on, castings)
        SELECT event.round_id,
               sha256('\\x00'::bytea || event.log_ref || event.commitment || convert_to(event.kind, 'UTF8')),
               event.commitment, 'withdraw', (clock_timestamp() AT TIME ZONE round.time_zone)::date, OLD.revision
          FROM voting_castevent event JOIN rounds_round round ON round.id = event.round_id
         WHERE event.round_id = OLD.round_id AND event.log_ref = decode(v_withdraws, 'hex')
           AND event.kind <> 'withdraw';
      IF NOT FOUND THEN
        RAISE EXCEPTION 'only what is in the log is withdrawn' USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN OLD;
    END IF;
    IF OLD.desk_id IS NULL OR NOT voting_is_open(OLD.round_id) THEN
      RAISE EXCEPTION 'a ballot leaves the box only after the key is destroyed'
        USING ERRCODE = 'restrict_violation';
    END IF;
    -- A paper mark, while voting is open. The desk's row keeps ballots from being keyed meanwhile.
    PERFORM 1 FROM voting_paperdesk WHERE id = OLD.desk_id FOR NO KEY UPDATE;
    IF NOT EXISTS (SELECT 1 FROM voting_withdrawnmark
                    WHERE desk_id = OLD.desk_id AND withdrawn_at = transaction_timestamp()
                      AND mark = sha256(OLD.voter_tag)) THEN
      RAISE EXCEPTION 'a paper mark is withdrawn with a reason' USING ERRCODE = 'restrict_violation';
    END IF;
    IF voting_paper_marks(OLD.desk_id, OLD.participation = 'outside')
       <= voting_paper_keyed(OLD.desk_id, OLD.participation = 'outside')
       OR voting_paper_is_used_up(OLD.desk_id, OLD.area_id) THEN
      RAISE EXCEPTION 'as many paper ballots are keyed as people were marked' USING ERRCODE = 'VB003';
    END IF;
    RETURN OLD;
  END IF;
  IF NOT voting_is_open(NEW.round_id) THEN
    RAISE EXCEPTION 'voting in round % is not open', NEW.round_id USING ERRCODE = 'VB001';
  END IF;
  IF NEW.desk_id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM voting_paperdesk WHERE id = NEW.desk_id AND round_id = NEW.round_id) THEN
    RAISE EXCEPTION 'the desk belongs to another round' USING ERRCODE = 'restrict_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (
      NEW.round_id <> OLD.round_id OR NEW.voter_tag <> OLD.voter_tag OR NEW.revision <> OLD.revision + 1
      OR OLD.sealed IS NULL OR NEW.sealed IS NULL) THEN
    RAISE EXCEPTION 'a ballot is replaced as a whole, by its voter' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
"""

_LOG = """
CREATE OR REPLACE FUNCTION voting_guard_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NOT voting_is_open(NEW.round_id) THEN
      RAISE EXCEPTION 'voting in round %% is not open', NEW.round_id USING ERRCODE = 'VB001';
    END IF;
    IF NEW.leaf_index IS NOT NULL THEN
      RAISE EXCEPTION 'a place in the log is given later' USING ERRCODE = 'restrict_violation';
    END IF;%(only_the_box)s
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' OR OLD.leaf_index IS NOT NULL OR NEW.leaf_index IS NULL
      OR (NEW.id, NEW.round_id, NEW.log_ref, NEW.commitment, NEW.kind, NEW.recorded_on%(new)s)
         IS DISTINCT FROM (OLD.id, OLD.round_id, OLD.log_ref, OLD.commitment, OLD.kind, OLD.recorded_on%(old)s) THEN
    RAISE EXCEPTION '%% of the log is refused: an entry only gets its place, once', TG_OP
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
"""
LOG = _LOG % {
    "only_the_box": """
    -- Depth 2: inserted by the trigger of the row that leaves the box.
    IF NEW.kind = 'withdraw' AND pg_trigger_depth() < 2 THEN
      RAISE EXCEPTION 'a withdrawal is written by the box that the ballot leaves'
        USING ERRCODE = 'restrict_violation';
    END IF;""",
    "new": ", NEW.castings",
    "old": ", OLD.castings",
}
# As in 0002_sealed_box.
EARLIER_LOG = _LOG % {"only_the_box": "", "new": "", "old": ""}

# With the rights of the tables' owner, for the web's own role removes no rows. Nobody else may call it, nor
# what empties the box: `manage.py database_roles` lets the web.
WITHDRAW = """
CREATE FUNCTION withdraw_ballot(p_round bigint, p_tag bytea, p_log_ref bytea) RETURNS void LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(7001, p_round::integer);
  IF NOT voting_is_open(p_round) THEN
    RAISE EXCEPTION 'voting in round % is not open', p_round USING ERRCODE = 'VB001';
  END IF;
  PERFORM set_config('voting.withdraws', encode(p_log_ref, 'hex'), true);
  DELETE FROM voting_ballotbox WHERE round_id = p_round AND voter_tag = p_tag AND sealed IS NOT NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no ballot to withdraw' USING ERRCODE = 'restrict_violation';
  END IF;
END $$;
REVOKE EXECUTE ON FUNCTION withdraw_ballot(bigint, bytea, bytea), voting_empty_box(bigint) FROM PUBLIC;
"""
NO_WITHDRAW = """
GRANT EXECUTE ON FUNCTION voting_empty_box(bigint) TO PUBLIC;
DROP FUNCTION withdraw_ballot(bigint, bytea, bytea);
"""


class Migration(migrations.Migration):
    dependencies = [("voting", "0010_mark_by_mark")]

    operations = [
        migrations.AlterField(
            "castevent",
            "kind",
            models.CharField(
                choices=[
                    ("cast", "cast"),
                    ("replace", "replaced"),
                    ("withdraw", "withdrawn from the box"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddField("castevent", "castings", models.PositiveIntegerField(blank=True, null=True)),
        migrations.RunSQL(KINDS, NO_KINDS),
        migrations.AddConstraint(
            "castevent",
            models.CheckConstraint(
                condition=Q(kind="withdraw", castings__isnull=False, castings__gt=0)
                | (~Q(kind="withdraw") & Q(castings=None)),
                name="voting_castevent_withdrawals_say_how_often",
            ),
        ),
        migrations.RemoveConstraint("castevent", "voting_castevent_one_per_receipt"),
        migrations.AddConstraint(
            "castevent",
            models.UniqueConstraint(
                fields=["round", "log_ref"],
                condition=~Q(kind="withdraw"),
                name="voting_castevent_one_per_receipt",
            ),
        ),
        migrations.AddConstraint(
            "castevent",
            models.UniqueConstraint(
                fields=["round", "log_ref"],
                condition=Q(kind="withdraw"),
                name="voting_castevent_withdrawn_once",
            ),
        ),
        migrations.RunSQL(CAST_BALLOT, EARLIER_CAST_BALLOT),
        migrations.RunSQL(BOX, _mark_by_mark.BOX),
        migrations.RunSQL(LOG, EARLIER_LOG),
        migrations.RunSQL(WITHDRAW, NO_WITHDRAW),
    ]
