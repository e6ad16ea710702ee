"""Load a country's places, before an authority is founded in one of them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from places import services
from places import trees as areas


class Command(BaseCommand):
    help = "Load places: gangnam, thailand or vietnam. Places known already stay as they are."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tree", choices=sorted(areas.TREES))

    def handle(self, *args: Any, **options: Any) -> None:
        tree = areas.TREES[options["tree"]]()
        loaded = services.load_tree(tree, actor=None)
        self.stdout.write(f"{len(loaded)} places of {options['tree']}")
