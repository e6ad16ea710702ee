import core.db.triggers
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
    ]

    operations = [
        core.db.triggers.InstallGuards(
            digest='f64c6841d8aaa6b8',
        ),
    ]
