"""Guards: triggers and SQL functions with which the database itself refuses what must never happen.

An app declares its guards in `guards.py` and names them in its `AppConfig` as `guards`; its functions are
files in its folder `sql/`, one whole function each. A migration, `InstallGuards`, brings the declarations
into a database and carries their digest; `manage.py makeguards` writes the next one after a change.

SQL says `{BallotBox}` for the table of that model, of any app, and `{LockSpace.ROUND}` for the number of an
advisory lock. A renamed table changes the SQL and so the digest, and needs a migration.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from django.apps import AppConfig, apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation

from core.db.locks import LockSpace

# Relations are looked up in this order. Otherwise the schema of temporary tables comes first, and anyone who
# can create one could replace a table that a guard reads.
SEARCH_PATH = "pg_catalog, public, pg_temp"
_PLACEHOLDER = re.compile(r"\{(\w+(?:\.\w+)?)\}")
# Comments above a function are for readers: rewording them does not make another guard.
_ABOUT = re.compile(r"^--.*\n", re.M)
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger on the table of a model.

    `fires` is when, as SQL says it: "BEFORE UPDATE OR DELETE". `when` is a condition on OLD and NEW; without
    one it fires always. PostgreSQL fires the triggers of one table in the alphabetical order of their names.
    """

    model: str
    name: str
    fires: str
    function: str
    when: str = ""
    each: Literal["ROW", "STATEMENT"] = "ROW"

    @property
    def sql(self) -> str:
        """CREATE TRIGGER, with a placeholder for the table."""
        condition = f"\n  WHEN ({self.when})" if self.when else ""
        return (
            f"CREATE OR REPLACE TRIGGER {self.name} {self.fires} ON {{{self.model}}}\n"
            f"  FOR EACH {self.each}{condition} EXECUTE FUNCTION {self.function}();"
        )


@dataclass(frozen=True, slots=True)
class Guards:
    """An app's declarations: names of files in its `sql/`, each after those it calls."""

    functions: tuple[str, ...] = ()
    triggers: tuple[Trigger, ...] = ()


def append_only(model: str) -> Trigger:
    """Rows are written once: UPDATE and DELETE are refused."""
    return Trigger(model, "append_only", "BEFORE UPDATE OR DELETE", "refuse_change")


def no_truncate(model: str) -> Trigger:
    """The table is never emptied at once, which would pass by all triggers on rows."""
    return Trigger(model, "no_truncate", "BEFORE TRUNCATE", "refuse_change", each="STATEMENT")


def guarded_apps() -> Iterator[tuple[AppConfig, Guards]]:
    """Yield every installed app that declares guards, lowest first, with what it declares."""
    for config in apps.get_app_configs():
        guards = getattr(config, "guards", None)
        if isinstance(guards, Guards):
            yield config, guards


def guards_of(app_label: str) -> Guards:
    """Return an app's guards; empty if it declares none."""
    return {config.label: guards for config, guards in guarded_apps()}.get(app_label, Guards())


def source(app_label: str) -> str:
    """Return the SQL that makes all guards of an app, with its placeholders. Reads the app's SQL files."""
    guards = guards_of(app_label)
    folder = Path(apps.get_app_config(app_label).path) / "sql"
    owner = _comment(app_label)
    parts = []
    for name in guards.functions:
        text = (folder / f"{name}.sql").read_text(encoding="utf-8")
        parts.append(_ABOUT.sub("", text).strip())
        parts.append(f"COMMENT ON FUNCTION {name} IS '{owner}';")
    for trigger in guards.triggers:
        parts.append(trigger.sql)
        parts.append(f"COMMENT ON TRIGGER {trigger.name} ON {{{trigger.model}}} IS '{owner}';")
    return "\n\n".join(parts) + "\n"


def render(app_label: str) -> str:
    """Return the SQL that makes all guards of an app. Raises LookupError for a placeholder of nothing."""
    return _PLACEHOLDER.sub(lambda match: _resolve(match[1]), source(app_label))


def digest(app_label: str) -> str:
    """Sixteen hexadecimal digits of the SHA-256 of an app's rendered guards."""
    return hashlib.sha256(render(app_label).encode()).hexdigest()[:16]


def apps_named_by(app_label: str) -> set[str]:
    """Return the labels of the other apps whose tables or functions this app's guards name."""
    sql = source(app_label)
    named = {_model(name)._meta.app_label for name in _PLACEHOLDER.findall(sql) if "." not in name}
    return (named | _owners_called_in(sql)) - {app_label}


def apps_needed_by(app_label: str) -> set[str]:
    """Return the labels of the other apps whose functions must exist before this app's guards.

    A trigger names its function, and PostgreSQL reads the body of an SQL function when it is created. Calls
    inside PL/pgSQL functions are looked up when they run.
    """
    guards = guards_of(app_label)
    folder = Path(apps.get_app_config(app_label).path) / "sql"
    texts = [(folder / f"{name}.sql").read_text(encoding="utf-8") for name in guards.functions]
    read_at_once = [text for text in texts if re.search(r"\bLANGUAGE sql\b", text)]
    read_at_once += [trigger.sql for trigger in guards.triggers]
    return _owners_called_in("\n".join(read_at_once)) - {app_label}


