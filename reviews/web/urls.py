"""Addresses of a department's desk."""

from django.urls import path

from reviews.web import views

app_name = "reviews"

urlpatterns = [
    path("<slug:authority_slug>/desk/reviews/", views.reviews, name="list"),
    path("<slug:authority_slug>/desk/reviews/<int:review_id>/", views.review, name="review"),
    path("<slug:authority_slug>/desk/reviews/<int:review_id>/reassign/", views.reassign, name="reassign"),
]
