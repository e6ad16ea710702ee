"""Grant a role from the command line: how an authority gets its first administrator."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from authorities.models import Authority, Department
from identity import services
from identity.models import Account
from identity.roles import Role
from rounds.exceptions import Refused


class Command(BaseCommand):
    help = "Grant a role to an account; in force at once. For an authority's first administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("authority", help="its slug")
        parser.add_argument("role", choices=Role.values)
        parser.add_argument("--department", help="slug; reviewers need one")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            account = Account.objects.get(email=options["email"].lower())
            authority = Authority.objects.get(slug=options["authority"])
            department = (
                authority.departments.get(slug=options["department"]) if options["department"] else None
            )
        except (Account.DoesNotExist, Authority.DoesNotExist, Department.DoesNotExist) as error:
            raise CommandError(str(error)) from error
        try:
            services.grant_role(
                account,
                authority,
                Role(options["role"]),
                department=department,
                actor=None,
                reason=options["reason"],
            )
        except Refused as refusal:
            raise CommandError(refusal.messages[0]) from refusal
        self.stdout.write(f"{account.email} is {options['role']} in {authority.slug}")
