"""A notice is about a recorded event. Notices from before name none: they are removed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0007_outbox'),
        ('notices', '0002_written_down_at_the_desk'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("TRUNCATE notices_notice, notices_delivery", migrations.RunSQL.noop),
        migrations.RemoveConstraint(
            model_name='notice',
            name='notices_notice_once_per_step',
        ),
        migrations.RemoveConstraint(
            model_name='notice',
            name='notices_notice_once_per_comment',
        ),
        migrations.RemoveConstraint(
            model_name='notice',
            name='notices_notice_is_about_one_thing',
        ),
        migrations.RemoveField(
            model_name='delivery',
            name='last_answer',
        ),
        migrations.RemoveField(
            model_name='delivery',
            name='message_id',
        ),
        migrations.RemoveField(
            model_name='notice',
            name='comment',
        ),
        migrations.RemoveField(
            model_name='notice',
            name='step',
        ),
        migrations.AddField(
            model_name='delivery',
            name='last_error',
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name='notice',
            name='event',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='audit.event'),
        ),
        migrations.AlterField(
            model_name='delivery',
            name='channel',
            field=models.CharField(max_length=20),
        ),
        migrations.AlterField(
            model_name='notice',
            name='kind',
            field=models.CharField(max_length=30),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.UniqueConstraint(fields=('account', 'event'), name='notices_notice_once_per_event'),
        ),
    ]
