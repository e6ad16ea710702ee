import core.multilingual
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
import identity.fields
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('authorities', '0001_initial'),
        ('places', '0001_initial'),
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
            name='FailedAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('failed_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='authorities.authority')),
            ],
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
            name='Person',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('participation', models.CharField(choices=[('resident', 'resident'), ('affiliate', 'works or studies here'), ('outside', 'from outside the area')], max_length=10)),
                ('age_group', models.CharField(blank=True, choices=[('14-18', '14 to 18'), ('19-34', '19 to 34'), ('35-49', '35 to 49'), ('50-64', '50 to 64'), ('65+', '65 and over')], max_length=5)),
                ('assurance', models.PositiveSmallIntegerField()),
                ('verified_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='persons', to=settings.AUTH_USER_MODEL)),
                ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.area')),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='persons', to='authorities.authority')),
            ],
        ),
        migrations.CreateModel(
            name='Identity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('phone', 'phone number'), ('register', "entry in the authority's register"), ('national', 'state identity'), ('document', 'document shown at a service desk')], max_length=8)),
                ('hmac', models.BinaryField(max_length=32)),
                ('confirmed_at', models.DateTimeField()),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='authorities.authority')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='identities', to='identity.person')),
            ],
            options={
                'verbose_name_plural': 'identities',
            },
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
            name='RegisterEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hmac', models.BinaryField(max_length=32)),
                ('phone_hmac', models.BinaryField(blank=True, max_length=32, null=True)),
                ('participation', models.CharField(choices=[('resident', 'resident'), ('affiliate', 'works or studies here'), ('outside', 'from outside the area')], max_length=10)),
                ('age_group', models.CharField(blank=True, choices=[('14-18', '14 to 18'), ('19-34', '19 to 34'), ('35-49', '35 to 49'), ('50-64', '50 to 64'), ('65+', '65 and over')], max_length=5)),
                ('letter_hmac', models.BinaryField(blank=True, max_length=32, null=True, unique=True)),
                ('letter_expires_at', models.DateTimeField(blank=True, null=True)),
                ('letter_used_at', models.DateTimeField(blank=True, null=True)),
                ('loaded_at', models.DateTimeField()),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.area')),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='register_entries', to='authorities.authority')),
            ],
            options={
                'verbose_name_plural': 'register entries',
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
        migrations.CreateModel(
            name='VerificationAppeal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', identity.fields.SealedTextField(max_length=1000, purpose='appeal')),
                ('made_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('answer', identity.fields.SealedTextField(blank=True, max_length=1000, purpose='answer to an appeal')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('answered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='authorities.authority')),
            ],
            options={
                'ordering': ['made_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='VerificationRoute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('method', models.CharField(choices=[('phone', 'a code sent to your phone'), ('register', "the authority's register, and a code sent to the phone it knows"), ('letter', 'a code in a letter you received'), ('provider', 'your state digital identity'), ('desk', 'the service desk')], max_length=8)),
                ('slug', models.SlugField(blank=True)),
                ('name', models.JSONField(blank=True, default=dict)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('is_open', models.BooleanField(default=True)),
                ('assurance', models.PositiveSmallIntegerField()),
                ('valid_days', models.PositiveSmallIntegerField(default=730)),
                ('issuer', models.URLField(blank=True)),
                ('client_id', models.CharField(blank=True, max_length=200)),
                ('scope', models.CharField(blank=True, default='openid', max_length=100)),
                ('subject_claim', models.CharField(blank=True, default='sub', max_length=40)),
                ('acr_claim', models.CharField(blank=True, default='acr', max_length=40)),
                ('acr_assurance', models.JSONField(blank=True, default=dict)),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='verification_routes', to='authorities.authority')),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Challenge',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('network_hmac', models.BinaryField(blank=True, max_length=32, null=True)),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('phone_hmac', models.BinaryField(max_length=32)),
                ('code_hmac', models.BinaryField(max_length=32)),
                ('entry_hmac', models.BinaryField(blank=True, max_length=32, null=True)),
                ('participation', models.CharField(choices=[('resident', 'resident'), ('affiliate', 'works or studies here'), ('outside', 'from outside the area')], max_length=10)),
                ('age_group', models.CharField(blank=True, choices=[('14-18', '14 to 18'), ('19-34', '19 to 34'), ('35-49', '35 to 49'), ('50-64', '50 to 64'), ('65+', '65 and over')], max_length=5)),
                ('sent_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(blank=True, null=True)),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.area')),
                ('route', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='identity.verificationroute')),
            ],
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
        migrations.AddIndex(
            model_name='failedattempt',
            index=models.Index(fields=['account', 'authority', '-failed_at'], name='identity_attempts'),
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
            model_name='person',
            constraint=models.UniqueConstraint(fields=('authority', 'account'), name='identity_person_one_per_account'),
        ),
        migrations.AddConstraint(
            model_name='person',
            constraint=models.CheckConstraint(condition=models.Q(('assurance__gte', 1), ('assurance__lte', 3)), name='identity_person_assurance_is_known'),
        ),
        migrations.AddConstraint(
            model_name='person',
            constraint=models.CheckConstraint(condition=models.Q(('participation', 'outside'), ('area__isnull', False), _connector='OR'), name='identity_person_from_here_has_an_area'),
        ),
        migrations.AddConstraint(
            model_name='identity',
            constraint=models.UniqueConstraint(fields=('authority', 'hmac'), name='identity_identity_one_person'),
        ),
        migrations.AddConstraint(
            model_name='identity',
            constraint=models.UniqueConstraint(fields=('person', 'kind'), name='identity_identity_one_of_each_kind'),
        ),
        migrations.AddConstraint(
            model_name='identity',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('hmac'), 32), name='identity_identity_is_a_hash'),
        ),
        migrations.AddConstraint(
            model_name='registerentry',
            constraint=models.UniqueConstraint(fields=('authority', 'hmac'), name='identity_register_entry_once'),
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
        migrations.AddConstraint(
            model_name='verificationappeal',
            constraint=models.UniqueConstraint(condition=models.Q(('answered_at', None)), fields=('account', 'authority'), name='identity_appeal_one_open'),
        ),
        migrations.AddConstraint(
            model_name='verificationappeal',
            constraint=models.CheckConstraint(condition=models.Q(('answered_at', None), models.Q(models.Q(('answer', ''), _negated=True), ('answered_by__isnull', False)), _connector='OR'), name='identity_appeal_answered_with_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='verificationappeal',
            constraint=models.CheckConstraint(condition=models.Q(('answered_by', None), models.Q(('answered_by', models.F('account')), _negated=True), _connector='OR'), name='identity_appeal_not_answered_by_oneself'),
        ),
        migrations.AddConstraint(
            model_name='verificationroute',
            constraint=models.UniqueConstraint(fields=('authority', 'method', 'slug'), name='identity_route_one_per_method'),
        ),
        migrations.AddConstraint(
            model_name='verificationroute',
            constraint=models.CheckConstraint(condition=models.Q(('assurance__gte', 1), ('assurance__lte', 3)), name='identity_route_assurance_is_known'),
        ),
        migrations.AddConstraint(
            model_name='verificationroute',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('method', 'provider'), _negated=True), models.Q(models.Q(('issuer', ''), _negated=True), models.Q(('client_id', ''), _negated=True), models.Q(('slug', ''), _negated=True)), _connector='OR'), name='identity_route_provider_is_named'),
        ),
        migrations.AddIndex(
            model_name='challenge',
            index=models.Index(fields=['account', '-sent_at'], name='identity_challenge_of_account'),
        ),
        migrations.AddIndex(
            model_name='challenge',
            index=models.Index(fields=['phone_hmac', '-sent_at'], name='identity_challenge_of_phone'),
        ),
        migrations.AddIndex(
            model_name='challenge',
            index=models.Index(fields=['network_hmac', '-sent_at'], name='identity_challenge_of_network'),
        ),
        migrations.AddConstraint(
            model_name='challenge',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('account__isnull', False), ('network_hmac', None)), models.Q(('account', None), ('network_hmac__isnull', False)), _connector='OR'), name='identity_challenge_of_an_account_or_a_visitor'),
        ),
    ]
