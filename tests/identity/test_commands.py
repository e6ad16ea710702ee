"""The operator's actions on the command line."""

import pytest
from django.core.management import CommandError, call_command

from identity.roles import Permission


def test_the_first_administrator_is_made_at_the_command_line(authority, account_of, capsys):
    account = account_of("admin")

    call_command("grant_role", "Admin@example.org", "gangnam", "authority_admin", reason="The first one.")

    assert account.has_perm(Permission.GRANT_ROLES, authority)
    assert capsys.readouterr().out == "admin@example.org is authority_admin in gangnam\n"
    for arguments in [("admin@example.org", "nowhere"), ("nobody@example.org", "gangnam")]:
        with pytest.raises(CommandError):
            call_command("grant_role", *arguments, "clerk", reason="Set up.")
    with pytest.raises(CommandError, match="already has the role"):
        call_command("grant_role", "admin@example.org", "gangnam", "authority_admin", reason="Again.")


def test_a_way_to_verify_is_opened_changed_and_closed(authority):
    call_command("set_up_route", "gangnam", "phone", assurance=1, valid_days=100)
    route = authority.verification_routes.get()
    assert (route.is_open, route.assurance, route.valid_days) == (True, 1, 100)

    call_command("set_up_route", "gangnam", "phone", close=True)
    route.refresh_from_db()
    assert (route.is_open, route.valid_days) == (False, 100)
    with pytest.raises(CommandError, match="needs --assurance"):
        call_command("set_up_route", "gangnam", "letter")
    with pytest.raises(CommandError, match="needs --slug, --issuer and --client-id"):
        call_command("set_up_route", "gangnam", "provider", assurance=3)
