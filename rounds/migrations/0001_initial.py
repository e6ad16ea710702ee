import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import rounds.multilingual


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Authority',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(unique=True)),
                ('name', models.JSONField(validators=[rounds.multilingual.validate_multilingual])),
                ('currency', models.CharField(max_length=3)),
                ('time_zone', models.CharField(max_length=40)),
                ('language', models.CharField(max_length=5)),
                ('contact', models.CharField(blank=True, max_length=200)),
                ('platform_name', models.JSONField(blank=True, default=dict)),
                ('accent', models.CharField(blank=True, max_length=7)),
                ('logo_hash', models.CharField(blank=True, max_length=64)),
                ('ended_on', models.DateField(blank=True, null=True)),
            ],
            options={
                'verbose_name_plural': 'authorities',
                'ordering': ['slug'],
            },
        ),
        migrations.CreateModel(
            name='Area',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(max_length=2)),
                ('code', models.CharField(max_length=20)),
                ('kind', models.CharField(max_length=20)),
                ('name', models.JSONField(validators=[rounds.multilingual.validate_multilingual])),
                ('path', models.CharField(max_length=200)),
                ('valid_from', models.DateField(blank=True, null=True)),
                ('valid_until', models.DateField(blank=True, null=True)),
                ('latitude', models.DecimalField(blank=True, decimal_places=5, max_digits=8, null=True)),
                ('longitude', models.DecimalField(blank=True, decimal_places=5, max_digits=8, null=True)),
                ('source', models.CharField(blank=True, max_length=200)),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='rounds.area')),
            ],
            options={
                'ordering': ['country', 'code'],
            },
        ),
        migrations.CreateModel(
            name='Logo',
            fields=[
                ('authority', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='logo', serialize=False, to='rounds.authority')),
                ('png', models.BinaryField()),
            ],
        ),
        migrations.AddField(
            model_name='authority',
            name='area',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='authorities', to='rounds.area'),
        ),
        migrations.AddField(
            model_name='authority',
            name='successor',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='predecessors', to='rounds.authority'),
        ),
        migrations.CreateModel(
            name='Department',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField()),
                ('name', models.JSONField(validators=[rounds.multilingual.validate_multilingual])),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='departments', to='rounds.authority')),
            ],
        ),
        migrations.CreateModel(
            name='Category',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField()),
                ('name', models.JSONField(validators=[rounds.multilingual.validate_multilingual])),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='categories', to='rounds.authority')),
                ('department', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='categories', to='rounds.department')),
            ],
            options={
                'verbose_name_plural': 'categories',
                'ordering': ['position', 'slug'],
            },
        ),
        migrations.CreateModel(
            name='Round',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=60, unique=True)),
                ('title', models.JSONField(validators=[rounds.multilingual.validate_multilingual])),
                ('summary', models.JSONField(validators=[rounds.multilingual.validate_multilingual])),
                ('notice', models.JSONField(blank=True, default=dict)),
                ('fiscal_year', models.PositiveSmallIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('budget_minor', models.BigIntegerField()),
                ('budget_is_approximate', models.BooleanField(default=False)),
                ('time_zone', models.CharField(max_length=40)),
                ('proposal_prefix', models.CharField(max_length=20, unique=True)),
                ('n_submitted', models.PositiveIntegerField(default=0)),
                ('target_percent', models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True)),
                ('rate_decimals', models.PositiveSmallIntegerField(default=1)),
                ('rate_rounding', models.CharField(choices=[('truncate', 'cut off'), ('half_up', 'rounded half up')], default='truncate', max_length=10)),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('is_imported', models.BooleanField(default=False)),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rounds', to='rounds.authority')),
            ],
            options={
                'ordering': ['-fiscal_year', 'slug'],
            },
        ),
        migrations.CreateModel(
            name='Phase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('submission', 'submission'), ('review', 'review'), ('voting', 'voting'), ('decision', 'decision')], max_length=12)),
                ('opens_at', models.DateTimeField()),
                ('closes_at', models.DateTimeField()),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='phases', to='rounds.round')),
            ],
            options={
                'ordering': ['opens_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Entitlement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('act', models.CharField(choices=[('propose', 'propose'), ('comment', 'comment'), ('support', 'support'), ('vote', 'vote')], max_length=8)),
                ('participation', models.CharField(choices=[('resident', 'resident'), ('affiliate', 'works or studies here'), ('outside', 'from outside the area')], max_length=10)),
                ('assurance', models.PositiveSmallIntegerField(default=1)),
                ('from_age', models.PositiveSmallIntegerField(default=0)),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entitlements', to='rounds.round')),
            ],
        ),
        migrations.CreateModel(
            name='RuleSet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.CharField(choices=[('greedy', 'most votes first'), ('votes-per-cost', 'most votes for the money first'), ('equal-shares', 'equal shares'), ('equal-shares-add1', 'equal shares, raised until the budget is used'), ('phragmen', 'least burden first (Phragmén)'), ('max-welfare', 'greatest total of votes')], default='greedy', max_length=20)),
                ('tie_order', models.CharField(choices=[('cheaper', 'the cheaper project first'), ('dearer', 'the dearer project first')], default='cheaper', max_length=8)),
                ('seed', models.CharField(max_length=64)),
                ('outside', models.CharField(choices=[('counted', 'counted like all others'), ('advisory', 'shown, but not counted'), ('not_allowed', 'not allowed')], default='advisory', max_length=12)),
                ('without_account', models.BooleanField(default=False)),
                ('threshold', models.PositiveIntegerField(default=1)),
                ('stops_at_first_misfit', models.BooleanField(default=False)),
                ('topup_percent', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('utility', models.CharField(choices=[('cost', 'as much as the project costs'), ('cardinality', 'the same for every project'), ('points', 'the points they gave')], default='cost', max_length=11)),
                ('completion', models.BooleanField(default=False)),
                ('comparison', models.BooleanField(default=False)),
                ('step_minor', models.BigIntegerField(blank=True, null=True)),
                ('round', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='rule_set', to='rounds.round')),
            ],
        ),
        migrations.CreateModel(
            name='Succession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField()),
                ('predecessor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='later', to='rounds.area')),
                ('successor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='earlier', to='rounds.area')),
            ],
        ),
        migrations.AddIndex(
            model_name='area',
            index=models.Index(fields=['path'], name='rounds_area_path_prefix', opclasses=['varchar_pattern_ops']),
        ),
        migrations.AddConstraint(
            model_name='area',
            constraint=models.UniqueConstraint(fields=('country', 'code', 'kind', 'valid_from'), name='rounds_area_one_per_code_and_start', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='area',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until', None), ('valid_from', None), ('valid_from__lt', models.F('valid_until')), _connector='OR'), name='rounds_area_starts_before_it_ends'),
        ),
        migrations.AddConstraint(
            model_name='area',
            constraint=models.CheckConstraint(condition=models.Q(('path__endswith', django.db.models.functions.text.Concat(models.F('code'), models.Value('.')))), name='rounds_area_path_ends_in_its_code'),
        ),
        migrations.AddConstraint(
            model_name='authority',
            constraint=models.CheckConstraint(condition=models.Q(('accent', ''), ('accent__regex', '^#[0-9a-f]{6}$'), _connector='OR'), name='rounds_authority_accent_is_a_colour'),
        ),
        migrations.AddConstraint(
            model_name='authority',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_on', None), ('successor', None)), models.Q(('ended_on__isnull', False), ('successor__isnull', False), models.Q(('successor', models.F('pk')), _negated=True)), _connector='OR'), name='rounds_authority_ended_has_another_successor'),
        ),
        migrations.AddConstraint(
            model_name='department',
            constraint=models.UniqueConstraint(fields=('authority', 'slug'), name='rounds_department_one_per_slug'),
        ),
        migrations.AddConstraint(
            model_name='category',
            constraint=models.UniqueConstraint(fields=('authority', 'slug'), name='rounds_category_one_per_slug'),
        ),
        migrations.AddConstraint(
            model_name='round',
            constraint=models.CheckConstraint(condition=models.Q(('budget_minor__gt', 0)), name='rounds_round_budget_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='round',
            constraint=models.CheckConstraint(condition=models.Q(('target_percent', None), models.Q(('target_percent__gt', 0), ('target_percent__lte', 100)), _connector='OR'), name='rounds_round_target_is_a_share'),
        ),
        migrations.AddConstraint(
            model_name='round',
            constraint=models.CheckConstraint(condition=models.Q(('rate_decimals__lte', 4)), name='rounds_round_rate_has_few_decimals'),
        ),
        migrations.AddConstraint(
            model_name='phase',
            constraint=models.UniqueConstraint(fields=('round', 'kind'), name='rounds_phase_one_of_each_kind'),
        ),
        migrations.AddConstraint(
            model_name='phase',
            constraint=models.CheckConstraint(condition=models.Q(('opens_at__lt', models.F('closes_at'))), name='rounds_phase_opens_before_it_closes'),
        ),
        migrations.AddConstraint(
            model_name='entitlement',
            constraint=models.UniqueConstraint(fields=('round', 'act', 'participation'), name='rounds_entitlement_one_per_act_and_class'),
        ),
        migrations.AddConstraint(
            model_name='entitlement',
            constraint=models.CheckConstraint(condition=models.Q(('assurance__gte', 1), ('assurance__lte', 3)), name='rounds_entitlement_assurance_is_known'),
        ),
        migrations.AddConstraint(
            model_name='ruleset',
            constraint=models.CheckConstraint(condition=models.Q(('seed', ''), _negated=True), name='rounds_ruleset_has_a_seed'),
        ),
        migrations.AddConstraint(
            model_name='ruleset',
            constraint=models.CheckConstraint(condition=models.Q(('rule__in', ['greedy', 'votes-per-cost', 'equal-shares', 'equal-shares-add1', 'phragmen', 'max-welfare'])), name='rounds_ruleset_rule_is_known'),
        ),
        migrations.AddConstraint(
            model_name='ruleset',
            constraint=models.CheckConstraint(condition=models.Q(('threshold__gt', 0)), name='rounds_ruleset_a_project_needs_a_vote'),
        ),
        migrations.AddConstraint(
            model_name='ruleset',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('stops_at_first_misfit', False), ('topup_percent', None)), models.Q(('rule', 'greedy'), ('stops_at_first_misfit', True), ('topup_percent', None)), models.Q(('rule', 'greedy'), ('stops_at_first_misfit', False), ('topup_percent__gte', 1), ('topup_percent__lte', 100)), _connector='OR'), name='rounds_ruleset_misfits_end_only_most_votes_first'),
        ),
        migrations.AddConstraint(
            model_name='ruleset',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('comparison', False), ('completion', False), ('utility', 'cost')), models.Q(('rule__in', ['equal-shares', 'equal-shares-add1']), ('utility__in', ['cost', 'cardinality', 'points'])), _connector='OR'), name='rounds_ruleset_utility_only_with_shares'),
        ),
        migrations.AddConstraint(
            model_name='ruleset',
            constraint=models.CheckConstraint(condition=models.Q(('step_minor', None), models.Q(('rule', 'equal-shares-add1'), ('step_minor__gt', 0)), _connector='OR'), name='rounds_ruleset_step_only_with_raises'),
        ),
        migrations.AddConstraint(
            model_name='succession',
            constraint=models.UniqueConstraint(fields=('predecessor', 'successor'), name='rounds_succession_once'),
        ),
        migrations.AddConstraint(
            model_name='succession',
            constraint=models.CheckConstraint(condition=models.Q(('predecessor', models.F('successor')), _negated=True), name='rounds_succession_not_of_itself'),
        ),
    ]
