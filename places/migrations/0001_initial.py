import core.multilingual
import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Area',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(max_length=2)),
                ('code', models.CharField(max_length=20)),
                ('kind', models.CharField(max_length=20)),
                ('name', models.JSONField(validators=[core.multilingual.validate_multilingual])),
                ('path', models.CharField(max_length=200)),
                ('valid_from', models.DateField(blank=True, null=True)),
                ('valid_until', models.DateField(blank=True, null=True)),
                ('latitude', models.DecimalField(blank=True, decimal_places=5, max_digits=8, null=True)),
                ('longitude', models.DecimalField(blank=True, decimal_places=5, max_digits=8, null=True)),
                ('source', models.CharField(blank=True, max_length=200)),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='places.area')),
            ],
            options={
                'ordering': ['country', 'code'],
            },
        ),
        migrations.CreateModel(
            name='Succession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField()),
                ('predecessor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='later', to='places.area')),
                ('successor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='earlier', to='places.area')),
            ],
        ),
        migrations.AddIndex(
            model_name='area',
            index=models.Index(fields=['path'], name='places_area_path_prefix', opclasses=['varchar_pattern_ops']),
        ),
        migrations.AddConstraint(
            model_name='area',
            constraint=models.UniqueConstraint(fields=('country', 'code', 'kind', 'valid_from'), name='places_area_one_per_code_and_start', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='area',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until', None), ('valid_from', None), ('valid_from__lt', models.F('valid_until')), _connector='OR'), name='places_area_starts_before_it_ends'),
        ),
        migrations.AddConstraint(
            model_name='area',
            constraint=models.CheckConstraint(condition=models.Q(('path__endswith', django.db.models.functions.text.Concat(models.F('code'), models.Value('.')))), name='places_area_path_ends_in_its_code'),
        ),
        migrations.AddConstraint(
            model_name='succession',
            constraint=models.UniqueConstraint(fields=('predecessor', 'successor'), name='places_succession_once'),
        ),
        migrations.AddConstraint(
            model_name='succession',
            constraint=models.CheckConstraint(condition=models.Q(('predecessor', models.F('successor')), _negated=True), name='places_succession_not_of_itself'),
        ),
    ]
