import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

import rounds.multilingual


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('proposals', '0001_initial'),
        ('rounds', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BallotPaper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('title', models.JSONField(validators=[rounds.multilingual.validate_multilingual])),
                ('kind', models.CharField(choices=[('approval', 'choose projects'), ('knapsack', 'spend the budget'), ('cumulative', 'give points'), ('ordinal', 'rank projects')], default='approval', max_length=10)),
                ('budget_minor', models.BigIntegerField()),
                ('min_choices', models.PositiveSmallIntegerField(default=1)),
                ('max_choices', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('ballot_budget_minor', models.BigIntegerField(blank=True, null=True)),
                ('points', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('points_per_project', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('max_per_category', models.JSONField(blank=True, default=dict)),
                ('allows_blank', models.BooleanField(default=False)),
                ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='rounds.area')),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ballot_papers', to='rounds.round')),
            ],
            options={
                'ordering': ['round', 'number'],
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
            },
        ),
        migrations.CreateModel(
            name='Extension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('closes_before', models.DateTimeField()),
                ('closes_at', models.DateTimeField()),
                ('reason', models.CharField(max_length=500)),
                ('requested_at', models.DateTimeField()),
                ('approved_at', models.DateTimeField(blank=True, null=True)),
                ('approved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='extensions', to='rounds.round')),
            ],
            options={
                'ordering': ['requested_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='FinalBallot',
            fields=[
                ('pk', models.CompositePrimaryKey('round_id', 'ballot_ref', blank=True, editable=False, primary_key=True, serialize=False)),
                ('ballot_ref', models.BinaryField(max_length=16)),
                ('choices', models.JSONField()),
                ('participation', models.CharField(choices=[('resident', 'resident'), ('affiliate', 'works or studies here'), ('outside', 'from outside the area')], max_length=10)),
                ('is_paper', models.BooleanField(db_default=False, default=False)),
                ('round', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='rounds.round')),
            ],
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
        ),
        migrations.CreateModel(
            name='PaperBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('participation', models.CharField(choices=[('resident', 'resident'), ('affiliate', 'works or studies here'), ('outside', 'from outside the area')], default='resident', max_length=10)),
                ('state', models.CharField(choices=[('declared', 'Being keyed for the first time'), ('keyed_once', 'Being keyed for the second time'), ('differs', 'The two keyings differ'), ('agreed', 'Both keyings agree'), ('withdrawn', 'Withdrawn')], default='declared', max_length=10)),
                ('declared', models.PositiveSmallIntegerField()),
                ('keyed_once', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('keyed_twice', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='rounds.area')),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='paper_batches', to='rounds.round')),
                ('second_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'paper batches',
                'ordering': ['round', 'number'],
            },
        ),
        migrations.CreateModel(
            name='KeyedBallot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sequence', models.PositiveSmallIntegerField()),
                ('keying', models.PositiveSmallIntegerField(choices=[(1, 'first keying'), (2, 'second keying')])),
                ('sealed', models.BinaryField()),
                ('fingerprint', models.BinaryField(max_length=32)),
                ('invalid', models.CharField(blank=True, choices=[('over_budget', 'More money or points than allowed'), ('too_many', 'More projects than allowed'), ('blank', 'Nothing chosen, which this vote does not allow'), ('unreadable', 'It cannot be read what was chosen'), ('identifying', 'Something on it tells who the voter is'), ('other', 'Another reason')], max_length=11)),
                ('note', models.CharField(blank=True, max_length=120)),
                ('revision', models.PositiveSmallIntegerField(default=1)),
                ('keyed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ballots', to='voting.paperbatch')),
            ],
            options={
                'ordering': ['batch', 'sequence', 'keying'],
            },
        ),
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
        migrations.AddField(
            model_name='paperbatch',
            name='desk',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='voting.paperdesk'),
        ),
        migrations.CreateModel(
            name='BallotBox',
            fields=[
                ('pk', models.CompositePrimaryKey('round_id', 'voter_tag', blank=True, editable=False, primary_key=True, serialize=False)),
                ('voter_tag', models.BinaryField(max_length=32)),
                ('sealed', models.BinaryField(blank=True, null=True)),
                ('channel', models.CharField(choices=[('web', 'on a computer'), ('mobile', 'on a phone'), ('assisted', 'with help from staff'), ('paper', 'on paper')], max_length=8)),
                ('participation', models.CharField(choices=[('resident', 'resident'), ('affiliate', 'works or studies here'), ('outside', 'from outside the area')], max_length=10)),
                ('age_group', models.CharField(blank=True, choices=[('14-18', '14 to 18'), ('19-34', '19 to 34'), ('35-49', '35 to 49'), ('50-64', '50 to 64'), ('65+', '65 and over')], max_length=5)),
                ('revision', models.PositiveIntegerField(default=1)),
                ('area', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='rounds.area')),
                ('round', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='rounds.round')),
                ('desk', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='voting.paperdesk')),
            ],
        ),
        migrations.CreateModel(
            name='Poll',
            fields=[
                ('round', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='poll', serialize=False, to='rounds.round')),
                ('state', models.CharField(choices=[('drafted', 'Ballot paper being drawn up'), ('frozen', 'Rules and ballot paper frozen'), ('closed', 'Closed'), ('reconciled', 'Checked against the register'), ('counted', 'Counted'), ('certified', 'Certified'), ('published', 'Ballots published'), ('key_destroyed', 'Key destroyed')], default='drafted', max_length=13)),
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
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('frozen_at', None), ('key_name', None), ('rules', ''), ('rules_hash', None), ('state', 'drafted')), models.Q(models.Q(('state', 'drafted'), _negated=True), models.Q(('rules', ''), _negated=True), ('frozen_at__isnull', False), ('key_check__isnull', False), ('key_name__isnull', False), ('rules_hash__isnull', False)), _connector='OR'), name='voting_poll_frozen_has_rules_and_key'), models.CheckConstraint(condition=models.Q(('is_loading', False), ('state', 'frozen'), _connector='OR'), name='voting_poll_loads_only_while_frozen'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('state__in', ['drafted', 'frozen'])), models.Q(models.Q(('state__in', ['drafted', 'frozen']), _negated=True), ('closed_at__isnull', False)), _connector='OR'), name='voting_poll_closed_has_a_time'), models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('rules_hash'), 32), name='voting_poll_rules_hash_is_32_bytes'), models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('key_check'), 32), name='voting_poll_key_check_is_32_bytes'), models.CheckConstraint(condition=models.Q(('rules_hash', None), ('rules_hash', models.Func(models.Func('rules', models.Value('UTF8'), function='convert_to', output_field=models.BinaryField()), function='sha256', output_field=models.BinaryField())), _connector='OR'), name='voting_poll_rules_hash_is_of_the_rules')],
            },
        ),
        migrations.CreateModel(
            name='Project',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('code', models.CharField(max_length=30, unique=True)),
                ('title', models.JSONField(validators=[rounds.multilingual.validate_multilingual])),
                ('summary', models.JSONField(blank=True, default=dict)),
                ('cost_minor', models.BigIntegerField()),
                ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='rounds.area')),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='rounds.category')),
                ('paper', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='projects', to='voting.ballotpaper')),
                ('proposal', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='project', to='proposals.proposal')),
            ],
            options={
                'ordering': ['paper', 'number'],
            },
        ),
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(choices=[('inside', 'people who live, work or study here'), ('outside', 'people from outside'), ('everybody', 'everybody')], max_length=9)),
                ('is_decisive', models.BooleanField()),
                ('n_ballots', models.PositiveIntegerField()),
                ('n_blank', models.PositiveIntegerField()),
                ('outcome', models.JSONField()),
                ('input_hash', models.BinaryField(max_length=32)),
                ('counted_at', models.DateTimeField()),
                ('paper', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tallies', to='voting.ballotpaper')),
            ],
            options={
                'verbose_name_plural': 'tallies',
            },
        ),
        migrations.CreateModel(
            name='WithdrawnMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mark', models.BinaryField(max_length=32, null=True)),
                ('reason', models.CharField(max_length=200)),
                ('withdrawn_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow())),
                ('desk', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='withdrawn_marks', to='voting.paperdesk')),
                ('withdrawn_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Approval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.CharField(choices=[('certify', 'certify the result'), ('publish', 'publish the ballots'), ('destroy_key', 'destroy the key')], max_length=11)),
                ('requested_at', models.DateTimeField()),
                ('approved_at', models.DateTimeField(blank=True, null=True)),
                ('approved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='approvals', to='rounds.round')),
            ],
            options={
                'ordering': ['requested_at'],
                'constraints': [models.UniqueConstraint(fields=('round', 'step'), name='voting_approval_one_per_step'), models.CheckConstraint(condition=models.Q(('approved_by', None), models.Q(('approved_by', models.F('requested_by')), _negated=True), _connector='OR'), name='voting_approval_by_two_people'), models.CheckConstraint(condition=models.Q(models.Q(('approved_at', None), ('approved_by', None)), models.Q(('approved_at__isnull', False), ('approved_by__isnull', False)), _connector='OR'), name='voting_approval_has_a_time')],
            },
        ),
        migrations.AddConstraint(
            model_name='ballotpaper',
            constraint=models.UniqueConstraint(fields=('round', 'number'), name='voting_ballotpaper_one_per_number'),
        ),
        migrations.AddConstraint(
            model_name='ballotpaper',
            constraint=models.UniqueConstraint(fields=('round', 'area'), name='voting_ballotpaper_one_per_area', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='ballotpaper',
            constraint=models.CheckConstraint(condition=models.Q(('number__gt', 0)), name='voting_ballotpaper_number_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='ballotpaper',
            constraint=models.CheckConstraint(condition=models.Q(('budget_minor__gt', 0)), name='voting_ballotpaper_budget_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='ballotpaper',
            constraint=models.CheckConstraint(condition=models.Q(('ballot_budget_minor', None), ('ballot_budget_minor__gt', 0), _connector='OR'), name='voting_ballotpaper_ballot_budget_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='ballotpaper',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'knapsack'), _negated=True), ('ballot_budget_minor__isnull', False), _connector='OR'), name='voting_ballotpaper_knapsack_has_a_ballot_budget'),
        ),
        migrations.AddConstraint(
            model_name='ballotpaper',
            constraint=models.CheckConstraint(condition=models.Q(('max_choices', None), models.Q(('max_choices__gt', 0), ('max_choices__gte', models.F('min_choices'))), _connector='OR'), name='voting_ballotpaper_most_is_not_below_fewest'),
        ),
        migrations.AddConstraint(
            model_name='ballotpaper',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'cumulative'), ('points__gt', 0), ('points__isnull', False)), models.Q(models.Q(('kind', 'cumulative'), _negated=True), ('points', None), ('points_per_project', None)), _connector='OR'), name='voting_ballotpaper_points_where_points_are_given'),
        ),
        migrations.AddIndex(
            model_name='castevent',
            index=models.Index(condition=models.Q(('leaf_index', None)), fields=['round'], name='voting_castevent_unnumbered'),
        ),
        migrations.AddConstraint(
            model_name='castevent',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'withdraw'), _negated=True), fields=('round', 'log_ref'), name='voting_castevent_one_per_receipt'),
        ),
        migrations.AddConstraint(
            model_name='castevent',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'withdraw')), fields=('round', 'log_ref'), name='voting_castevent_withdrawn_once'),
        ),
        migrations.AddConstraint(
            model_name='castevent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('castings__gt', 0), ('castings__isnull', False), ('kind', 'withdraw')), models.Q(models.Q(('kind', 'withdraw'), _negated=True), ('castings', None)), _connector='OR'), name='voting_castevent_withdrawals_say_how_often'),
        ),
        migrations.AddConstraint(
            model_name='castevent',
            constraint=models.UniqueConstraint(fields=('round', 'leaf_index'), name='voting_castevent_one_per_leaf'),
        ),
        migrations.AddConstraint(
            model_name='castevent',
            constraint=models.CheckConstraint(condition=models.Q(('leaf_index', None), ('leaf_index__gte', 0), _connector='OR'), name='voting_castevent_leaf_is_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='castevent',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('log_ref'), 32), name='voting_castevent_log_ref_is_32_bytes'),
        ),
        migrations.AddConstraint(
            model_name='castevent',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('commitment'), 32), name='voting_castevent_commitment_is_32_bytes'),
        ),
        migrations.AddConstraint(
            model_name='castevent',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['cast', 'replace', 'withdraw'])), name='voting_castevent_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='checkpoint',
            constraint=models.UniqueConstraint(fields=('round', 'size'), name='voting_checkpoint_one_per_size'),
        ),
        migrations.AddConstraint(
            model_name='checkpoint',
            constraint=models.CheckConstraint(condition=models.Q(('size__gte', 0)), name='voting_checkpoint_size_is_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='checkpoint',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('root'), 32), name='voting_checkpoint_root_is_32_bytes'),
        ),
        migrations.AddConstraint(
            model_name='checkpoint',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('public_key'), 32), name='voting_checkpoint_public_key_is_32_bytes'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.UniqueConstraint(condition=models.Q(('approved_by', None)), fields=('round',), name='voting_extension_one_waits'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(('closes_at__gt', models.F('closes_before'))), name='voting_extension_closes_later'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='voting_extension_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by', None), models.Q(('approved_by', models.F('requested_by')), _negated=True), _connector='OR'), name='voting_extension_by_two_people'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approved_at', None), ('approved_by', None)), models.Q(('approved_at__isnull', False), ('approved_by__isnull', False)), _connector='OR'), name='voting_extension_has_a_time'),
        ),
        migrations.AddConstraint(
            model_name='finalballot',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('ballot_ref'), 16), name='voting_finalballot_ref_is_16_bytes'),
        ),
        migrations.AddConstraint(
            model_name='lognode',
            constraint=models.UniqueConstraint(fields=('round', 'level', 'place'), name='voting_lognode_one_per_place'),
        ),
        migrations.AddConstraint(
            model_name='lognode',
            constraint=models.CheckConstraint(condition=models.Q(('level__gt', 0), ('place__gte', 0)), name='voting_lognode_is_above_the_entries'),
        ),
        migrations.AddConstraint(
            model_name='lognode',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('hash'), 32), name='voting_lognode_hash_is_32_bytes'),
        ),
        migrations.AddConstraint(
            model_name='keyedballot',
            constraint=models.UniqueConstraint(fields=('batch', 'sequence', 'keying'), name='voting_keyedballot_once_a_keying'),
        ),
        migrations.AddConstraint(
            model_name='keyedballot',
            constraint=models.CheckConstraint(condition=models.Q(('sequence__gt', 0)), name='voting_keyedballot_sequence_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='keyedballot',
            constraint=models.CheckConstraint(condition=models.Q(('keying__in', [1, 2])), name='voting_keyedballot_first_or_second'),
        ),
        migrations.AddConstraint(
            model_name='keyedballot',
            constraint=models.CheckConstraint(condition=models.Q(('invalid__in', ['', 'over_budget', 'too_many', 'blank', 'unreadable', 'identifying', 'other'])), name='voting_keyedballot_reason_is_known'),
        ),
        migrations.AddConstraint(
            model_name='keyedballot',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('invalid', 'other'), models.Q(('note', ''), _negated=True)), models.Q(models.Q(('invalid', 'other'), _negated=True), ('note', '')), _connector='OR'), name='voting_keyedballot_other_reason_is_told'),
        ),
        migrations.AddConstraint(
            model_name='keyedballot',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('fingerprint'), 32), name='voting_keyedballot_fingerprint_is_32_bytes'),
        ),
        migrations.AddConstraint(
            model_name='paperdesk',
            constraint=models.UniqueConstraint(fields=('round', 'name'), name='voting_paperdesk_one_per_name'),
        ),
        migrations.AddConstraint(
            model_name='paperdesk',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='voting_paperdesk_has_a_name'),
        ),
        migrations.AddConstraint(
            model_name='paperdesk',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('settled_at', None), ('settled_by', None)), models.Q(('settled_at__isnull', False), ('settled_by__isnull', False)), _connector='OR'), name='voting_paperdesk_is_settled_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='paperbatch',
            constraint=models.UniqueConstraint(fields=('round', 'number'), name='voting_paperbatch_one_per_number'),
        ),
        migrations.AddConstraint(
            model_name='paperbatch',
            constraint=models.CheckConstraint(condition=models.Q(('declared__gt', 0)), name='voting_paperbatch_is_not_empty'),
        ),
        migrations.AddConstraint(
            model_name='paperbatch',
            constraint=models.CheckConstraint(condition=models.Q(('participation__in', ['resident', 'outside'])), name='voting_paperbatch_is_inside_or_outside'),
        ),
        migrations.AddConstraint(
            model_name='paperbatch',
            constraint=models.CheckConstraint(condition=models.Q(('second_by', None), models.Q(('second_by', models.F('entered_by')), _negated=True), _connector='OR'), name='voting_paperbatch_by_two_clerks'),
        ),
        migrations.AddConstraint(
            model_name='paperbatch',
            constraint=models.CheckConstraint(condition=models.Q(('second_by', None), models.Q(('entered_by__isnull', False), ('keyed_once__isnull', False)), _connector='OR'), name='voting_paperbatch_second_comes_second'),
        ),
        migrations.AddConstraint(
            model_name='paperbatch',
            constraint=models.CheckConstraint(condition=models.Q(('keyed_once', None), models.Q(('entered_by__isnull', False), ('keyed_once', models.F('declared'))), _connector='OR'), name='voting_paperbatch_keyed_as_declared'),
        ),
        migrations.AddConstraint(
            model_name='paperbatch',
            constraint=models.CheckConstraint(condition=models.Q(('keyed_twice', None), models.Q(('keyed_twice', models.F('keyed_once')), ('second_by__isnull', False)), _connector='OR'), name='voting_paperbatch_keyings_agree'),
        ),
        migrations.AddConstraint(
            model_name='paperbatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('keyed_twice__isnull', False), ('state', 'agreed')), models.Q(models.Q(('state', 'agreed'), _negated=True), ('keyed_twice', None)), _connector='OR'), name='voting_paperbatch_agreed_is_keyed_twice'),
        ),
        migrations.AddConstraint(
            model_name='paperbatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'withdrawn'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='voting_paperbatch_withdrawn_has_a_reason'),
        ),
        migrations.AddIndex(
            model_name='ballotbox',
            index=models.Index(condition=models.Q(('desk__isnull', False)), fields=['desk'], name='voting_ballotbox_marks_of_desk'),
        ),
        migrations.AddConstraint(
            model_name='ballotbox',
            constraint=models.CheckConstraint(condition=models.Q(('sealed__isnull', False), ('channel', 'paper'), _connector='OR'), name='voting_ballotbox_only_paper_marks_are_empty'),
        ),
        migrations.AddConstraint(
            model_name='ballotbox',
            constraint=models.CheckConstraint(condition=models.Q(('revision__gt', 0)), name='voting_ballotbox_revision_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='ballotbox',
            constraint=models.CheckConstraint(condition=models.Q(('desk', None), models.Q(('channel', 'paper'), ('sealed', None)), _connector='OR'), name='voting_ballotbox_desks_mark_paper_only'),
        ),
        migrations.AddConstraint(
            model_name='ballotbox',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('voter_tag'), 32), name='voting_ballotbox_tag_is_32_bytes'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.UniqueConstraint(fields=('paper', 'number'), name='voting_project_one_per_number'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.CheckConstraint(condition=models.Q(('number__gt', 0)), name='voting_project_number_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.CheckConstraint(condition=models.Q(('cost_minor__gt', 0)), name='voting_project_cost_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='tally',
            constraint=models.UniqueConstraint(fields=('paper', 'scope'), name='voting_tally_one_per_paper_and_scope'),
        ),
        migrations.AddConstraint(
            model_name='tally',
            constraint=models.UniqueConstraint(condition=models.Q(('is_decisive', True)), fields=('paper',), name='voting_tally_one_decides'),
        ),
        migrations.AddConstraint(
            model_name='tally',
            constraint=models.CheckConstraint(condition=models.Q(('n_blank__lte', models.F('n_ballots'))), name='voting_tally_blank_are_part_of_all'),
        ),
        migrations.AddConstraint(
            model_name='tally',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('input_hash'), 32), name='voting_tally_input_hash_is_32_bytes'),
        ),
        migrations.AddConstraint(
            model_name='withdrawnmark',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='voting_withdrawnmark_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='withdrawnmark',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('mark'), 32), name='voting_withdrawnmark_mark_is_32_bytes'),
        ),
    ]
