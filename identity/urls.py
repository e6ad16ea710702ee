"""Addresses of one's own account and of an authority's roles."""

from django.urls import path

from identity import views

app_name = "identity"

urlpatterns = [
    path("accounts/me/", views.me, name="me"),
    path("<slug:authority_slug>/desk/roles/", views.roles, name="roles"),
    path("<slug:authority_slug>/desk/roles/<int:membership_id>/", views.role, name="role"),
    path("<slug:authority_slug>/desk/roles/<int:membership_id>/confirm/", views.confirm, name="confirm_role"),
]
