"""What Django does not make of the models; `rebuild_migrations` writes it into migrations."""

from django.contrib.postgres.operations import TrigramExtension

FIRST = [TrigramExtension()]
