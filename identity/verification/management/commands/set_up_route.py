"""Open, change or close a way in which an authority verifies people."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from authorities.models import Authority
from identity.verification import services
from identity.verification.models import VerificationRoute


class Command(BaseCommand):
    help = "Open, change or close a way in which an authority verifies people. A provider's secret is a file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("authority", help="its slug")
        parser.add_argument("method", choices=VerificationRoute.Method.values)
        parser.add_argument("--close", action="store_true")
        parser.add_argument(
            "--assurance", type=int, choices=(1, 2, 3), help="1 phone or letter, 2 register or desk, 3 state"
        )
        parser.add_argument("--valid-days", type=int)
        parser.add_argument("--position", type=int)
        parser.add_argument("--slug", default="", help="of a provider")
        parser.add_argument("--name", type=json.loads, help='of a provider: {"en": "…", "th": "…"}')
        parser.add_argument("--issuer")
        parser.add_argument("--client-id")
        parser.add_argument("--scope")
        parser.add_argument("--subject-claim")
        parser.add_argument("--acr-claim")
        parser.add_argument("--acr-assurance", type=json.loads, help='{"2.3": 3}: other values are refused')

    def handle(self, *args: Any, **options: Any) -> None:
        authority = Authority.objects.filter(slug=options["authority"]).first()
        if authority is None:
            raise CommandError(f"there is no authority {options['authority']}")
        names = (
            "assurance",
            "valid_days",
            "position",
            "name",
            "issuer",
            "client_id",
            "scope",
            "subject_claim",
            "acr_claim",
            "acr_assurance",
        )
        fields = {name: options[name] for name in names if options[name] is not None}
        known = authority.verification_routes.filter(method=options["method"], slug=options["slug"]).exists()
        if not known and "assurance" not in fields:
            raise CommandError("a new way needs --assurance")
        if options["method"] == "provider" and not known and not {"issuer", "client_id"} <= set(fields):
            raise CommandError("a provider needs --slug, --issuer and --client-id")
        route = services.set_up_route(
            authority,
            VerificationRoute.Method(options["method"]),
            actor=None,
            slug=options["slug"],
            is_open=not options["close"],
            **fields,
        )
        self.stdout.write(f"{authority.slug}: {route} is {'open' if route.is_open else 'closed'}")
