import core.db.operations
import django.db.migrations.operations.special
import identity.fields
import identity.migrations._by_hand
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('account', '0009_emailaddress_unique_primary_email'),
        ('identity', '0001_initial'),
    ]

    operations = [
        core.db.operations.AlterFieldElsewhere(
            app_label='account',
            model_name='emailaddress',
            name='email',
            field=identity.fields.SealedEmailField(db_index=True, max_length=254, purpose='e-mail addresses', verbose_name='email address'),
        ),
        migrations.RunPython(
            code=identity.migrations._by_hand.publish_first_versions,
            reverse_code=django.db.migrations.operations.special.RunPython.noop,
        ),
    ]
