"""Migrations that install guards: what an app's last one carries, and the next one when guards change."""

from importlib import invalidate_caches
from pathlib import Path

from django.apps import apps
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.writer import MigrationWriter

from core.db.triggers import InstallGuards, apps_named_by, apps_needed_by, digest, guarded_apps


def last_installed(loader: MigrationLoader, app_label: str) -> str | None:
    """Return the digest carried by an app's last `InstallGuards`; None if it has none."""
    found = None
    for leaf in loader.graph.leaf_nodes(app_label):
        for label, name in loader.graph.forwards_plan(leaf):
            if label == app_label:
                for operation in loader.graph.nodes[label, name].operations:
                    found = operation.digest if isinstance(operation, InstallGuards) else found
    return found


def out_of_date() -> list[str]:
    """Return the labels of the apps whose last migration does not install their declared guards."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return [
        config.label
        for config, _guards in guarded_apps()
        if last_installed(loader, config.label) != digest(config.label)
    ]


def write_missing() -> list[Path]:
    """Write the next migration of each app that is out of date; return their paths.

    Each depends on the newest migrations of the apps whose tables and functions its guards name; apps whose
    functions it needs come first.
    """
    waiting, written = out_of_date(), []
    while waiting:
        ready = next((label for label in waiting if apps_needed_by(label).isdisjoint(waiting)), waiting[0])
        waiting.remove(ready)
        written.append(_write(ready))
    return written


def _write(app_label: str) -> Path:
    graph = MigrationLoader(None, ignore_no_migrations=True).graph
    own = graph.leaf_nodes(app_label)
    number = max((int(name[:4]) for _label, name in own), default=0) + 1
    migration = type("Migration", (Migration,), {})(f"{number:04}_guards", app_label)
    others = [leaf for label in sorted(apps_named_by(app_label)) for leaf in graph.leaf_nodes(label)]
    migration.dependencies = [*own, *others]
    migration.operations = [InstallGuards(digest(app_label))]
    return write(migration)


def write(migration: Migration) -> Path:
    """Write a migration into its app's folder, creating it if needed; return its path."""
    folder = Path(apps.get_app_config(migration.app_label).path) / "migrations"
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").touch()
    path = folder / f"{migration.name}.py"
    path.write_text(MigrationWriter(migration, include_header=False).as_string(), encoding="utf-8")
    invalidate_caches()
    return path
