"""Seal what was readable: e-mail addresses, also in the account library's table, and requests for help."""

from django.conf import settings
from django.db import migrations

import identity.fields
from identity import addresses, fields, sealing

_BATCH = 1_000
# Table, column, purpose, and whether it must be found by its value.
COLUMNS = [
    ("identity_account", "email", "account", True),
    ("account_emailaddress", "email", addresses.PURPOSE, True),
    ("identity_verificationappeal", "text", "appeal", False),
    ("identity_verificationappeal", "answer", "answer to an appeal", False),
]


class AlterFieldElsewhere(migrations.AlterField):
    """Alter a field of another app's table: the library's own migrations are not ours to add to."""

    def __init__(self, app_label, model_name, name, field):
        super().__init__(model_name, name, field)
        self.app_label = app_label

    def state_forwards(self, app_label, state):
        super().state_forwards(self.app_label, state)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        super().database_forwards(self.app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        super().database_backwards(self.app_label, schema_editor, from_state, to_state)


def seal(apps, schema_editor):
    _rewrite(schema_editor.connection, "NOT", _sealed)


def unseal(apps, schema_editor):
    _rewrite(schema_editor.connection, "", _plain)


def _sealed(purpose, findable, text):
    if findable:
        return sealing.seal_findable(fields.key(), purpose, text.lower())
    return sealing.seal(fields.key(), purpose, text)


def _plain(purpose, findable, text):
    return (sealing.unseal_findable if findable else sealing.unseal)(fields.key(), purpose, text)


def _rewrite(connection, sealed_or_not, change):
    """Change every value that is not, or is, sealed; begun again, it goes on where it stopped."""
    for table, column, purpose, findable in COLUMNS:
        mark = "s1:%" if findable else "v1:%"
        # An empty answer stays empty; an empty address is sealed as the field does.
        filled = "" if findable else f"AND {column} <> ''"
        with connection.cursor() as cursor:
            while True:
                cursor.execute(
                    f"SELECT id, {column} FROM {table} WHERE {column} {sealed_or_not} LIKE %s {filled} "
                    f"ORDER BY id LIMIT {_BATCH}",
                    [mark],
                )
                rows = cursor.fetchall()
                if not rows:
                    break
                cursor.executemany(
                    f"UPDATE {table} SET {column} = %s WHERE id = %s",
                    [(change(purpose, findable, text), pk) for pk, text in rows],
                )


class Migration(migrations.Migration):
    # Each statement by itself: a table is not altered in the transaction that has changed its rows.
    atomic = False

    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("identity", "0003_verification_routes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="account", name="identity_account_one_per_address"),
        migrations.AlterField(
            model_name="account",
            name="email",
            field=identity.fields.SealedEmailField(max_length=254, purpose="account", unique=True),
        ),
        migrations.AlterField(
            model_name="verificationappeal",
            name="answer",
            field=identity.fields.SealedTextField(blank=True, max_length=1000, purpose="answer to an appeal"),
        ),
        migrations.AlterField(
            model_name="verificationappeal",
            name="text",
            field=identity.fields.SealedTextField(max_length=1000, purpose="appeal"),
        ),
        AlterFieldElsewhere(
            "account",
            "emailaddress",
            "email",
            identity.fields.SealedEmailField(
                db_index=True, max_length=254, purpose=addresses.PURPOSE, verbose_name="email address"
            ),
        ),
        migrations.RunPython(seal, unseal),
    ]
