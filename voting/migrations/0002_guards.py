from django.db import migrations

import core.db.triggers


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0001_guards'),
        ('rounds', '0001_initial'),
        ('voting', '0001_initial'),
    ]

    operations = [
        core.db.triggers.InstallGuards(
            digest='477ac372b096ec81',
        ),
    ]
