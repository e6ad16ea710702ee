import core.db.triggers
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0001_initial'),
        ('core', '0001_guards'),
    ]

    operations = [
        core.db.triggers.InstallGuards(
            digest='f12b677a8f9b97bc',
        ),
    ]
