import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('authorities', '0001_initial'),
        ('proposals', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Case',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(blank=True, null=True)),
                ('opened_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('hints', models.JSONField(default=list)),
                ('harm', models.PositiveSmallIntegerField(choices=[(0, 'no sign of harm'), (1, 'may be out of place'), (2, 'may hurt or mislead'), (3, 'may expose a person')], default=0)),
                ('claimed_until', models.DateTimeField(blank=True, null=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='authorities.authority')),
                ('claimed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('comment', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='case', to='proposals.comment')),
                ('proposal', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='proposals.proposal')),
            ],
        ),
        migrations.CreateModel(
            name='CommentPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('publishes_clean_comments', models.BooleanField(default=False)),
                ('authority', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='comment_policy', to='authorities.authority')),
            ],
            options={
                'verbose_name_plural': 'comment policies',
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outcome', models.CharField(choices=[('publish', 'Publish'), ('refuse', 'Do not publish')], max_length=8)),
                ('ground', models.CharField(blank=True, choices=[('political_gain', 'For political gain'), ('personal_gain', 'For personal gain'), ('personal_data', 'Contains personal data'), ('abuse', 'Abusive language'), ('off_topic', 'Off topic'), ('spam', 'Advertising or spam'), ('unclear', 'Not clear enough to be reviewed'), ('conflicts_with_law', 'Conflicts with a law or an ordinance'), ('benefits_specific_group', 'Benefits only a specific person or group'), ('operating_cost', 'Pays for running costs only'), ('simple_complaint', 'A complaint that is handled without a project'), ('takes_over_one_year', 'Takes longer than one year'), ('already_under_way', 'Already planned or under way'), ('out_of_authority', "Outside the authority's powers"), ('merged_into_other', 'Merged into another proposal'), ('withdrawn_by_proposer', 'Withdrawn by its proposer'), ('below_budget_cutoff', 'The budget was spent on projects with more votes'), ('council_decision', 'Decided otherwise by the council')], max_length=30)),
                ('explanation', models.TextField(blank=True, max_length=2000)),
                ('is_automatic', models.BooleanField(default=False)),
                ('decided_at', models.DateTimeField()),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='decision', to='moderation.case')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('closed_at', None)), fields=['authority', '-harm', 'due_at'], name='moderation_case_queue'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('comment', None), ('proposal__isnull', False), ('version__isnull', False)), models.Q(('comment__isnull', False), ('proposal', None), ('version', None)), _connector='OR'), name='moderation_case_is_about_one_text'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.UniqueConstraint(fields=('proposal', 'version'), name='moderation_case_one_per_submission'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('claimed_by', None), ('claimed_until', None)), models.Q(('claimed_by__isnull', False), ('claimed_until__isnull', False)), _connector='OR'), name='moderation_case_claim_has_an_end'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('due_at__gt', models.F('opened_at'))), name='moderation_case_due_after_opening'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ground', ''), ('outcome', 'publish')), models.Q(('explanation__length__gte', 20), ('ground__in', ['political_gain', 'personal_gain', 'personal_data', 'abuse', 'off_topic', 'spam', 'unclear']), ('outcome', 'refuse')), _connector='OR'), name='moderation_decision_every_no_is_explained'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_by__isnull', False), ('is_automatic', False)), models.Q(('decided_by', None), ('is_automatic', True), ('outcome', 'publish')), _connector='OR'), name='moderation_decision_no_refusal_without_a_person'),
        ),
    ]
