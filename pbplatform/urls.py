"""Every address of the platform, app by app."""

from django.contrib import admin
from django.urls import include, path

from pbplatform.operations import outages, status
from pbplatform.site import branding, cookies, display, legal, my_data, operators, views

operators.restrict(admin.site)
handler500 = outages.server_error

# The pages of rounds are composed of what every app knows.
_rounds = [
    path("<slug:authority_slug>/", views.authority, name="authority"),
    path("<slug:authority_slug>/<slug:round_slug>/", views.round, name="round"),
]

urlpatterns = [
    path("", views.home, name="home"),
    # Patterns are tried in turn, which before the last ones takes as long as a query: ballots come first.
    path("", include("voting.urls")),
    path("status/", status.status, name="status"),
    path("display/", display.page, name="display"),
    path("admin/", admin.site.urls),
    path("terms/", legal.terms, name="terms"),
    path("privacy/", legal.privacy, name="privacy"),
    path("cookies/", cookies.page, name="cookies"),
    path("accounts/me/data/", my_data.page, name="my_data"),
    path("accounts/me/data/export/", my_data.export, name="export_my_data"),
    path("accounts/me/data/erase/", my_data.erase, name="erase_account"),
    path("accounts/me/data/consent/", my_data.withdraw_consent, name="withdraw_consent"),
    # Before the library's addresses: our page takes precedence.
    path("", include("identity.web.urls")),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("pbplatform.api")),
    path("<slug:authority_slug>/desk/", views.desk, name="desk"),
    path("<slug:authority_slug>/desk/look/", branding.settings, name="branding"),
    path("<slug:authority_slug>/look/<slug:digest>.png", branding.logo, name="logo"),
    path("<slug:authority_slug>/look/<slug:colour>.css", branding.style, name="accent"),
    path("", include("moderation.web.urls")),
    path("", include("proposals.web.urls")),
    path("", include("reviews.web.urls")),
    path("", include("reports.web.urls")),
    path("", include("pbplatform.site.moved")),
    path("i18n/", include("django.conf.urls.i18n")),
]

# Last: a word of its own that no address above begins with is an authority's.
urlpatterns += [path("", include((_rounds, "rounds")))]
