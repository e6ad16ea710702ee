import core.db.constraints
import django.contrib.postgres.indexes
import django.contrib.postgres.operations
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import django.db.models.functions.text
import identity.fields
import proposals.lifecycle
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('authorities', '0001_initial'),
        ('places', '0001_initial'),
        ('rounds', '0001_initial'),
        ('verification', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        django.contrib.postgres.operations.TrigramExtension(
        ),
        migrations.CreateModel(
            name='AssistedSubmission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('submitted_at', models.DateTimeField()),
                ('consent_version', models.PositiveSmallIntegerField()),
                ('privacy_version', models.PositiveSmallIntegerField()),
                ('consent', models.CharField(choices=[('spoken', 'verbally, after it was read out'), ('signed', 'in writing, on a form that the authority keeps'), ('companion', 'through an accompanying person')], max_length=9)),
                ('has_priority', models.BooleanField(default=False)),
                ('contact', identity.fields.SealedTextField(blank=True, max_length=200, purpose='where an answer is to go')),
                ('notified_at', models.DateTimeField(blank=True, null=True)),
                ('notified_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assistances', to='verification.person')),
                ('submitted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(blank=True, max_length=120)),
                ('body', models.TextField(blank=True, max_length=4000)),
                ('requested_cost_minor', models.BigIntegerField(blank=True, null=True)),
                ('language', models.CharField(choices=[('ko', 'Korean'), ('th', 'Thai'), ('vi', 'Vietnamese'), ('en', 'English')], max_length=5)),
                ('code', models.CharField(blank=True, max_length=30, null=True)),
                ('residency', models.CharField(blank=True, choices=[('resident', 'resident'), ('affiliate', 'works or studies here'), ('outside', 'lives outside the area')], max_length=10)),
                ('age_group', models.CharField(blank=True, choices=[('14-18', '14 to 18'), ('19-34', '19 to 34'), ('35-49', '35 to 49'), ('50-64', '50 to 64'), ('65+', '65 and over')], max_length=5)),
                ('is_foreign_resident', models.BooleanField(blank=True, null=True)),
                ('channel', models.CharField(choices=[('web', 'on a computer'), ('mobile', 'on a phone'), ('assisted', 'with help from staff'), ('paper', 'on paper')], default='web', max_length=8)),
                ('track', models.CharField(default='general', max_length=30)),
                ('translations', models.JSONField(blank=True, default=dict)),
                ('state', models.CharField(choices=proposals.lifecycle.choices, default='draft', max_length=12)),
                ('reason', models.CharField(blank=True, max_length=30)),
                ('reason_code', models.GeneratedField(db_persist=True, expression=django.db.models.functions.comparison.NullIf(models.F('reason'), models.Value('')), output_field=models.CharField(max_length=30))),
                ('explanation', models.TextField(blank=True, max_length=2000)),
                ('finding', models.JSONField(blank=True, default=dict)),
                ('competence', models.CharField(blank=True, choices=[('own', "within the authority's own powers"), ('other', 'another authority is responsible')], max_length=6)),
                ('reviewed_cost_minor', models.BigIntegerField(blank=True, null=True)),
                ('referred_to', models.CharField(blank=True, max_length=120)),
                ('n_supporters_recorded', models.PositiveIntegerField(default=0)),
                ('n_supporters', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('saved_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('submitted_at', models.DateTimeField(blank=True, null=True)),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('version', models.PositiveIntegerField(default=1)),
                ('search_text', models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Lower(django.db.models.functions.text.Concat(models.F('title'), models.Value(' '), models.F('body'), models.Value(' '), django.db.models.functions.comparison.Cast('translations', models.TextField()), output_field=models.TextField())), output_field=models.TextField())),
                ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='places.area')),
                ('assisted_submission', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='proposal', to='proposals.assistedsubmission')),
                ('author', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to=settings.AUTH_USER_MODEL)),
                ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='authorities.category')),
                ('merged_into', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged_proposals', to='proposals.proposal')),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='rounds.round')),
            ],
        ),
        migrations.CreateModel(
            name='Milestone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('progress', models.CharField(choices=[('planned', 'Planned'), ('in_progress', 'In progress'), ('delayed', 'Delayed'), ('completed', 'Completed'), ('cancelled', 'Cancelled')], max_length=12)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('reported_at', models.DateTimeField()),
                ('reported_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='milestones', to='proposals.proposal')),
            ],
            options={
                'ordering': ['reported_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('residency', models.CharField(choices=[('resident', 'resident'), ('affiliate', 'works or studies here'), ('outside', 'lives outside the area')], max_length=10)),
                ('language', models.CharField(choices=[('ko', 'Korean'), ('th', 'Thai'), ('vi', 'Vietnamese'), ('en', 'English')], max_length=5)),
                ('text', models.TextField(max_length=2000)),
                ('state', models.CharField(choices=[('pending', 'Being screened'), ('published', 'Published'), ('rejected', 'Not published')], default='pending', max_length=9)),
                ('reason', models.CharField(blank=True, max_length=30)),
                ('reason_code', models.GeneratedField(db_persist=True, expression=django.db.models.functions.comparison.NullIf(models.F('reason'), models.Value('')), output_field=models.CharField(max_length=30))),
                ('explanation', models.TextField(blank=True, max_length=2000)),
                ('posted_at', models.DateTimeField()),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('assisted_submission', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='comment', to='proposals.assistedsubmission')),
                ('author', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='comments', to=settings.AUTH_USER_MODEL)),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='comments', to='proposals.proposal')),
            ],
            options={
                'ordering': ['posted_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Revision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(blank=True, max_length=120)),
                ('body', models.TextField(blank=True, max_length=4000)),
                ('requested_cost_minor', models.BigIntegerField(blank=True, null=True)),
                ('language', models.CharField(choices=[('ko', 'Korean'), ('th', 'Thai'), ('vi', 'Vietnamese'), ('en', 'English')], max_length=5)),
                ('version', models.PositiveIntegerField()),
                ('saved_at', models.DateTimeField()),
                ('erased_at', models.DateTimeField(blank=True, null=True)),
                ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='places.area')),
                ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='authorities.category')),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='revisions', to='proposals.proposal')),
            ],
            options={
                'ordering': ['version'],
            },
        ),
        migrations.CreateModel(
            name='StatusChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('from_state', models.CharField(blank=True, choices=proposals.lifecycle.choices, max_length=12)),
                ('to_state', models.CharField(choices=proposals.lifecycle.choices, max_length=12)),
                ('body', models.CharField(choices=[('author', 'author'), ('moderation', 'moderation'), ('department', 'department'), ('administration', 'administration'), ('residents', "residents' vote"), ('council', 'council')], max_length=14)),
                ('reason', models.CharField(blank=True, max_length=30)),
                ('reason_code', models.GeneratedField(db_persist=True, expression=django.db.models.functions.comparison.NullIf(models.F('reason'), models.Value('')), output_field=models.CharField(max_length=30))),
                ('explanation', models.TextField(blank=True, max_length=2000)),
                ('finding', models.JSONField(blank=True, default=dict)),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('department', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='authorities.department')),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='status_changes', to='proposals.proposal')),
            ],
            options={
                'ordering': ['at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Support',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('residency', models.CharField(choices=[('resident', 'resident'), ('affiliate', 'works or studies here'), ('outside', 'lives outside the area')], max_length=10)),
                ('given_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='supports', to=settings.AUTH_USER_MODEL)),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='supports', to='proposals.proposal')),
            ],
        ),
        migrations.AddIndex(
            model_name='assistedsubmission',
            index=models.Index(fields=['submitted_by', '-submitted_at'], name='proposals_assisted_by'),
        ),
        migrations.AddConstraint(
            model_name='assistedsubmission',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('consent', ''), _negated=True), ('consent_version__gte', 1), ('privacy_version__gte', 1)), name='proposals_assistedsubmission_is_agreed_to'),
        ),
        migrations.AddConstraint(
            model_name='assistedsubmission',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('notified_at', None), ('notified_by', None)), models.Q(('notified_at__isnull', False), ('notified_by__isnull', False)), _connector='OR'), name='proposals_assistedsubmission_notified_by_somebody'),
        ),
        migrations.AddIndex(
            model_name='proposal',
            index=models.Index(fields=['round', 'state', '-submitted_at'], name='proposals_list'),
        ),
        migrations.AddIndex(
            model_name='proposal',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(models.F('search_text'), name='gin_trgm_ops'), name='proposals_search'),
        ),
        migrations.AddIndex(
            model_name='proposal',
            index=models.Index(fields=['author', '-created_at'], name='proposals_of_author'),
        ),
        migrations.AddIndex(
            model_name='proposal',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['submitted_at'], name='proposals_waiting'),
        ),
        migrations.AddIndex(
            model_name='proposal',
            index=models.Index(condition=models.Q(('state', 'published')), fields=['round'], name='proposals_under_review'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'withdrawn']), models.Q(('category__isnull', False), ('requested_cost_minor__isnull', False), models.Q(('title', ''), _negated=True)), _connector='OR'), name='proposals_proposal_submitted_is_complete'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'withdrawn']), models.Q(('code__isnull', False), ('submitted_at__isnull', False)), _connector='OR'), name='proposals_proposal_submitted_has_a_code'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['ineligible', 'merged', 'not_adopted', 'referred', 'sent_back', 'withdrawn']), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='proposals_proposal_every_no_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['adopted', 'feasible', 'not_adopted', 'on_ballot']), _negated=True), models.Q(('competence', 'own'), ('reviewed_cost_minor__isnull', False)), _connector='OR'), name='proposals_proposal_feasible_has_competence_and_cost'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=core.db.constraints.References(field='reason_code', name='proposals_proposal_reason_is_known', to='authorities.ReasonCode'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(('finding', {}), ('finding__has_key', 'kind'), _connector='OR'), name='proposals_proposal_finding_has_a_kind'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.UniqueConstraint(fields=('round', 'code'), name='proposals_proposal_one_per_code'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(('n_supporters__gte', models.F('n_supporters_recorded'))), name='proposals_proposal_supporters_include_recorded'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(('requested_cost_minor__gte', 0)), name='proposals_proposal_requested_cost_is_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(('reviewed_cost_minor', None), ('reviewed_cost_minor__gt', 0), _connector='OR'), name='proposals_proposal_reviewed_cost_is_positive'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'referred'), _negated=True), models.Q(('competence', 'other'), models.Q(('referred_to', ''), _negated=True)), _connector='OR'), name='proposals_proposal_referred_names_the_body'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'merged'), _negated=True), ('merged_into__isnull', False), _connector='OR'), name='proposals_proposal_merged_names_the_other'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(('merged_into', None), models.Q(('merged_into', models.F('id')), _negated=True), _connector='OR'), name='proposals_proposal_not_merged_into_itself'),
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['posted_at'], name='proposals_comment_waiting'),
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(fields=['proposal', 'posted_at'], name='proposals_comment_of_proposal'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'rejected'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='proposals_comment_every_no_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=core.db.constraints.References(field='reason_code', name='proposals_comment_reason_is_known', to='authorities.ReasonCode'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='proposals_comment_is_not_empty'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(('author__isnull', False), ('assisted_submission__isnull', False), _connector='OR'), name='proposals_comment_is_somebodys'),
        ),
        migrations.AddConstraint(
            model_name='revision',
            constraint=models.CheckConstraint(condition=models.Q(('erased_at', None), models.Q(('body', ''), ('title', '')), _connector='OR'), name='proposals_revision_erased_is_empty'),
        ),
        migrations.AddConstraint(
            model_name='revision',
            constraint=models.CheckConstraint(condition=models.Q(('category__isnull', False), ('requested_cost_minor__isnull', False)), name='proposals_revision_is_complete'),
        ),
        migrations.AddConstraint(
            model_name='revision',
            constraint=models.UniqueConstraint(fields=('proposal', 'version'), name='proposals_revision_one_per_version'),
        ),
        migrations.AddConstraint(
            model_name='statuschange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('to_state__in', ['ineligible', 'merged', 'not_adopted', 'referred', 'sent_back', 'withdrawn']), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='proposals_statuschange_every_no_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='statuschange',
            constraint=core.db.constraints.References(field='reason_code', name='proposals_statuschange_reason_is_known', to='authorities.ReasonCode'),
        ),
        migrations.AddConstraint(
            model_name='statuschange',
            constraint=models.CheckConstraint(condition=models.Q(('finding', {}), ('finding__has_key', 'kind'), _connector='OR'), name='proposals_statuschange_finding_has_a_kind'),
        ),
        migrations.AddConstraint(
            model_name='support',
            constraint=models.UniqueConstraint(fields=('proposal', 'account'), name='proposals_support_once_per_account'),
        ),
    ]
