import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import identity.fields
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('authorities', '0001_initial'),
        ('places', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('residency', models.CharField(choices=[('resident', 'resident'), ('affiliate', 'works or studies here'), ('outside', 'lives outside the area')], max_length=10)),
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
                ('kind', models.CharField(choices=[('phone', 'phone number'), ('register', "entry in the authority's register"), ('national', 'government digital identity'), ('document', 'document shown at the service desk')], max_length=8)),
                ('hmac', models.BinaryField(max_length=32)),
                ('confirmed_at', models.DateTimeField()),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='authorities.authority')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='identities', to='verification.person')),
            ],
            options={
                'verbose_name_plural': 'identities',
            },
        ),
        migrations.CreateModel(
            name='RegisterEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hmac', models.BinaryField(max_length=32)),
                ('phone_hmac', models.BinaryField(blank=True, max_length=32, null=True)),
                ('residency', models.CharField(choices=[('resident', 'resident'), ('affiliate', 'works or studies here'), ('outside', 'lives outside the area')], max_length=10)),
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
                ('method', models.CharField(choices=[('phone', 'a code sent to your phone'), ('register', "the authority's register, and a code sent to the phone it knows"), ('letter', 'a code from a letter sent to you'), ('provider', 'your government digital identity'), ('desk', 'the service desk')], max_length=8)),
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
                ('residency', models.CharField(choices=[('resident', 'resident'), ('affiliate', 'works or studies here'), ('outside', 'lives outside the area')], max_length=10)),
                ('age_group', models.CharField(blank=True, choices=[('14-18', '14 to 18'), ('19-34', '19 to 34'), ('35-49', '35 to 49'), ('50-64', '50 to 64'), ('65+', '65 and over')], max_length=5)),
                ('sent_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(blank=True, null=True)),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.area')),
                ('route', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='verification.verificationroute')),
            ],
        ),
        migrations.CreateModel(
            name='FailedAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('failed_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='authorities.authority')),
            ],
            options={
                'indexes': [models.Index(fields=['account', 'authority', '-failed_at'], name='verification_attempts')],
            },
        ),
        migrations.AddConstraint(
            model_name='person',
            constraint=models.UniqueConstraint(fields=('authority', 'account'), name='verification_person_one_per_account'),
        ),
        migrations.AddConstraint(
            model_name='person',
            constraint=models.CheckConstraint(condition=models.Q(('assurance__gte', 1), ('assurance__lte', 3)), name='verification_person_assurance_is_known'),
        ),
        migrations.AddConstraint(
            model_name='person',
            constraint=models.CheckConstraint(condition=models.Q(('residency', 'outside'), ('area__isnull', False), _connector='OR'), name='verification_person_from_here_has_an_area'),
        ),
        migrations.AddConstraint(
            model_name='identity',
            constraint=models.UniqueConstraint(fields=('authority', 'hmac'), name='verification_identity_one_person'),
        ),
        migrations.AddConstraint(
            model_name='identity',
            constraint=models.UniqueConstraint(fields=('person', 'kind'), name='verification_identity_one_of_each_kind'),
        ),
        migrations.AddConstraint(
            model_name='identity',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('hmac'), 32), name='verification_identity_is_a_hash'),
        ),
        migrations.AddConstraint(
            model_name='registerentry',
            constraint=models.UniqueConstraint(fields=('authority', 'hmac'), name='verification_register_entry_once'),
        ),
        migrations.AddConstraint(
            model_name='verificationappeal',
            constraint=models.UniqueConstraint(condition=models.Q(('answered_at', None)), fields=('account', 'authority'), name='verification_appeal_one_open'),
        ),
        migrations.AddConstraint(
            model_name='verificationappeal',
            constraint=models.CheckConstraint(condition=models.Q(('answered_at', None), models.Q(models.Q(('answer', ''), _negated=True), ('answered_by__isnull', False)), _connector='OR'), name='verification_appeal_answered_with_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='verificationappeal',
            constraint=models.CheckConstraint(condition=models.Q(('answered_by', None), models.Q(('answered_by', models.F('account')), _negated=True), _connector='OR'), name='verification_appeal_not_answered_by_oneself'),
        ),
        migrations.AddConstraint(
            model_name='verificationroute',
            constraint=models.UniqueConstraint(fields=('authority', 'method', 'slug'), name='verification_route_one_per_method'),
        ),
        migrations.AddConstraint(
            model_name='verificationroute',
            constraint=models.CheckConstraint(condition=models.Q(('assurance__gte', 1), ('assurance__lte', 3)), name='verification_route_assurance_is_known'),
        ),
        migrations.AddConstraint(
            model_name='verificationroute',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('method', 'provider'), _negated=True), models.Q(models.Q(('issuer', ''), _negated=True), models.Q(('client_id', ''), _negated=True), models.Q(('slug', ''), _negated=True)), _connector='OR'), name='verification_route_provider_is_named'),
        ),
        migrations.AddIndex(
            model_name='challenge',
            index=models.Index(fields=['account', '-sent_at'], name='verification_codes_of_account'),
        ),
        migrations.AddIndex(
            model_name='challenge',
            index=models.Index(fields=['phone_hmac', '-sent_at'], name='verification_codes_of_phone'),
        ),
        migrations.AddIndex(
            model_name='challenge',
            index=models.Index(fields=['network_hmac', '-sent_at'], name='verification_codes_of_network'),
        ),
        migrations.AddConstraint(
            model_name='challenge',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('account__isnull', False), ('network_hmac', None)), models.Q(('account', None), ('network_hmac__isnull', False)), _connector='OR'), name='verification_challenge_of_an_account_or_a_visitor'),
        ),
    ]
