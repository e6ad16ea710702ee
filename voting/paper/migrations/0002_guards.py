import core.db.triggers
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('ballots', '0001_initial'),
        ('core', '0001_guards'),
        ('paper', '0001_initial'),
        ('places', '0001_initial'),
        ('polls', '0001_initial'),
    ]

    operations = [
        core.db.triggers.InstallGuards(
            digest='07051d5305fc23ae',
        ),
    ]
