"""Put a new version of the terms or the privacy notice into force from the command line."""

import json
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.multilingual import validate_multilingual
from identity import services
from identity.models import Policy


class Command(BaseCommand):
    help = (
        "Publish a new version of a text that people agree to. Everybody is asked again before they next "
        "take part; reading stays open. Use it when what the text says changes, not for a spelling."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=Policy.Kind.values)
        parser.add_argument(
            "--changes", required=True, help='a JSON file, {"en": "What is new", "ko": …}: shown when asking'
        )
        parser.add_argument("--text", help="a JSON file with the site's own text per language")

    def handle(self, *args: Any, **options: Any) -> None:
        policy = services.publish_policy(
            Policy.Kind(options["kind"]),
            changes=_texts(options["changes"]),
            text=_texts(options["text"]) if options["text"] else None,
            actor=None,
        )
        self.stdout.write(f"{policy.kind}: version {policy.number} is in force")


def _texts(path: str) -> dict[str, str]:
    try:
        texts: dict[str, str] = json.loads(Path(path).read_text(encoding="utf-8"))
        validate_multilingual(texts)
    except (OSError, ValueError, ValidationError) as error:
        raise CommandError(f"{path}: {error}") from error
    return texts
