from django.db import migrations

import core.db.triggers


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0002_initial'),
        ('core', '0001_guards'),
    ]

    operations = [
        core.db.triggers.InstallGuards(
            digest='f12b677a8f9b97bc',
        ),
    ]
