"""Addresses of showing who one is, with and without an account, and of the desk that looks."""

from django.urls import path

from identity.verification.web import service_desk, verify, visitors

urlpatterns = [
    path("<slug:authority_slug>/verify/", verify.verify, name="verify"),
    path("<slug:authority_slug>/verify/code/<int:route_id>/", verify.code, name="code"),
    path("<slug:authority_slug>/verify/help/", verify.appeal, name="appeal"),
    path(
        "<slug:authority_slug>/verify/provider/<slug:route_slug>/",
        verify.provider,
        name="provider_callback",
    ),
    path("<slug:authority_slug>/desk/verify/", service_desk.verify, name="desk_verify"),
    path(
        "<slug:authority_slug>/desk/verify/requests/<int:appeal_id>/", service_desk.answer, name="desk_answer"
    ),
    path("<slug:authority_slug>/desk/person/", service_desk.find, name="desk_find"),
    path("<slug:authority_slug>/desk/register/", service_desk.register, name="desk_register"),
    # After `…/desk/verify/`, which this would match.
    path("<slug:authority_slug>/<slug:round_slug>/verify/", visitors.verify, name="visitor_verify"),
    path(
        "<slug:authority_slug>/<slug:round_slug>/verify/code/<int:route_id>/",
        visitors.code,
        name="visitor_code",
    ),
]
