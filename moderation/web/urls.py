"""Addresses of the screening queue."""

from django.urls import path

from moderation.web import views

app_name = "moderation"

urlpatterns = [
    path("<slug:authority_slug>/desk/queue/", views.queue, name="queue"),
    path("<slug:authority_slug>/desk/queue/<int:case_id>/", views.case, name="case"),
    path("<slug:authority_slug>/desk/queue/<int:case_id>/claim/", views.claim, name="claim"),
]
