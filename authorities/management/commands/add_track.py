"""Let an authority have one more kind of proposal."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from authorities import services
from authorities.models import Authority
from authorities.tracks import TrackRecord


class Command(BaseCommand):
    help = "Let an authority have one more kind of proposal. Its code is kept and published forever."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("authority", help="its slug")
        parser.add_argument("code", help="of small letters, digits and underscores, such as schools")
        parser.add_argument("text", type=json.loads, help='{"en": "…", "ko": "…", "th": "…", "vi": "…"}')

    def handle(self, *args: Any, **options: Any) -> None:
        authority = Authority.objects.filter(slug=options["authority"]).first()
        if authority is None:
            raise CommandError(f"there is no authority {options['authority']}")
        try:
            row = services.add_track(authority, TrackRecord(options["code"], options["text"]), actor=None)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"{authority.slug} has the track {row.code}")
