"""Remove a reason that no page asked for: each page with personal data serves one purpose, which is its name."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("identity", "0007_consents_erasure_and_views")]

    operations = [migrations.RemoveField(model_name="staffview", name="reason")]
