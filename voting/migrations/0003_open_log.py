"""The open log: checkpoints, and the hashes over whole tiles from which its proofs are made.

Checkpoints only grow and say what the numbered entries say; a vote closes only once every entry has its
place and the last checkpoint counts them all.
"""

import django.db.models.deletion
from django.db import migrations, models

LENGTHS = """
ALTER TABLE voting_checkpoint
  ADD CONSTRAINT voting_checkpoint_root_is_32_bytes CHECK (octet_length(root) = 32),
  ADD CONSTRAINT voting_checkpoint_public_key_is_32_bytes CHECK (octet_length(public_key) = 32);
ALTER TABLE voting_lognode
  ADD CONSTRAINT voting_lognode_hash_is_32_bytes CHECK (octet_length(hash) = 32);
"""
NO_LENGTHS = """
ALTER TABLE voting_lognode DROP CONSTRAINT voting_lognode_hash_is_32_bytes;
ALTER TABLE voting_checkpoint
  DROP CONSTRAINT voting_checkpoint_root_is_32_bytes,
  DROP CONSTRAINT voting_checkpoint_public_key_is_32_bytes;
"""

LOG = """
CREATE FUNCTION voting_guard_checkpoint() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_before voting_checkpoint;
BEGIN
  IF TG_OP <> 'INSERT' THEN
    RAISE EXCEPTION '% of % is refused: it is append-only', TG_OP, TG_TABLE_NAME
      USING ERRCODE = 'restrict_violation';
  END IF;
  SELECT * INTO v_before FROM voting_checkpoint
   WHERE round_id = NEW.round_id ORDER BY size DESC LIMIT 1;
  IF FOUND AND NEW.size < v_before.size THEN
    RAISE EXCEPTION 'a log of % entries does not shrink to %', v_before.size, NEW.size
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF FOUND AND NEW.public_key <> v_before.public_key THEN
    RAISE EXCEPTION 'one key signs every checkpoint of a log' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.size <> COALESCE(
      (SELECT max(leaf_index) + 1 FROM voting_castevent WHERE round_id = NEW.round_id), 0) THEN
    RAISE EXCEPTION 'a checkpoint counts every entry that has a place, and no other'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER voting_checkpoint_guard BEFORE INSERT OR UPDATE OR DELETE ON voting_checkpoint
  FOR EACH ROW EXECUTE FUNCTION voting_guard_checkpoint();
CREATE TRIGGER voting_checkpoint_no_truncate BEFORE TRUNCATE ON voting_checkpoint
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER voting_lognode_append_only BEFORE UPDATE OR DELETE ON voting_lognode
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER voting_lognode_no_truncate BEFORE TRUNCATE ON voting_lognode
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION voting_require_whole_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM voting_castevent WHERE round_id = NEW.round_id AND leaf_index IS NULL) OR NOT EXISTS (
      SELECT 1 FROM voting_checkpoint WHERE round_id = NEW.round_id AND size = COALESCE(
        (SELECT max(leaf_index) + 1 FROM voting_castevent WHERE round_id = NEW.round_id), 0)) THEN
    RAISE EXCEPTION 'the log is not whole: an entry has no place, or the last checkpoint is missing'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER voting_poll_whole_log BEFORE UPDATE ON voting_poll
  FOR EACH ROW WHEN (OLD.state = 'frozen' AND NEW.state <> 'frozen')
  EXECUTE FUNCTION voting_require_whole_log();
"""
NO_LOG = """
DROP TRIGGER voting_poll_whole_log ON voting_poll;
DROP FUNCTION voting_require_whole_log();
DROP TRIGGER voting_lognode_no_truncate ON voting_lognode;
DROP TRIGGER voting_lognode_append_only ON voting_lognode;
DROP TRIGGER voting_checkpoint_no_truncate ON voting_checkpoint;
DROP TRIGGER voting_checkpoint_guard ON voting_checkpoint;
DROP FUNCTION voting_guard_checkpoint();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0003_event_append_only'),
        ('rounds', '0002_area_succession'),
        ('voting', '0002_sealed_box'),
    ]

    operations = [
        migrations.AddField(
            model_name='poll',
            name='log_until',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name='Checkpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('size', models.BigIntegerField()),
                ('root', models.BinaryField(max_length=32)),
                ('note', models.BinaryField()),
                ('public_key', models.BinaryField(max_length=32)),
                ('made_at', models.DateTimeField()),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='checkpoints', to='rounds.round')),
            ],
            options={
                'ordering': ['round', 'size'],
                'constraints': [models.UniqueConstraint(fields=('round', 'size'), name='voting_checkpoint_one_per_size'), models.CheckConstraint(condition=models.Q(('size__gte', 0)), name='voting_checkpoint_size_is_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='LogNode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.PositiveSmallIntegerField()),
                ('place', models.BigIntegerField()),
                ('hash', models.BinaryField(max_length=32)),
                ('round', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='rounds.round')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('round', 'level', 'place'), name='voting_lognode_one_per_place'), models.CheckConstraint(condition=models.Q(('level__gt', 0), ('place__gte', 0)), name='voting_lognode_is_above_the_entries')],
            },
        ),
        migrations.RunSQL(LENGTHS, NO_LENGTHS),
        migrations.RunSQL(LOG, NO_LOG),
    ]
