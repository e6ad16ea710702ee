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
            name='PaperDesk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='paper_desks', to='rounds.round')),
                ('settled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='PaperBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('participation', models.CharField(choices=[('resident', 'resident'), ('affiliate', 'works or studies here'), ('outside', 'lives outside the area')], default='resident', max_length=10)),
                ('state', models.CharField(choices=[('declared', 'First entry in progress'), ('keyed_once', 'Second entry in progress'), ('differs', 'The two entries differ'), ('agreed', 'Both entries match'), ('withdrawn', 'Withdrawn')], default='declared', max_length=10)),
                ('declared', models.PositiveSmallIntegerField()),
                ('keyed_once', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('keyed_twice', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.area')),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='paper_batches', to='rounds.round')),
                ('second_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('desk', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='paper.paperdesk')),
            ],
            options={
                'verbose_name_plural': 'paper batches',
                'ordering': ['round', 'number'],
            },
        ),
        migrations.CreateModel(
            name='WithdrawnMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mark', models.BinaryField(max_length=32, null=True)),
                ('reason', models.CharField(max_length=200)),
                ('withdrawn_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow())),
                ('desk', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='withdrawn_marks', to='paper.paperdesk')),
                ('withdrawn_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='KeyedBallot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sequence', models.PositiveSmallIntegerField()),
                ('keying', models.PositiveSmallIntegerField(choices=[(1, 'first entry'), (2, 'second entry')])),
                ('sealed', models.BinaryField()),
                ('fingerprint', models.BinaryField(max_length=32)),
                ('invalid', models.CharField(blank=True, choices=[('over_budget', 'More money or points than allowed'), ('too_many', 'More projects than allowed'), ('blank', 'Nothing chosen, which is not allowed in this vote'), ('unreadable', 'The choice is unreadable'), ('identifying', 'A mark reveals who the voter is'), ('other', 'Another reason')], max_length=11)),
                ('note', models.CharField(blank=True, max_length=120)),
                ('revision', models.PositiveSmallIntegerField(default=1)),
                ('keyed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ballots', to='paper.paperbatch')),
            ],
            options={
                'ordering': ['batch', 'sequence', 'keying'],
                'constraints': [models.UniqueConstraint(fields=('batch', 'sequence', 'keying'), name='paper_keyedballot_once_a_keying'), models.CheckConstraint(condition=models.Q(('sequence__gt', 0)), name='paper_keyedballot_sequence_is_positive'), models.CheckConstraint(condition=models.Q(('keying__in', [1, 2])), name='paper_keyedballot_first_or_second'), models.CheckConstraint(condition=models.Q(('invalid__in', ['', 'over_budget', 'too_many', 'blank', 'unreadable', 'identifying', 'other'])), name='paper_keyedballot_reason_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('invalid', 'other'), models.Q(('note', ''), _negated=True)), models.Q(models.Q(('invalid', 'other'), _negated=True), ('note', '')), _connector='OR'), name='paper_keyedballot_other_reason_is_told'), models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('fingerprint'), 32), name='paper_keyedballot_fingerprint_is_32_bytes')],
            },
        ),
        migrations.AddConstraint(
            model_name='paperdesk',
            constraint=models.UniqueConstraint(fields=('round', 'name'), name='paper_paperdesk_one_per_name'),
        ),
        migrations.AddConstraint(
            model_name='paperdesk',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='paper_paperdesk_has_a_name'),
        ),
        migrations.AddConstraint(
            model_name='paperdesk',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('settled_at', None), ('settled_by', None)), models.Q(('settled_at__isnull', False), ('settled_by__isnull', False)), _connector='OR'), name='paper_paperdesk_is_settled_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='paperbatch',
            constraint=models.UniqueConstraint(fields=('round', 'number'), name='paper_paperbatch_one_per_number'),
        ),
        migrations.AddConstraint(
            model_name='paperbatch',
            constraint=models.CheckConstraint(condition=models.Q(('declared__gt', 0)), name='paper_paperbatch_is_not_empty'),
        ),
        migrations.AddConstraint(
            model_name='paperbatch',
            constraint=models.CheckConstraint(condition=models.Q(('participation__in', ['resident', 'outside'])), name='paper_paperbatch_is_inside_or_outside'),
        ),
        migrations.AddConstraint(
            model_name='paperbatch',
            constraint=models.CheckConstraint(condition=models.Q(('second_by', None), models.Q(('second_by', models.F('entered_by')), _negated=True), _connector='OR'), name='paper_paperbatch_by_two_clerks'),
        ),
        migrations.AddConstraint(
            model_name='paperbatch',
            constraint=models.CheckConstraint(condition=models.Q(('second_by', None), models.Q(('entered_by__isnull', False), ('keyed_once__isnull', False)), _connector='OR'), name='paper_paperbatch_second_comes_second'),
        ),
        migrations.AddConstraint(
            model_name='paperbatch',
            constraint=models.CheckConstraint(condition=models.Q(('keyed_once', None), models.Q(('entered_by__isnull', False), ('keyed_once', models.F('declared'))), _connector='OR'), name='paper_paperbatch_keyed_as_declared'),
        ),
        migrations.AddConstraint(
            model_name='paperbatch',
            constraint=models.CheckConstraint(condition=models.Q(('keyed_twice', None), models.Q(('keyed_twice', models.F('keyed_once')), ('second_by__isnull', False)), _connector='OR'), name='paper_paperbatch_keyings_agree'),
        ),
        migrations.AddConstraint(
            model_name='paperbatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('keyed_twice__isnull', False), ('state', 'agreed')), models.Q(models.Q(('state', 'agreed'), _negated=True), ('keyed_twice', None)), _connector='OR'), name='paper_paperbatch_agreed_is_keyed_twice'),
        ),
        migrations.AddConstraint(
            model_name='paperbatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'withdrawn'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='paper_paperbatch_withdrawn_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='withdrawnmark',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='paper_withdrawnmark_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='withdrawnmark',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('mark'), 32), name='paper_withdrawnmark_mark_is_32_bytes'),
        ),
    ]
