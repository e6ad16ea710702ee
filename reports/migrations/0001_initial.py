import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('rounds', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Snapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('taken_at', models.DateTimeField()),
                ('correction', models.TextField(blank=True, max_length=1000)),
                ('document', models.JSONField()),
                ('sha256', models.CharField(max_length=64)),
                ('corrects', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrected_by', to='reports.snapshot')),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='snapshots', to='rounds.round')),
                ('taken_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['round', 'number'],
            },
        ),
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('adopted', 'adopted projects')], max_length=10)),
                ('form', models.CharField(choices=[('csv', 'CSV'), ('xlsx', 'XLSX'), ('pdf', 'PDF')], max_length=4)),
                ('language', models.CharField(choices=[('ko', 'Korean'), ('th', 'Thai'), ('vi', 'Vietnamese'), ('en', 'English')], max_length=5)),
                ('exported_at', models.DateTimeField()),
                ('n_rows', models.PositiveIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('exported_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='exports', to='rounds.round')),
                ('snapshot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='exports', to='reports.snapshot')),
            ],
            options={
                'ordering': ['-exported_at', '-pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='snapshot',
            constraint=models.UniqueConstraint(fields=('round', 'number'), name='reports_snapshot_one_per_number'),
        ),
        migrations.AddConstraint(
            model_name='snapshot',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('correction', ''), ('corrects', None), ('number', 1)), models.Q(('corrects__isnull', False), ('number__gt', 1), models.Q(('correction', ''), _negated=True)), _connector='OR'), name='reports_snapshot_later_ones_name_what_they_correct'),
        ),
        migrations.AddConstraint(
            model_name='snapshot',
            constraint=models.CheckConstraint(condition=models.Q(('corrects', None), models.Q(('corrects', models.F('id')), _negated=True), _connector='OR'), name='reports_snapshot_not_its_own_correction'),
        ),
        migrations.AddConstraint(
            model_name='snapshot',
            constraint=models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='reports_snapshot_has_a_digest'),
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='reports_export_has_a_digest'),
        ),
    ]
