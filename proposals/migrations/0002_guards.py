import core.db.triggers
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('authorities', '0001_initial'),
        ('core', '0001_guards'),
        ('proposals', '0001_initial'),
        ('rounds', '0001_initial'),
    ]

    operations = [
        core.db.triggers.InstallGuards(
            digest='f22f1f930c412fd9',
        ),
    ]
