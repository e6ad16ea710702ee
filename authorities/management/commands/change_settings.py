"""Change the policies of an authority: how long things take, how many may wait, how ballots are marked."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from authorities import services
from authorities.models import SETTINGS, Authority, AuthoritySettings
from authorities.selectors import settings_of


class Command(BaseCommand):
    help = "Change the policies of an authority; without options, show them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("authority", help="its slug")
        for name in SETTINGS:
            choices = AuthoritySettings._meta.get_field(name).choices  # type: ignore[union-attr]
            parser.add_argument(
                f"--{name.replace('_', '-')}",
                type=str if choices else int,
                choices=["", *(code for code, _label in choices)] if choices else None,
            )

    def handle(self, *args: Any, **options: Any) -> None:
        authority = Authority.objects.filter(slug=options["authority"]).first()
        if authority is None:
            raise CommandError(f"there is no authority {options['authority']}")
        values = {name: options[name] for name in SETTINGS if options[name] is not None}
        if values:
            try:
                services.change_settings(authority, actor=None, **values)
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from error
        now = settings_of(authority.pk)
        for name in SETTINGS:
            self.stdout.write(f"{name} {getattr(now, name)}")
