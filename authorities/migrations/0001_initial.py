import authorities.ballot_marks
import core.multilingual
import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('places', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Authority',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(unique=True)),
                ('name', models.JSONField(validators=[core.multilingual.validate_multilingual])),
                ('currency', models.CharField(max_length=3)),
                ('time_zone', models.CharField(max_length=40)),
                ('language', models.CharField(max_length=5)),
                ('contact', models.CharField(blank=True, max_length=200)),
                ('platform_name', models.JSONField(blank=True, default=dict)),
                ('accent', models.CharField(blank=True, max_length=7)),
                ('logo_hash', models.CharField(blank=True, max_length=64)),
                ('ended_on', models.DateField(blank=True, null=True)),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='authorities', to='places.area')),
                ('successor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='predecessors', to='authorities.authority')),
            ],
            options={
                'verbose_name_plural': 'authorities',
                'ordering': ['slug'],
            },
        ),
        migrations.CreateModel(
            name='Logo',
            fields=[
                ('authority', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='logo', serialize=False, to='authorities.authority')),
                ('png', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='Department',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField()),
                ('name', models.JSONField(validators=[core.multilingual.validate_multilingual])),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='departments', to='authorities.authority')),
            ],
        ),
        migrations.CreateModel(
            name='Category',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField()),
                ('name', models.JSONField(validators=[core.multilingual.validate_multilingual])),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='categories', to='authorities.authority')),
                ('department', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='categories', to='authorities.department')),
            ],
            options={
                'verbose_name_plural': 'categories',
                'ordering': ['position', 'slug'],
            },
        ),
        migrations.CreateModel(
            name='ReasonCode',
            fields=[
                ('code', models.CharField(max_length=30, primary_key=True, serialize=False)),
            ],
            options={
                'ordering': ['code'],
                'constraints': [models.CheckConstraint(condition=models.Q(('code__regex', '^[a-z][a-z0-9_]*$')), name='authorities_reasoncode_is_plain')],
            },
        ),
        migrations.CreateModel(
            name='Reason',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.JSONField(validators=[core.multilingual.validate_multilingual])),
                ('serves', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=13), size=None)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('is_active', models.BooleanField(default=True)),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reasons', to='authorities.authority')),
                ('code', models.ForeignKey(db_column='code', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='authorities.reasoncode')),
            ],
            options={
                'ordering': ['position', 'code'],
            },
        ),
        migrations.CreateModel(
            name='Track',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=30)),
                ('text', models.JSONField(validators=[core.multilingual.validate_multilingual])),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tracks', to='authorities.authority')),
            ],
            options={
                'ordering': ['position', 'code'],
            },
        ),
        migrations.CreateModel(
            name='AuthoritySettings',
            fields=[
                ('authority', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='settings', serialize=False, to='authorities.authority')),
                ('review_days', models.PositiveSmallIntegerField(default=14)),
                ('answer_days', models.PositiveSmallIntegerField(default=3)),
                ('claim_minutes', models.PositiveSmallIntegerField(default=30)),
                ('most_drafts', models.PositiveSmallIntegerField(default=20)),
                ('most_proposals_waiting', models.PositiveSmallIntegerField(default=3)),
                ('most_comments_waiting', models.PositiveSmallIntegerField(default=10)),
                ('most_assisted_a_day', models.PositiveSmallIntegerField(default=48)),
                ('shortest_explanation', models.PositiveSmallIntegerField(default=20)),
                ('ballot_mark', models.CharField(blank=True, choices=[('circle', 'circle'), ('cross', 'cross'), ('tick', 'tick')], default='', max_length=6)),
            ],
            options={
                'verbose_name_plural': 'authority settings',
                'constraints': [models.CheckConstraint(condition=models.Q(('answer_days__range', (1, 90)), ('ballot_mark__in', ['', authorities.ballot_marks.BallotMark['CIRCLE'], authorities.ballot_marks.BallotMark['CROSS'], authorities.ballot_marks.BallotMark['TICK']]), ('claim_minutes__range', (5, 1440)), ('most_assisted_a_day__range', (1, 1000)), ('most_comments_waiting__range', (1, 1000)), ('most_drafts__range', (1, 1000)), ('most_proposals_waiting__range', (1, 1000)), ('review_days__range', (1, 365)), ('shortest_explanation__range', (10, 500))), name='authorities_authoritysettings_are_sensible')],
            },
        ),
        migrations.AddConstraint(
            model_name='authority',
            constraint=models.CheckConstraint(condition=models.Q(('accent', ''), ('accent__regex', '^#[0-9a-f]{6}$'), _connector='OR'), name='authorities_authority_accent_is_a_colour'),
        ),
        migrations.AddConstraint(
            model_name='authority',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_on', None), ('successor', None)), models.Q(('ended_on__isnull', False), ('successor__isnull', False), models.Q(('successor', models.F('pk')), _negated=True)), _connector='OR'), name='authorities_authority_ended_has_another_successor'),
        ),
        migrations.AddConstraint(
            model_name='department',
            constraint=models.UniqueConstraint(fields=('authority', 'slug'), name='authorities_department_one_per_slug'),
        ),
        migrations.AddConstraint(
            model_name='category',
            constraint=models.UniqueConstraint(fields=('authority', 'slug'), name='authorities_category_one_per_slug'),
        ),
        migrations.AddConstraint(
            model_name='reason',
            constraint=models.UniqueConstraint(fields=('authority', 'code'), name='authorities_reason_one_per_code'),
        ),
        migrations.AddConstraint(
            model_name='reason',
            constraint=models.CheckConstraint(condition=models.Q(('serves__contained_by', ['screening', 'ineligibility', 'referral', 'merger', 'withdrawal', 'vote', 'council']), ('serves__len__gt', 0)), name='authorities_reason_serves_something_known'),
        ),
        migrations.AddConstraint(
            model_name='track',
            constraint=models.UniqueConstraint(fields=('authority', 'code'), name='authorities_track_one_per_code'),
        ),
        migrations.AddConstraint(
            model_name='track',
            constraint=models.CheckConstraint(condition=models.Q(('code__regex', '^[a-z][a-z0-9_]*$')), name='authorities_track_code_is_plain'),
        ),
    ]
