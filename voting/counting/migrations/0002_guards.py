import core.db.triggers
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('ballots', '0002_guards'),
        ('core', '0001_guards'),
        ('counting', '0001_initial'),
        ('polls', '0001_initial'),
    ]

    operations = [
        core.db.triggers.InstallGuards(
            digest='101851087b57daf7',
        ),
    ]
