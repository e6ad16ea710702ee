from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("rounds", "0002_area_succession"),
    ]

    operations = [
        migrations.AddField(
            model_name="ruleset",
            name="without_account",
            field=models.BooleanField(default=False),
        ),
    ]
