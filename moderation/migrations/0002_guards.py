import core.db.triggers
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0001_guards'),
        ('moderation', '0001_initial'),
    ]

    operations = [
        core.db.triggers.InstallGuards(
            digest='b3719cac31b3a118',
        ),
    ]
