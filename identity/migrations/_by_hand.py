"""What Django does not make of the models; `rebuild_migrations` writes it into migrations."""

from django.db import migrations
from django.utils import timezone

import identity.fields
from core.db.operations import AlterFieldElsewhere
from identity import addresses


def publish_first_versions(apps, schema_editor):
    """The platform's own words are version 1 of both texts."""
    policy = apps.get_model("identity", "Policy")
    for kind in ("terms", "privacy"):
        policy.objects.get_or_create(kind=kind, number=1, defaults={"published_at": timezone.now()})


LAST_NEEDS = [("account", "0009_emailaddress_unique_primary_email")]
LAST = [
    AlterFieldElsewhere(
        app_label="account",
        model_name="emailaddress",
        name="email",
        field=identity.fields.SealedEmailField(
            db_index=True, max_length=254, purpose=addresses.PURPOSE, verbose_name="email address"
        ),
    ),
    migrations.RunPython(publish_first_versions, migrations.RunPython.noop),
]
