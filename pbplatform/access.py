"""Who may open each address: one row for every route of the platform.

What a role may do stands in `identity/roles.py`; this table says which routes that opens. Views ask
`has_perm` themselves; the tests walk this table, every route, method, role, authority and phase, and
a route without a row fails them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from identity.roles import Permission


class Who(Enum):
    """Those whom no role makes."""

    EVERYBODY = "everybody"
    SIGNED_IN = "everybody who has signed in"
    OFFICIAL = "whoever has a role in the authority"
    OPERATOR = "the platform's operator"


@dataclass(frozen=True, slots=True)
class Row:
    """Whom a route lets in."""

    who: Who | Permission
    # What whoever has no role in the authority is answered: 404, as if there were no such page. 403
    # where the page is public knowledge and only what it gives is not.
    stranger: int = 404
    # The row the address names must be one's own: a draft, a passkey.
    own: bool = False


def _rows(who: Who | Permission, *names: str, **more: object) -> dict[str, Row]:
    return {name: Row(who, **more) for name in names}  # type: ignore[arg-type]  # fields of Row


# By the name of the route, or by its pattern where a library gives it no name.
ROUTES: Mapping[str, Row] = {
    **_rows(
        Who.EVERYBODY,
        "home",
        "status",
        "terms",
        "privacy",
        "cookies",
        "set_language",
        "display",
        "logo",
        "accent",
        "admin:logout",
        "account_login",
        "account_logout",
        "account_inactive",
        "account_signup",
        "account_email_verification_sent",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "account_confirm_login_code",
        "mfa_authenticate",
        "mfa_login_webauthn",
        "socialaccount_login_cancelled",
        "socialaccount_login_error",
        "socialaccount_signup",
        "identity:provider_sign_in",
        "openid_connect_login",
        "openid_connect_callback",
        "accounts/social/login/cancelled/",
        "accounts/social/login/error/",
        "accounts/social/signup/",
        "accounts/social/connections/",
        "rounds:authority",
        "rounds:round",
        "proposals:list",
        "proposals:detail",
    ),
    **_rows(
        Who.SIGNED_IN,
        "account_reauthenticate",
        "account_email",
        "account_change_password",
        "account_set_password",
        "mfa_index",
        "mfa_reauthenticate",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "mfa_reauthenticate_webauthn",
        "socialaccount_connections",
        "usersessions_list",
        "identity:me",
        "identity:consent",
        "my_data",
        "export_my_data",
        "erase_account",
        "withdraw_consent",
        "proposals:new",
        "proposals:mine",
        "proposals:claim",
        "proposals:comment",
        "proposals:support",
        "identity:verify",
        "identity:code",
        "identity:appeal",
        "identity:provider_callback",
    ),
    **_rows(Who.SIGNED_IN, "proposals:draft", "proposals:preview", "proposals:withdraw", own=True),
    **_rows(Who.OFFICIAL, "desk"),
    **_rows(Permission.SCREEN, "moderation:queue", "moderation:case", "moderation:claim"),
    **_rows(
        Permission.ASSIST,
        "proposals:assist",
        "proposals:assist_propose",
        "proposals:assist_comment",
        "proposals:assist_slip",
    ),
    **_rows(Permission.REVIEW, "proposals:reviews", "proposals:review", "proposals:reassign"),
    **_rows(Who.SIGNED_IN, "mfa_remove_webauthn", "mfa_edit_webauthn", own=True),
    **_rows(
        Who.EVERYBODY,
        "api:reference",
        "api:schema",
        "api:rounds",
        "api:round",
        "api:proposals",
        "api:proposal",
        "api:report",
        "api:results",
        "api:log",
        "api:checkpoints",
        "api:entries",
        "api:inclusion",
        "api:consistency",
        "api:counted",
        "api:missing",
        "reports:report",
        "reports:numbered",
        "reports:download",
    ),
    **_rows(Permission.PUBLISH_REPORT, "reports:preview"),
    **_rows(Permission.SET_BRANDING, "branding"),
    **_rows(Permission.SEE_OVERVIEW, "reports:overview", "reports:overview_data"),
    **_rows(Permission.OBSERVE, "reports:watch"),
    **_rows(Permission.EXPORT_ADOPTED, "reports:adopted", stranger=403),
    **_rows(
        Who.EVERYBODY,
        "identity:visitor_verify",
        "identity:visitor_code",
        "voting:ballot",
        "voting:basket",
        "voting:kiosk",
        "voting:kiosk_finish",
        "voting:review",
        "voting:rules",
        "voting:rules_text",
        "voting:turnout",
        "voting:turnout_data",
        "voting:results",
        "voting:ballots",
        "voting:bundle",
        "voting:log",
        "voting:checkpoint",
        "voting:old_checkpoint",
        "voting:tile",
        "voting:bundle_of_entries",
        "voting:check",
    ),
    **_rows(Who.SIGNED_IN, "voting:mine"),
    **_rows(
        Permission.DRAW_UP_BALLOT_PAPER,
        "voting:desk_ballot_paper",
        "voting:desk_ballot_proof",
        "voting:desk_rule",
        "voting:desk_trial",
    ),
    **_rows(
        Permission.ENTER_PAPER,
        "voting:paper_desks",
        "voting:paper_sheet",
        "voting:paper_desk",
        "voting:paper_batch",
        "voting:desk_kiosk",
    ),
    **_rows(Permission.CLOSE_VOTE, "voting:desk_close", "voting:desk_extension"),
    **_rows(Permission.VERIFY, "identity:desk_verify", "identity:desk_find", "identity:desk_answer"),
    **_rows(Permission.SEE_VIEWS, "identity:staff_views"),
    **_rows(Permission.LOAD_REGISTER, "identity:desk_register"),
    **_rows(Permission.GRANT_ROLES, "identity:roles", "identity:role", "identity:confirm_role"),
}


def row_of(route: str) -> Row:
    """Return the row of a route. Everything under `/admin/` is the operator's. Raises KeyError."""
    if route not in ROUTES and route.startswith(("admin:", "admin/")):
        return Row(Who.OPERATOR)
    return ROUTES[route]
