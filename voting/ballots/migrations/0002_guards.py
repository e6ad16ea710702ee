import core.db.triggers
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('ballots', '0001_initial'),
        ('core', '0001_guards'),
        ('counting', '0001_initial'),
        ('paper', '0002_guards'),
        ('polls', '0001_initial'),
        ('rounds', '0001_initial'),
    ]

    operations = [
        core.db.triggers.InstallGuards(
            digest='847fe8045d95f10b',
        ),
    ]
