"""The operator's pages at `/admin/`: for looking, behind the same sign-in as everything else."""

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite

# Libraries register these for changing; passkeys, sessions and tokens are nobody's to look at, and
# what concerns accounts goes through the services.
_HIDDEN = frozenset({"account", "auth", "mfa", "socialaccount", "usersessions"})


def restrict(site: AdminSite) -> None:
    """Hide the libraries' models and send the sign-in through allauth, with its second factor."""
    for model in [model for model in site._registry if model._meta.app_label in _HIDDEN]:
        site.unregister(model)
    site.login = secure_admin_login(site.login)  # type: ignore[method-assign]  # as allauth documents it
