import core.multilingual
import django.db.models.deletion
import django.utils.timezone
import identity.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('authorities', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='KeyCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40, unique=True)),
                ('fingerprint', models.BinaryField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('email', identity.fields.SealedEmailField(max_length=254, purpose='account', unique=True)),
                ('display_name', models.CharField(blank=True, max_length=60)),
                ('language', models.CharField(choices=[('ko', 'Korean'), ('th', 'Thai'), ('vi', 'Vietnamese'), ('en', 'English')], default='en', max_length=5)),
                ('is_staff', models.BooleanField(default=False)),
                ('is_active', models.BooleanField(default=True)),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now)),
                ('erased_at', models.DateTimeField(blank=True, null=True)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('visitor', models.UUIDField(blank=True, null=True)),
                ('purpose', models.CharField(choices=[('terms', 'terms of use'), ('privacy', 'privacy notice'), ('performance', 'performance cookies'), ('targeting', 'targeting cookies')], max_length=12)),
                ('version', models.PositiveSmallIntegerField()),
                ('given_at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='consents', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['given_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('moderator', 'moderator'), ('reviewer', 'reviewer'), ('budget_officer', 'budget officer'), ('council_staff', 'council staff'), ('observer', 'observer'), ('clerk', 'service-desk clerk'), ('authority_admin', 'authority administrator')], max_length=20)),
                ('granted_at', models.DateTimeField()),
                ('grant_reason', models.CharField(max_length=200)),
                ('is_pending', models.BooleanField(default=False)),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('end_asked_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='authorities.authority')),
                ('confirmed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('department', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='authorities.department')),
                ('end_asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('granted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Policy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('terms', 'terms of use'), ('privacy', 'privacy notice')], max_length=8)),
                ('number', models.PositiveSmallIntegerField()),
                ('published_at', models.DateTimeField()),
                ('changes', models.JSONField(blank=True, default=dict)),
                ('text', models.JSONField(blank=True, default=dict)),
            ],
            options={
                'verbose_name_plural': 'policies',
                'constraints': [models.UniqueConstraint(fields=('kind', 'number'), name='identity_policy_numbered_once'), models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='identity_policy_numbered_from_one'), models.CheckConstraint(condition=models.Q(('number', 1), models.Q(('changes', {}), _negated=True), _connector='OR'), name='identity_policy_later_says_what_changed')],
            },
        ),
        migrations.CreateModel(
            name='SignInProvider',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(unique=True)),
                ('name', models.JSONField(validators=[core.multilingual.validate_multilingual])),
                ('issuer', models.URLField()),
                ('client_id', models.CharField(max_length=200)),
                ('scope', models.CharField(default='openid email', max_length=100)),
                ('trusts_addresses', models.BooleanField(default=False)),
                ('is_open', models.BooleanField(default=True)),
                ('authority', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='authorities.authority')),
            ],
            options={
                'ordering': ['slug'],
            },
        ),
        migrations.CreateModel(
            name='StaffView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('page', models.CharField(max_length=100)),
                ('seen_at', models.DateTimeField()),
                ('authority', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='authorities.authority')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='staff_views', to=settings.AUTH_USER_MODEL)),
                ('viewer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-seen_at', '-pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('erased_at', None), models.Q(('display_name', ''), ('is_active', False)), _connector='OR'), name='identity_account_erased_is_closed_and_nameless'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('account__isnull', False), ('visitor', None)), models.Q(('account', None), ('visitor__isnull', False)), _connector='OR'), name='identity_consent_is_somebodys'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('withdrawn_at', None), ('withdrawn_at__gte', models.F('given_at')), _connector='OR'), name='identity_consent_withdrawn_after_given'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.UniqueConstraint(condition=models.Q(('account__isnull', False), ('withdrawn_at', None)), fields=('account', 'purpose', 'version'), name='identity_consent_of_account_once'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.UniqueConstraint(condition=models.Q(('visitor__isnull', False), ('withdrawn_at', None)), fields=('visitor', 'purpose', 'version'), name='identity_consent_of_visitor_once'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('account', 'authority', 'role', 'department'), name='identity_membership_held_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('grant_reason', ''), _negated=True), name='identity_membership_granted_with_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at', None), models.Q(('end_reason', ''), _negated=True), _connector='OR'), name='identity_membership_ended_with_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('granted_by', None), models.Q(('granted_by', models.F('account')), _negated=True), _connector='OR'), name='identity_membership_not_granted_to_oneself'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('department__isnull', False), ('role', 'reviewer')), models.Q(models.Q(('role', 'reviewer'), _negated=True), ('department', None)), _connector='OR'), name='identity_membership_reviewers_have_a_department'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('confirmed_by', None), models.Q(models.Q(('confirmed_by', models.F('granted_by')), _negated=True), models.Q(('confirmed_by', models.F('account')), _negated=True)), _connector='OR'), name='identity_membership_confirmed_by_a_second'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('role__in', ('budget_officer', 'authority_admin')), _negated=True), ('granted_by', None), ('is_pending', True), ('confirmed_at__isnull', False), _connector='OR'), name='identity_membership_powerful_needs_two'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('end_asked_by', None), ('ended_by', None), models.Q(('ended_by', models.F('end_asked_by')), _negated=True), _connector='OR'), name='identity_membership_ended_by_a_second'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('end_asked_at', None), models.Q(('end_reason', ''), _negated=True), _connector='OR'), name='identity_membership_end_asked_with_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='signinprovider',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('issuer', ''), _negated=True), models.Q(('client_id', ''), _negated=True)), name='identity_signinprovider_is_named'),
        ),
        migrations.AddIndex(
            model_name='staffview',
            index=models.Index(fields=['subject', '-seen_at'], name='identity_views_of_subject'),
        ),
        migrations.AddIndex(
            model_name='staffview',
            index=models.Index(fields=['authority', '-seen_at'], name='identity_views_in_authority'),
        ),
        migrations.AddConstraint(
            model_name='staffview',
            constraint=models.CheckConstraint(condition=models.Q(('viewer', models.F('subject')), _negated=True), name='identity_staffview_is_of_somebody_else'),
        ),
    ]
