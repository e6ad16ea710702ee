import core.db.triggers
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0001_guards'),
        ('reports', '0001_initial'),
    ]

    operations = [
        core.db.triggers.InstallGuards(
            digest='dd77514f59f1ecb9',
        ),
    ]
