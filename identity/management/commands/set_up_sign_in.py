"""Open, change or close an OpenID Connect provider that people may sign in with."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from authorities.models import Authority
from core.multilingual import validate_multilingual
from identity import services
from identity.models import SignInProvider


class Command(BaseCommand):
    help = (
        "Open, change or close an OpenID Connect provider that people may sign in with. Its secret is the "
        "file sign-in-SLUG.secret in the key directory; it sends people back to "
        "/accounts/oidc/SLUG/login/callback/."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--close", action="store_true")
        parser.add_argument("--name", type=json.loads, help='{"en": "…", "th": "…"}')
        parser.add_argument("--authority", help="whose people it is for; everybody's if not given")
        parser.add_argument("--issuer")
        parser.add_argument("--client-id")
        parser.add_argument("--scope", help="openid email, unless given")
        parser.add_argument(
            "--trust-addresses",
            action="store_const",
            const=True,
            dest="trusts_addresses",
            help="an address it calls verified is verified here, and finds the account that confirmed it",
        )
        parser.add_argument(
            "--distrust-addresses", action="store_const", const=False, dest="trusts_addresses"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        names = ("name", "issuer", "client_id", "scope", "trusts_addresses")
        fields = {name: options[name] for name in names if options[name] is not None}
        known = SignInProvider.objects.filter(slug=options["slug"]).exists()
        if not known and not {"name", "issuer", "client_id"} <= set(fields):
            raise CommandError("a new provider needs --name, --issuer and --client-id")
        if "name" in fields:
            try:
                validate_multilingual(fields["name"])
            except ValidationError as error:
                raise CommandError("; ".join(error.messages)) from error
        if options["authority"]:
            fields["authority"] = Authority.objects.filter(slug=options["authority"]).first()
            if fields["authority"] is None:
                raise CommandError(f"there is no authority {options['authority']}")
        provider = services.set_up_sign_in(
            options["slug"], actor=None, is_open=not options["close"], **fields
        )
        self.stdout.write(f"{provider} is {'open' if provider.is_open else 'closed'}")
