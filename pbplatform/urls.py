"""Every address of the platform, app by app."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from pbplatform import design, operators, views

operators.restrict(admin.site)

urlpatterns = [
    path("", views.home, name="home"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("identity.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
]

if settings.DEBUG:
    urlpatterns += [path("design/", design.design, name="design")]
