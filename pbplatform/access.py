"""Access to each address: one row for every route of the platform.

`identity/roles.py` says what a role can do. Our own pages say which permission they need
(`identity/pages.py`), and this table is made from that. Rows for libraries' pages are written here. The tests
walk the table, every route, method, role, authority and phase; a route without a row fails them.
"""

from collections.abc import Iterator, Mapping

from core.web.pages import Row, Who, routes

# By the name of the route, or by its pattern if a library gives it no name.
LIBRARIES: Mapping[str, Row] = {
    **dict.fromkeys(
        [
            "set_language",
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
            "openid_connect_login",
            "openid_connect_callback",
            "accounts/social/login/cancelled/",
            "accounts/social/login/error/",
            "accounts/social/signup/",
            "accounts/social/connections/",
        ],
        Row(Who.EVERYBODY),
    ),
    **dict.fromkeys(
        [
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
        ],
        Row(Who.SIGNED_IN),
    ),
    **dict.fromkeys(["mfa_remove_webauthn", "mfa_edit_webauthn"], Row(Who.SIGNED_IN, own=True)),
}


class _Table(Mapping[str, Row]):
    """The rows of the URLconf in force: what its pages say, and the libraries' rows."""

    def __getitem__(self, route: str) -> Row:
        return self._rows()[route]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows())

    def __len__(self) -> int:
        return len(self._rows())

    @staticmethod
    def _rows() -> Mapping[str, Row]:
        return {**LIBRARIES, **{route.name: route.row for route in routes() if route.row is not None}}


ROUTES: Mapping[str, Row] = _Table()


def row_of(route: str) -> Row:
    """Return the row of a route. Everything under `/admin/` is the operator's. Raises KeyError."""
    rows = ROUTES
    if route not in rows and route.startswith(("admin:", "admin/")):
        return Row(Who.OPERATOR)
    return rows[route]
