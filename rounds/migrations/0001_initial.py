import core.multilingual
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('authorities', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Round',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=60)),
                ('title', models.JSONField(validators=[core.multilingual.validate_multilingual])),
                ('summary', models.JSONField(validators=[core.multilingual.validate_multilingual])),
                ('notice', models.JSONField(blank=True, default=dict)),
                ('fiscal_year', models.PositiveSmallIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('budget_minor', models.BigIntegerField()),
                ('budget_is_approximate', models.BooleanField(default=False)),
                ('time_zone', models.CharField(max_length=40)),
                ('proposal_prefix', models.CharField(max_length=20)),
                ('n_submitted', models.PositiveIntegerField(default=0)),
                ('target_percent', models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True)),
                ('rate_decimals', models.PositiveSmallIntegerField(default=1)),
                ('rate_rounding', models.CharField(choices=[('truncate', 'truncated'), ('half_up', 'rounded')], default='truncate', max_length=10)),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('is_imported', models.BooleanField(default=False)),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rounds', to='authorities.authority')),
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
                ('residency', models.CharField(choices=[('resident', 'resident'), ('affiliate', 'works or studies here'), ('outside', 'lives outside the area')], max_length=10)),
                ('assurance', models.PositiveSmallIntegerField(default=1)),
                ('from_age', models.PositiveSmallIntegerField(default=0)),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entitlements', to='rounds.round')),
            ],
        ),
        migrations.AddConstraint(
            model_name='round',
            constraint=models.UniqueConstraint(fields=('authority', 'slug'), name='rounds_round_one_per_slug'),
        ),
        migrations.AddConstraint(
            model_name='round',
            constraint=models.UniqueConstraint(fields=('authority', 'proposal_prefix'), name='rounds_round_one_per_prefix'),
        ),
        migrations.AddConstraint(
            model_name='round',
            constraint=models.CheckConstraint(condition=models.Q(('slug__in', ('ballots', 'desk', 'log', 'proposals', 'report', 'results', 'verify')), _negated=True), name='rounds_round_slug_is_no_word_in_addresses'),
        ),
        migrations.AddConstraint(
            model_name='round',
            constraint=models.CheckConstraint(condition=models.Q(('proposal_prefix__regex', '[^0-9]$')), name='rounds_round_prefix_ends_before_digits'),
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
            constraint=models.UniqueConstraint(fields=('round', 'act', 'residency'), name='rounds_entitlement_one_per_act_and_residency'),
        ),
        migrations.AddConstraint(
            model_name='entitlement',
            constraint=models.CheckConstraint(condition=models.Q(('assurance__gte', 1), ('assurance__lte', 3)), name='rounds_entitlement_assurance_is_known'),
        ),
    ]
