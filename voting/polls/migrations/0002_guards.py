import core.db.triggers
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('ballots', '0002_guards'),
        ('core', '0001_guards'),
        ('counting', '0002_guards'),
        ('paper', '0002_guards'),
        ('polls', '0001_initial'),
        ('rounds', '0001_initial'),
    ]

    operations = [
        core.db.triggers.InstallGuards(
            digest='2a202617fdbc975c',
        ),
    ]
