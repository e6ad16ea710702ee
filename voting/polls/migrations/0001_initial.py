import core.multilingual
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import voting.rules
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('authorities', '0001_initial'),
        ('places', '0001_initial'),
        ('proposals', '0001_initial'),
        ('rounds', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BallotStyle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('title', models.JSONField(validators=[core.multilingual.validate_multilingual])),
                ('kind', models.CharField(choices=[('approval', 'choose projects'), ('knapsack', 'spend the budget'), ('cumulative', 'give points'), ('ordinal', 'rank projects')], default='approval', max_length=10)),
                ('budget_minor', models.BigIntegerField()),
                ('min_choices', models.PositiveSmallIntegerField(default=1)),
                ('max_choices', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('ballot_budget_minor', models.BigIntegerField(blank=True, null=True)),
                ('points', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('points_per_project', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('max_per_category', models.JSONField(blank=True, default=dict)),
                ('allows_blank', models.BooleanField(default=False)),
                ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.area')),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ballot_styles', to='rounds.round')),
            ],
            options={
                'ordering': ['round', 'number'],
            },
        ),
        migrations.CreateModel(
            name='Extension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('requested_at', models.DateTimeField()),
                ('approved_at', models.DateTimeField(blank=True, null=True)),
                ('closes_before', models.DateTimeField()),
                ('closes_at', models.DateTimeField()),
                ('reason', models.CharField(max_length=500)),
                ('approved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='extensions', to='rounds.round')),
            ],
            options={
                'ordering': ['requested_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Poll',
            fields=[
                ('round', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='poll', serialize=False, to='rounds.round')),
                ('state', models.CharField(choices=[('drafted', 'Setting up the ballot'), ('frozen', 'Rules and ballot frozen'), ('closed', 'Closed'), ('reconciled', 'Checked against the register'), ('counted', 'Counted'), ('certified', 'Certified'), ('published', 'Ballots published'), ('key_destroyed', 'Key destroyed')], default='drafted', max_length=13)),
                ('receipt_mode', models.CharField(choices=[('open', 'recorded, and counted as chosen'), ('inclusion_only', 'recorded only')], default='open', max_length=14)),
                ('rules', models.TextField(blank=True)),
                ('rules_hash', models.BinaryField(blank=True, max_length=32, null=True)),
                ('frozen_at', models.DateTimeField(blank=True, null=True)),
                ('key_name', models.UUIDField(blank=True, null=True, unique=True)),
                ('key_check', models.BinaryField(blank=True, max_length=32, null=True)),
                ('is_loading', models.BooleanField(default=False)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('log_until', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('frozen_at', None), ('key_name', None), ('rules', ''), ('rules_hash', None), ('state', 'drafted')), models.Q(models.Q(('state', 'drafted'), _negated=True), models.Q(('rules', ''), _negated=True), ('frozen_at__isnull', False), ('key_check__isnull', False), ('key_name__isnull', False), ('rules_hash__isnull', False)), _connector='OR'), name='polls_poll_frozen_has_rules_and_key'), models.CheckConstraint(condition=models.Q(('is_loading', False), ('state', 'frozen'), _connector='OR'), name='polls_poll_loads_only_while_frozen'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('state__in', ['drafted', 'frozen'])), models.Q(models.Q(('state__in', ['drafted', 'frozen']), _negated=True), ('closed_at__isnull', False)), _connector='OR'), name='polls_poll_closed_has_a_time'), models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('rules_hash'), 32), name='polls_poll_rules_hash_is_32_bytes'), models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('key_check'), 32), name='polls_poll_key_check_is_32_bytes'), models.CheckConstraint(condition=models.Q(('rules_hash', None), ('rules_hash', models.Func(models.Func('rules', models.Value('UTF8'), function='convert_to', output_field=models.BinaryField()), function='sha256', output_field=models.BinaryField())), _connector='OR'), name='polls_poll_rules_hash_is_of_the_rules')],
            },
        ),
        migrations.CreateModel(
            name='Project',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('code', models.CharField(max_length=30)),
                ('title', models.JSONField(validators=[core.multilingual.validate_multilingual])),
                ('summary', models.JSONField(blank=True, default=dict)),
                ('cost_minor', models.BigIntegerField()),
                ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.area')),
                ('ballot_style', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='projects', to='polls.ballotstyle')),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='authorities.category')),
                ('proposal', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='project', to='proposals.proposal')),
            ],
            options={
                'ordering': ['ballot_style', 'number'],
            },
        ),
        migrations.CreateModel(
            name='RuleSet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.CharField(choices=voting.rules.choices, default='greedy', max_length=20)),
                ('tie_order', models.CharField(choices=[('cheaper', 'the cheaper project first'), ('dearer', 'the more expensive project first')], default='cheaper', max_length=8)),
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
            name='Approval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('requested_at', models.DateTimeField()),
                ('approved_at', models.DateTimeField(blank=True, null=True)),
                ('stage', models.CharField(choices=[('certify', 'certify the result'), ('publish', 'publish the ballots'), ('destroy_key', 'destroy the key')], max_length=11)),
                ('approved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='approvals', to='rounds.round')),
            ],
            options={
                'ordering': ['requested_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('approved_by', None), models.Q(('approved_by', models.F('requested_by')), _negated=True), _connector='OR'), name='polls_approval_by_two_people'), models.CheckConstraint(condition=models.Q(models.Q(('approved_at', None), ('approved_by', None)), models.Q(('approved_at__isnull', False), ('approved_by__isnull', False)), _connector='OR'), name='polls_approval_has_a_time'), models.UniqueConstraint(fields=('round', 'stage'), name='polls_approval_one_per_stage')],
            },
        ),
        migrations.AddConstraint(
            model_name='ballotstyle',
            constraint=models.UniqueConstraint(fields=('round', 'number'), name='polls_ballotstyle_one_per_number'),
        ),
        migrations.AddConstraint(
            model_name='ballotstyle',
            constraint=models.UniqueConstraint(fields=('round', 'area'), name='polls_ballotstyle_one_per_area', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='ballotstyle',
            constraint=models.CheckConstraint(condition=models.Q(('number__gt', 0)), name='polls_ballotstyle_number_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='ballotstyle',
            constraint=models.CheckConstraint(condition=models.Q(('budget_minor__gt', 0)), name='polls_ballotstyle_budget_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='ballotstyle',
            constraint=models.CheckConstraint(condition=models.Q(('ballot_budget_minor', None), ('ballot_budget_minor__gt', 0), _connector='OR'), name='polls_ballotstyle_ballot_budget_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='ballotstyle',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'knapsack'), _negated=True), ('ballot_budget_minor__isnull', False), _connector='OR'), name='polls_ballotstyle_knapsack_has_a_ballot_budget'),
        ),
        migrations.AddConstraint(
            model_name='ballotstyle',
            constraint=models.CheckConstraint(condition=models.Q(('max_choices', None), models.Q(('max_choices__gt', 0), ('max_choices__gte', models.F('min_choices'))), _connector='OR'), name='polls_ballotstyle_most_is_not_below_fewest'),
        ),
        migrations.AddConstraint(
            model_name='ballotstyle',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'cumulative'), ('points__gt', 0), ('points__isnull', False)), models.Q(models.Q(('kind', 'cumulative'), _negated=True), ('points', None), ('points_per_project', None)), _connector='OR'), name='polls_ballotstyle_points_where_points_are_given'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by', None), models.Q(('approved_by', models.F('requested_by')), _negated=True), _connector='OR'), name='polls_extension_by_two_people'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approved_at', None), ('approved_by', None)), models.Q(('approved_at__isnull', False), ('approved_by__isnull', False)), _connector='OR'), name='polls_extension_has_a_time'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.UniqueConstraint(condition=models.Q(('approved_by', None)), fields=('round',), name='polls_extension_one_waits'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(('closes_at__gt', models.F('closes_before'))), name='polls_extension_closes_later'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='polls_extension_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.UniqueConstraint(fields=('ballot_style', 'number'), name='polls_project_one_per_number'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.UniqueConstraint(fields=('ballot_style', 'code'), name='polls_project_one_per_code'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.CheckConstraint(condition=models.Q(('number__gt', 0)), name='polls_project_number_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.CheckConstraint(condition=models.Q(('cost_minor__gt', 0)), name='polls_project_cost_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='ruleset',
            constraint=models.CheckConstraint(condition=models.Q(('seed', ''), _negated=True), name='polls_ruleset_has_a_seed'),
        ),
        migrations.AddConstraint(
            model_name='ruleset',
            constraint=models.CheckConstraint(condition=models.Q(('threshold__gt', 0)), name='polls_ruleset_a_project_needs_a_vote'),
        ),
        migrations.AddConstraint(
            model_name='ruleset',
            constraint=models.CheckConstraint(condition=models.Q(('rule__in', ['greedy', 'votes-per-cost', 'equal-shares', 'equal-shares-add1', 'phragmen', 'max-welfare'])), name='polls_ruleset_rule_is_known'),
        ),
        migrations.AddConstraint(
            model_name='ruleset',
            constraint=models.CheckConstraint(condition=models.Q(('stops_at_first_misfit', False), ('rule__in', ['greedy']), _connector='OR'), name='polls_ruleset_stops_at_first_misfit_only_where_known'),
        ),
        migrations.AddConstraint(
            model_name='ruleset',
            constraint=models.CheckConstraint(condition=models.Q(('topup_percent', None), models.Q(('rule__in', ['greedy']), ('stops_at_first_misfit', False), ('topup_percent__gte', 1), ('topup_percent__lte', 100)), _connector='OR'), name='polls_ruleset_topup_percent_only_where_known'),
        ),
        migrations.AddConstraint(
            model_name='ruleset',
            constraint=models.CheckConstraint(condition=models.Q(('utility', 'cost'), models.Q(('rule__in', ['equal-shares', 'equal-shares-add1']), ('utility__in', ['cost', 'cardinality', 'points'])), _connector='OR'), name='polls_ruleset_utility_only_where_known'),
        ),
        migrations.AddConstraint(
            model_name='ruleset',
            constraint=models.CheckConstraint(condition=models.Q(('completion', False), ('rule__in', ['equal-shares', 'equal-shares-add1']), _connector='OR'), name='polls_ruleset_completion_only_where_known'),
        ),
        migrations.AddConstraint(
            model_name='ruleset',
            constraint=models.CheckConstraint(condition=models.Q(('comparison', False), ('rule__in', ['equal-shares', 'equal-shares-add1']), _connector='OR'), name='polls_ruleset_comparison_only_where_known'),
        ),
        migrations.AddConstraint(
            model_name='ruleset',
            constraint=models.CheckConstraint(condition=models.Q(('step_minor', None), models.Q(('rule__in', ['equal-shares-add1']), ('step_minor__gt', 0)), _connector='OR'), name='polls_ruleset_step_minor_only_where_known'),
        ),
    ]
