import core.db.constraints
import django.db.models.deletion
import django.db.models.functions.comparison
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
                ('harm', models.PositiveSmallIntegerField(choices=[(0, 'no sign of harm'), (1, 'possibly inappropriate'), (2, 'possibly hurtful or misleading'), (3, 'may reveal personal data')], default=0)),
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
                ('reason', models.CharField(blank=True, max_length=30)),
                ('reason_code', models.GeneratedField(db_persist=True, expression=django.db.models.functions.comparison.NullIf(models.F('reason'), models.Value('')), output_field=models.CharField(max_length=30))),
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
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'publish'), ('reason', '')), models.Q(models.Q(('reason', ''), _negated=True), ('explanation__length__gte', 10), ('outcome', 'refuse')), _connector='OR'), name='moderation_decision_every_no_is_explained'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=core.db.constraints.References(field='reason_code', name='moderation_decision_reason_is_known', to='authorities.ReasonCode'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_by__isnull', False), ('is_automatic', False)), models.Q(('decided_by', None), ('is_automatic', True), ('outcome', 'publish')), _connector='OR'), name='moderation_decision_no_refusal_without_a_person'),
        ),
    ]
