"""Squash the migrations of all our apps: throw them away and make them again of today's models and guards."""

import sys
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db.migrations import Migration
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
from django.db.migrations.state import ProjectState

from core.db import guard_migrations


class Command(BaseCommand):
    help = (
        "Delete every migration of the project's own apps and write them again: tables as the models say, "
        "what migrations/_by_hand.py names, and guards. For developers, before a release: no database that "
        "has the old ones can be migrated further."
    )
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        ours = [config for config in apps.get_app_configs() if _is_ours(config)]
        for config in ours:
            for path in Path(config.path).glob("migrations/[0-9]*.py"):
                path.unlink()
        for path in _written(ours):
            self.stdout.write(str(path.relative_to(settings.BASE_DIR)))


def _is_ours(config: AppConfig) -> bool:
    return Path(config.path).is_relative_to(settings.BASE_DIR) and not Path(config.path).is_relative_to(
        sys.prefix
    )


def _written(ours: list[AppConfig]) -> list[Path]:
    paths = []
    for config in _in_order(ours):
        loader = MigrationLoader(None, ignore_no_migrations=True)
        changes = MigrationAutodetector(
            loader.project_state(),
            ProjectState.from_apps(apps),
            NonInteractiveMigrationQuestioner(specified_apps={config.label}),
        ).changes(loader.graph, trim_to_apps={config.label}, convert_apps={config.label})
        migrations: list[Any] = changes.get(config.label, [])
        if migrations:
            migrations[0].operations = [*_by_hand(config, "FIRST"), *migrations[0].operations]
        last = _by_hand(config, "LAST")
        if last:
            by_hand = type("Migration", (Migration,), {})(f"{len(migrations) + 1:04}_by_hand", config.label)
            by_hand.dependencies = [
                (config.label, migrations[-1].name),
                *_by_hand(config, "LAST_NEEDS"),
            ]
            by_hand.operations = last
            migrations.append(by_hand)
        paths += [guard_migrations.write(migration) for migration in migrations]
    return paths + guard_migrations.write_missing()


def _in_order(ours: list[AppConfig]) -> list[AppConfig]:
    """Return the apps in an order in which each comes after those its tables refer to.

    For all apps at once, Django splits an app's first migration if another app does not exist yet. Raises
    CycleError if two apps refer to each other.
    """
    by_label = {config.label: config for config in ours}
    needs = {
        label: {
            field.related_model._meta.app_label
            for model in config.get_models()
            for field in model._meta.local_fields
            if field.related_model is not None
        }
        & by_label.keys() - {label}
        for label, config in by_label.items()
    }
    return [by_label[label] for label in TopologicalSorter(needs).static_order()]


def _by_hand(config: AppConfig, name: str) -> list[Any]:
    """Return a value of an app's `migrations/_by_hand.py` by name; empty if either is missing."""
    if not (Path(config.path) / "migrations" / "_by_hand.py").exists():
        return []
    return list(getattr(import_module(f"{config.name}.migrations._by_hand"), name, []))
