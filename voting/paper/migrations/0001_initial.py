import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('places', '0001_initial'),
        ('rounds', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PollingPlace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='polling_places', to='rounds.round')),
                ('settled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='CancelledCheckIn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('check_in', models.BinaryField(max_length=32, null=True)),
                ('reason', models.CharField(max_length=200)),
                ('withdrawn_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow())),
                ('withdrawn_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('polling_place', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cancelled_check_ins', to='paper.pollingplace')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='BallotBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('residency', models.CharField(choices=[('resident', 'resident'), ('affiliate', 'works or studies here'), ('outside', 'lives outside the area')], default='resident', max_length=10)),
                ('state', models.CharField(choices=[('declared', 'First entry in progress'), ('keyed_once', 'Second entry in progress'), ('differs', 'The two entries differ'), ('agreed', 'Both entries match'), ('withdrawn', 'Withdrawn')], default='declared', max_length=10)),
                ('declared', models.PositiveSmallIntegerField()),
                ('first_entry_count', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('second_entry_count', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.area')),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ballot_batches', to='rounds.round')),
                ('second_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('polling_place', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='paper.pollingplace')),
            ],
            options={
                'verbose_name_plural': 'paper batches',
                'ordering': ['round', 'number'],
            },
        ),
        migrations.CreateModel(
            name='TranscribedBallot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sequence', models.PositiveSmallIntegerField()),
                ('data_entry', models.PositiveSmallIntegerField(choices=[(1, 'first entry'), (2, 'second entry')])),
                ('sealed', models.BinaryField()),
                ('fingerprint', models.BinaryField(max_length=32)),
                ('invalid', models.CharField(blank=True, choices=[('over_budget', 'More money or points than allowed'), ('too_many', 'More projects than allowed'), ('blank', 'Nothing chosen, which is not allowed in this vote'), ('unreadable', 'The choice is unreadable'), ('identifying', 'A mark reveals who the voter is'), ('other', 'Another reason')], max_length=11)),
                ('note', models.CharField(blank=True, max_length=120)),
                ('revision', models.PositiveSmallIntegerField(default=1)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ballots', to='paper.ballotbatch')),
                ('transcribed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['batch', 'sequence', 'data_entry'],
            },
        ),
        migrations.AddConstraint(
            model_name='pollingplace',
            constraint=models.UniqueConstraint(fields=('round', 'name'), name='paper_pollingplace_one_per_name'),
        ),
        migrations.AddConstraint(
            model_name='pollingplace',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='paper_pollingplace_has_a_name'),
        ),
        migrations.AddConstraint(
            model_name='pollingplace',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('settled_at', None), ('settled_by', None)), models.Q(('settled_at__isnull', False), ('settled_by__isnull', False)), _connector='OR'), name='paper_pollingplace_is_settled_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='cancelledcheckin',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='paper_cancelledcheckin_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='cancelledcheckin',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('check_in'), 32), name='paper_cancelledcheckin_check_in_is_32_bytes'),
        ),
        migrations.AddConstraint(
            model_name='ballotbatch',
            constraint=models.UniqueConstraint(fields=('round', 'number'), name='paper_ballotbatch_one_per_number'),
        ),
        migrations.AddConstraint(
            model_name='ballotbatch',
            constraint=models.CheckConstraint(condition=models.Q(('declared__gt', 0)), name='paper_ballotbatch_is_not_empty'),
        ),
        migrations.AddConstraint(
            model_name='ballotbatch',
            constraint=models.CheckConstraint(condition=models.Q(('residency__in', ['resident', 'outside'])), name='paper_ballotbatch_is_inside_or_outside'),
        ),
        migrations.AddConstraint(
            model_name='ballotbatch',
            constraint=models.CheckConstraint(condition=models.Q(('second_by', None), models.Q(('second_by', models.F('entered_by')), _negated=True), _connector='OR'), name='paper_ballotbatch_by_two_clerks'),
        ),
        migrations.AddConstraint(
            model_name='ballotbatch',
            constraint=models.CheckConstraint(condition=models.Q(('second_by', None), models.Q(('entered_by__isnull', False), ('first_entry_count__isnull', False)), _connector='OR'), name='paper_ballotbatch_second_comes_second'),
        ),
        migrations.AddConstraint(
            model_name='ballotbatch',
            constraint=models.CheckConstraint(condition=models.Q(('first_entry_count', None), models.Q(('entered_by__isnull', False), ('first_entry_count', models.F('declared'))), _connector='OR'), name='paper_ballotbatch_entered_as_declared'),
        ),
        migrations.AddConstraint(
            model_name='ballotbatch',
            constraint=models.CheckConstraint(condition=models.Q(('second_entry_count', None), models.Q(('second_by__isnull', False), ('second_entry_count', models.F('first_entry_count'))), _connector='OR'), name='paper_ballotbatch_entries_agree'),
        ),
        migrations.AddConstraint(
            model_name='ballotbatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('second_entry_count__isnull', False), ('state', 'agreed')), models.Q(models.Q(('state', 'agreed'), _negated=True), ('second_entry_count', None)), _connector='OR'), name='paper_ballotbatch_agreed_is_entered_twice'),
        ),
        migrations.AddConstraint(
            model_name='ballotbatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'withdrawn'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='paper_ballotbatch_withdrawn_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='transcribedballot',
            constraint=models.UniqueConstraint(fields=('batch', 'sequence', 'data_entry'), name='paper_transcribedballot_once_an_entry'),
        ),
        migrations.AddConstraint(
            model_name='transcribedballot',
            constraint=models.CheckConstraint(condition=models.Q(('sequence__gt', 0)), name='paper_transcribedballot_sequence_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='transcribedballot',
            constraint=models.CheckConstraint(condition=models.Q(('data_entry__in', [1, 2])), name='paper_transcribedballot_first_or_second'),
        ),
        migrations.AddConstraint(
            model_name='transcribedballot',
            constraint=models.CheckConstraint(condition=models.Q(('invalid__in', ['', 'over_budget', 'too_many', 'blank', 'unreadable', 'identifying', 'other'])), name='paper_transcribedballot_reason_is_known'),
        ),
        migrations.AddConstraint(
            model_name='transcribedballot',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('invalid', 'other'), models.Q(('note', ''), _negated=True)), models.Q(models.Q(('invalid', 'other'), _negated=True), ('note', '')), _connector='OR'), name='paper_transcribedballot_other_reason_is_noted'),
        ),
        migrations.AddConstraint(
            model_name='transcribedballot',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('fingerprint'), 32), name='paper_transcribedballot_fingerprint_is_32_bytes'),
        ),
    ]
