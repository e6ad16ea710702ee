"""Addresses of one's own account, of showing who one is, and of the officials' pages about both."""

from django.urls import path

from identity.web import account, consent, desk, roles, staff_views, verification, visitors

app_name = "identity"

urlpatterns = [
    path("accounts/me/", account.me, name="me"),
    path("accounts/oidc/<str:provider_id>/login/", account.provider_sign_in, name="provider_sign_in"),
    path("accounts/consent/", consent.consent, name="consent"),
    path("<slug:authority_slug>/verify/", verification.verify, name="verify"),
    path("<slug:authority_slug>/verify/code/<int:route_id>/", verification.code, name="code"),
    path("<slug:authority_slug>/verify/help/", verification.appeal, name="appeal"),
    path(
        "<slug:authority_slug>/verify/provider/<slug:route_slug>/",
        verification.provider,
        name="provider_callback",
    ),
    path("<slug:authority_slug>/desk/verify/", desk.verify, name="desk_verify"),
    path("<slug:authority_slug>/desk/verify/requests/<int:appeal_id>/", desk.answer, name="desk_answer"),
    path("<slug:authority_slug>/desk/person/", desk.find, name="desk_find"),
    path("<slug:authority_slug>/desk/register/", desk.register, name="desk_register"),
    path("<slug:authority_slug>/desk/views/", staff_views.staff_views, name="staff_views"),
    path("<slug:authority_slug>/desk/roles/", roles.roles, name="roles"),
    path("<slug:authority_slug>/desk/roles/<int:membership_id>/", roles.role, name="role"),
    path("<slug:authority_slug>/desk/roles/<int:membership_id>/confirm/", roles.confirm, name="confirm_role"),
    # After `…/desk/verify/`, which this would match.
    path("<slug:authority_slug>/<slug:round_slug>/verify/", visitors.verify, name="visitor_verify"),
    path(
        "<slug:authority_slug>/<slug:round_slug>/verify/code/<int:route_id>/",
        visitors.code,
        name="visitor_code",
    ),
]