def _owners_called_in(sql: str) -> set[str]:
    """Return the labels of the apps with a function that the SQL calls."""
    return {
        config.label
        for config, guards in guarded_apps()
        if any(re.search(rf"\b{function}\(", sql) for function in guards.functions)
    }


def tables_touched(app_label: str) -> set[str]:
    """Return the tables that an app's guards name, and those with triggers, of any app, on its functions."""
    models = {name for name in _PLACEHOLDER.findall(source(app_label)) if "." not in name}
    functions = guards_of(app_label).functions
    for _config, guards in guarded_apps():
        models |= {trigger.model for trigger in guards.triggers if trigger.function in functions}
    return {_resolve(name) for name in models}


def _resolve(name: str) -> str:
    space, _dot, member = name.partition(".")
    if space == LockSpace.__name__:
        try:
            return str(int(LockSpace[member]))
        except KeyError as error:
            raise LookupError(f"{{{name}}} in SQL is no lock's name") from error
    table: str = _model(name)._meta.db_table
    if not _PLAIN.fullmatch(table):
        raise LookupError(f"{{{name}}} in SQL: the name of its table, {table}, would have to be quoted")
    return table


def _model(name: str) -> Any:
    found = [model for model in apps.get_models() if model.__name__ == name]
    if len(found) != 1:
        raise LookupError(f"{{{name}}} in SQL is the name of {len(found)} models, not of one")
    return found[0]


class InstallGuards(Operation):
    """Bring an app's declared guards into the database, and remove those it no longer declares.

    `digest` is that of the declarations it was written for. The code holds only today's, so an operation with
    another digest does nothing: a later one of the same app installs them. Migrating back leaves the guards
    in place.
    """

    reduces_to_sql = False
    reversible = True

    def __init__(self, digest: str) -> None:
        self.digest = digest

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Models know nothing of guards."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        if self.digest == digest(app_label):
            install(app_label, schema_editor.connection)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Leave them."""

    def describe(self) -> str:
        return f"Install guards {self.digest}"

    @property
    def migration_name_fragment(self) -> str:
        return "guards"


def install(app_label: str, connection: BaseDatabaseWrapper) -> None:
    """Make an app's guards what it declares, in the caller's transaction.

    Replaces each in its place: rows stay, rights to call a function stay, and no moment is without a guard.
    A table that gets a trigger is locked against writers until the transaction ends.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL search_path = {SEARCH_PATH.removeprefix('pg_catalog, ')}")
        cursor.execute(render(app_label))
        declared = guards_of(app_label)
        triggers = [f"{trigger.name} ON {_resolve(trigger.model)}" for trigger in declared.triggers]
        cursor.execute(_TRIGGERS_NO_LONGER, [_comment(app_label), triggers])
        for (trigger,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {trigger}")
        cursor.execute(_FUNCTIONS_NO_LONGER, [_comment(app_label), list(declared.functions)])
        for (function,) in cursor.fetchall():
            cursor.execute(f"DROP FUNCTION {function}")


# The comment on each guard names its app, so that guards no longer declared can be found.
_TRIGGERS_NO_LONGER = """
SELECT named FROM (
  SELECT format('%%I ON %%s', tgname, tgrelid::regclass) AS named FROM pg_trigger
   WHERE NOT tgisinternal AND obj_description(oid, 'pg_trigger') = %s) guards
 WHERE named <> ALL (%s) ORDER BY 1
"""
_FUNCTIONS_NO_LONGER = """
SELECT oid::regprocedure::text FROM pg_proc
 WHERE obj_description(oid, 'pg_proc') = %s AND proname <> ALL (%s) ORDER BY 1
"""


def _comment(app_label: str) -> str:
    return f"guard of {app_label}"


def installed(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return every function and trigger of a database: its name and its whole definition.

    Leaves out those of extensions, and those that PostgreSQL itself creates for references. Two statements.
    """
    with connection.cursor() as cursor:
        cursor.execute(_INSTALLED_FUNCTIONS)
        found = dict(cursor.fetchall())
        cursor.execute(_INSTALLED_TRIGGERS)
        return found | dict(cursor.fetchall())


_INSTALLED_FUNCTIONS = """
SELECT fn.oid::regprocedure::text,
       concat_ws(E'\\n', pg_get_functiondef(fn.oid), obj_description(fn.oid, 'pg_proc'),
                 CASE WHEN EXISTS (SELECT 1 FROM aclexplode(COALESCE(fn.proacl, acldefault('f', fn.proowner)))
                                    WHERE grantee = 0) THEN 'called by everybody' END)
  FROM pg_proc fn
 WHERE fn.pronamespace = 'public'::regnamespace
   AND NOT EXISTS (SELECT 1 FROM pg_depend
                    WHERE objid = fn.oid AND classid = 'pg_proc'::regclass AND deptype = 'e')
"""
# 'O': it fires; anything else: it sleeps, or fires at other times.
_INSTALLED_TRIGGERS = """
SELECT format('%I ON %s', tgname, tgrelid::regclass),
       concat_ws(E'\\n', pg_get_triggerdef(oid), obj_description(oid, 'pg_trigger'),
                 'enabled: ' || tgenabled::text)
  FROM pg_trigger WHERE NOT tgisinternal
"""
