import core.db.triggers
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0001_guards'),
        ('proposals', '0001_initial'),
    ]

    operations = [
        core.db.triggers.InstallGuards(
            digest='282470504f89725f',
        ),
    ]
