"""Addresses of a round's report, its files, and the officials' page that publishes it."""

from django.urls import path

from reports.web import views

app_name = "reports"

urlpatterns = [
    path("<slug:authority_slug>/desk/rollup/", views.rollup, name="rollup"),
    path("<slug:authority_slug>/desk/rollup.json", views.rollup_data, name="rollup_data"),
    path("<slug:authority_slug>/desk/<slug:round_slug>/observer/", views.observe, name="observer"),
    path("<slug:authority_slug>/desk/<slug:round_slug>/report/", views.preview, name="preview"),
    path("<slug:authority_slug>/<slug:round_slug>/report/", views.report, name="report"),
    path("<slug:authority_slug>/<slug:round_slug>/report/<int:number>/", views.report, name="numbered"),
    path(
        "<slug:authority_slug>/<slug:round_slug>/report/<int:number>/report.<str:form>",
        views.download,
        name="download",
    ),
    path("<slug:authority_slug>/<slug:round_slug>/report/adopted/", views.adopted, name="adopted"),
]
