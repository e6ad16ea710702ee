"""Let an authority say no for one more reason."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from authorities import services
from authorities.models import Authority
from authorities.reasons import ReasonRecord, Serves


class Command(BaseCommand):
    help = "Let an authority say no for one more reason. Its code is kept and published forever."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("authority", help="its slug")
        parser.add_argument("code", help="of small letters, digits and underscores, such as too_far_away")
        parser.add_argument("text", type=json.loads, help='{"en": "…", "ko": "…", "th": "…", "vi": "…"}')
        parser.add_argument(
            "--serves",
            nargs="+",
            required=True,
            choices=[str(each) for each in Serves],
            help="what it can be given for",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        authority = Authority.objects.filter(slug=options["authority"]).first()
        if authority is None:
            raise CommandError(f"there is no authority {options['authority']}")
        record = ReasonRecord(
            options["code"], options["text"], tuple(Serves(each) for each in dict.fromkeys(options["serves"]))
        )
        try:
            row = services.add_reason(authority, record, actor=None)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"{authority.slug} can now say no for {row.code_id}")
