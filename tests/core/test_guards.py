"""Guards are what their apps declare: in the newest migration, and in a database that it was run on."""

from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.db.migrations.loader import MigrationLoader

from audit.actions import Action
from audit.models import Event
from audit.services import record
from core.db import guard_migrations, triggers
from core.db.triggers import Guards, InstallGuards, Trigger, append_only
from tests.factories import make_round

AGAIN = "run `manage.py makeguards` and commit the migrations that it writes"


def _sql(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _declare(monkeypatch: pytest.MonkeyPatch, app_label: str, guards: Guards) -> None:
    monkeypatch.setattr(apps.get_app_config(app_label), "guards", guards)


def _run(app_label: str, digest: str) -> None:
    with connection.schema_editor() as editor:
        InstallGuards(digest).database_forwards(app_label, editor, None, None)


@pytest.mark.django_db
def test_the_newest_migration_of_each_app_installs_what_it_declares():
    assert guard_migrations.out_of_date() == [], AGAIN


@pytest.mark.django_db
def test_a_migrated_database_has_the_guards_that_are_declared_and_no_others():
    before = triggers.installed(connection)
    for config, _guards in triggers.guarded_apps():
        triggers.install(config.label, connection)

    assert triggers.installed(connection) == before
    assert len(before) == sum(
        len(guards.functions) + len(guards.triggers) for _config, guards in triggers.guarded_apps()
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        "CREATE OR REPLACE FUNCTION voting_is_open(p_round bigint) RETURNS boolean"
        " LANGUAGE sql AS 'SELECT true'",
        "ALTER FUNCTION voting_is_open SET search_path = public",
        "GRANT EXECUTE ON FUNCTION empty_box TO PUBLIC",
        "ALTER TABLE audit_event DISABLE TRIGGER append_only",
        "DROP TRIGGER append_only ON audit_event",
        "CREATE TRIGGER mine BEFORE INSERT ON audit_event EXECUTE FUNCTION refuse_change()",
    ],
)
def test_whatever_else_a_database_has_would_be_seen(change):
    before = triggers.installed(connection)
    _sql(change)

    assert triggers.installed(connection) != before


@pytest.mark.django_db
def test_every_function_looks_up_its_tables_where_nobody_else_may_put_one():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc fn WHERE pronamespace = 'public'::regnamespace"
            " AND NOT EXISTS (SELECT 1 FROM pg_depend"
            "                  WHERE objid = fn.oid AND classid = 'pg_proc'::regclass AND deptype = 'e')"
            " AND NOT COALESCE(proconfig, '{}') @> %s",
            [[f"search_path={triggers.SEARCH_PATH}"]],
        )
        assert cursor.fetchall() == []


def test_every_file_of_sql_is_declared_and_every_function_declared_once():
    files = {
        (config.label, path.stem)
        for config in apps.get_app_configs()
        for path in (Path(config.path) / "sql").glob("*.sql")
    }
    declared = [
        (config.label, name) for config, guards in triggers.guarded_apps() for name in guards.functions
    ]
    names = [name for _label, name in declared]

    assert sorted(declared) == sorted(files)
    assert len(names) == len(set(names)) > 30


def test_no_two_triggers_of_a_table_have_one_name():
    named = [
        (trigger.model, trigger.name)
        for _config, guards in triggers.guarded_apps()
        for trigger in guards.triggers
    ]

    assert len(named) == len(set(named)) > 50


@pytest.mark.django_db
def test_guards_are_installed_on_rows_and_hold_at_once():
    round = make_round()
    record(Action.SITE_INSPECTED, round, actor=None)
    event = Event.objects.latest("pk")
    _sql("DROP TRIGGER append_only ON audit_event")

    _run("audit", triggers.digest("audit"))

    with pytest.raises(IntegrityError, match="append-only"):
        event.delete()


@pytest.mark.django_db
def test_what_is_declared_no_longer_is_removed_and_what_is_another_apps_stays(monkeypatch):
    before = triggers.installed(connection)
    _declare(monkeypatch, "reports", Guards(triggers=(append_only("Snapshot"),)))

    _run("reports", triggers.digest("reports"))

    assert set(before) - set(triggers.installed(connection)) == {"append_only ON reports_export"}


@pytest.mark.django_db
def test_a_migration_of_guards_that_are_no_longer_todays_does_nothing():
    _sql("DROP TRIGGER append_only ON reports_export")
    before = triggers.installed(connection)

    _run("reports", "0" * 16)

    assert triggers.installed(connection) == before


@pytest.mark.django_db
def test_going_back_leaves_the_guards():
    before = triggers.installed(connection)
    with connection.schema_editor() as editor:
        InstallGuards(triggers.digest("reports")).database_backwards("reports", editor, None, None)

    assert triggers.installed(connection) == before


def test_a_renamed_table_asks_for_a_migration(monkeypatch):
    before = triggers.digest("reports"), triggers.digest("proposals")
    monkeypatch.setattr(apps.get_model("reports", "Export")._meta, "db_table", "reports_file")

    assert triggers.digest("reports") != before[0]
    assert triggers.digest("proposals") == before[1]
    assert "ON reports_file\n" in triggers.render("reports")
    assert guard_migrations.out_of_date() == ["reports"]


def test_what_a_file_says_to_readers_is_no_part_of_the_guard():
    assert "-- One ballot." not in triggers.source("ballots")
    assert "-- The same receipt raced itself." in triggers.source("ballots")


@pytest.mark.parametrize("name", ["{Nothing}", "{LockSpace.NOTHING}"])
def test_a_placeholder_of_nothing_is_refused(monkeypatch, name):
    _declare(monkeypatch, "reports", Guards(triggers=(Trigger("Export", "x", f"BEFORE {name}", "f"),)))

    with pytest.raises(LookupError, match="in SQL"):
        triggers.render("reports")


def test_makeguards_writes_the_next_migration_and_then_none(monkeypatch, tmp_path, capsys):
    call_command("makeguards")
    assert capsys.readouterr().out == "No guard has changed.\n"

    written = []
    monkeypatch.setattr(guard_migrations, "write", lambda migration: written.append(migration) or tmp_path)
    _declare(monkeypatch, "reports", Guards(triggers=(append_only("Snapshot"), append_only("Round"))))
    call_command("makeguards")

    (migration,) = written
    graph = MigrationLoader(None).graph
    assert (migration.app_label, migration.name[4:]) == ("reports", "_guards")
    assert migration.name[:4] > graph.leaf_nodes("reports")[0][1][:4]
    assert {label for label, _name in migration.dependencies} == {"reports", "rounds", "core"}
    assert migration.operations[0].digest == triggers.digest("reports")
    assert capsys.readouterr().out == f"{tmp_path}\n"
