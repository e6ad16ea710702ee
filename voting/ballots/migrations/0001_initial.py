import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('paper', '0001_initial'),
        ('places', '0001_initial'),
        ('rounds', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='BallotBox',
            fields=[
                ('pk', models.CompositePrimaryKey('round_id', 'voter_tag', blank=True, editable=False, primary_key=True, serialize=False)),
                ('voter_tag', models.BinaryField(max_length=32)),
                ('sealed', models.BinaryField(blank=True, null=True)),
                ('channel', models.CharField(choices=[('web', 'on a computer'), ('mobile', 'on a phone'), ('assisted', 'with help from staff'), ('paper', 'on paper')], max_length=8)),
                ('residency', models.CharField(choices=[('resident', 'resident'), ('affiliate', 'works or studies here'), ('outside', 'lives outside the area')], max_length=10)),
                ('age_group', models.CharField(blank=True, choices=[('14-18', '14 to 18'), ('19-34', '19 to 34'), ('35-49', '35 to 49'), ('50-64', '50 to 64'), ('65+', '65 and over')], max_length=5)),
                ('revision', models.PositiveIntegerField(default=1)),
                ('area', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.area')),
                ('polling_place', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='paper.pollingplace')),
                ('round', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='rounds.round')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('polling_place__isnull', False)), fields=['polling_place'], name='ballots_box_check_ins_of_place')],
                'constraints': [models.CheckConstraint(condition=models.Q(('sealed__isnull', False), ('channel', 'paper'), _connector='OR'), name='ballots_ballotbox_only_check_ins_are_empty'), models.CheckConstraint(condition=models.Q(('revision__gt', 0)), name='ballots_ballotbox_revision_is_positive'), models.CheckConstraint(condition=models.Q(('polling_place', None), models.Q(('channel', 'paper'), ('sealed', None)), _connector='OR'), name='ballots_ballotbox_places_check_in_paper_only'), models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('voter_tag'), 32), name='ballots_ballotbox_tag_is_32_bytes')],
            },
        ),
        migrations.CreateModel(
            name='CastEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('log_ref', models.BinaryField(max_length=32)),
                ('commitment', models.BinaryField(max_length=32)),
                ('kind', models.CharField(choices=[('cast', 'cast'), ('replace', 'replaced'), ('withdraw', 'withdrawn from the box')], max_length=8)),
                ('recorded_on', models.DateField()),
                ('leaf_index', models.BigIntegerField(blank=True, null=True)),
                ('castings', models.PositiveIntegerField(blank=True, null=True)),
                ('round', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='rounds.round')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('leaf_index', None)), fields=['round'], name='ballots_castevent_unnumbered')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('kind', 'withdraw'), _negated=True), fields=('round', 'log_ref'), name='ballots_castevent_one_per_receipt'), models.UniqueConstraint(condition=models.Q(('kind', 'withdraw')), fields=('round', 'log_ref'), name='ballots_castevent_withdrawn_once'), models.CheckConstraint(condition=models.Q(models.Q(('castings__gt', 0), ('castings__isnull', False), ('kind', 'withdraw')), models.Q(models.Q(('kind', 'withdraw'), _negated=True), ('castings', None)), _connector='OR'), name='ballots_castevent_withdrawals_say_how_often'), models.UniqueConstraint(fields=('round', 'leaf_index'), name='ballots_castevent_one_per_leaf'), models.CheckConstraint(condition=models.Q(('leaf_index', None), ('leaf_index__gte', 0), _connector='OR'), name='ballots_castevent_leaf_is_not_negative'), models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('log_ref'), 32), name='ballots_castevent_log_ref_is_32_bytes'), models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('commitment'), 32), name='ballots_castevent_commitment_is_32_bytes'), models.CheckConstraint(condition=models.Q(('kind__in', ['cast', 'replace', 'withdraw'])), name='ballots_castevent_kind_is_known')],
            },
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
                'constraints': [models.UniqueConstraint(fields=('round', 'size'), name='ballots_checkpoint_one_per_size'), models.CheckConstraint(condition=models.Q(('size__gte', 0)), name='ballots_checkpoint_size_is_not_negative'), models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('root'), 32), name='ballots_checkpoint_root_is_32_bytes'), models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('public_key'), 32), name='ballots_checkpoint_public_key_is_32_bytes')],
            },
        ),
        migrations.CreateModel(
            name='FinalBallot',
            fields=[
                ('pk', models.CompositePrimaryKey('round_id', 'ballot_ref', blank=True, editable=False, primary_key=True, serialize=False)),
                ('ballot_ref', models.BinaryField(max_length=16)),
                ('choices', models.JSONField()),
                ('residency', models.CharField(choices=[('resident', 'resident'), ('affiliate', 'works or studies here'), ('outside', 'lives outside the area')], max_length=10)),
                ('is_paper', models.BooleanField(db_default=False, default=False)),
                ('round', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='rounds.round')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('ballot_ref'), 16), name='ballots_finalballot_ref_is_16_bytes')],
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
                'constraints': [models.UniqueConstraint(fields=('round', 'level', 'place'), name='ballots_lognode_one_per_place'), models.CheckConstraint(condition=models.Q(('level__gt', 0), ('place__gte', 0)), name='ballots_lognode_is_above_the_entries'), models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('hash'), 32), name='ballots_lognode_hash_is_32_bytes')],
            },
        ),
    ]
