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
            name='Review',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('assigned_at', models.DateTimeField()),
                ('due_on', models.DateField()),
                ('concluded_at', models.DateTimeField(blank=True, null=True)),
                ('concluded_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('department', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='authorities.department')),
                ('proposal', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='review', to='proposals.proposal')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('concluded_at', None)), fields=['department', 'due_on'], name='reviews_review_open')],
            },
        ),
    ]
