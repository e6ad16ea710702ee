"""Addresses of one's own account, of showing who one is, and of the officials' pages about both."""

from django.urls import include, path

from identity.web import account, consent, roles, staff_views

app_name = "identity"

urlpatterns = [
    path("accounts/me/", account.me, name="me"),
    path("accounts/oidc/<str:provider_id>/login/", account.provider_sign_in, name="provider_sign_in"),
    path("accounts/consent/", consent.consent, name="consent"),
    path("<slug:authority_slug>/desk/views/", staff_views.staff_views, name="staff_views"),
    path("<slug:authority_slug>/desk/roles/", roles.roles, name="roles"),
    path("<slug:authority_slug>/desk/roles/<int:membership_id>/", roles.role, name="role"),
    path("<slug:authority_slug>/desk/roles/<int:membership_id>/confirm/", roles.confirm, name="confirm_role"),
    # Named in this namespace too: `identity:verify`.
    path("", include("identity.verification.web.urls")),
]
