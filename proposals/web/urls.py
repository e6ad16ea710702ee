"""Addresses of proposals: reading, writing, writing down for others."""

from django.urls import path

from proposals.web import assisting, reading, writing

app_name = "proposals"

_ROUND = "<slug:authority_slug>/<slug:round_slug>"

urlpatterns = [
    path("<slug:authority_slug>/desk/assist/", assisting.desk, name="assist"),
    path("<slug:authority_slug>/desk/assist/texts/<int:assistance_id>/", assisting.slip, name="assist_slip"),
    path(
        "<slug:authority_slug>/desk/assist/<slug:round_slug>/proposal/",
        assisting.propose,
        name="assist_propose",
    ),
    path(
        "<slug:authority_slug>/desk/assist/<slug:round_slug>/comment/",
        assisting.comment,
        name="assist_comment",
    ),
    path(f"{_ROUND}/proposals/", reading.list_, name="list"),
    path(f"{_ROUND}/proposals/new/", writing.new, name="new"),
    path(f"{_ROUND}/proposals/mine/", writing.mine, name="mine"),
    path(f"{_ROUND}/proposals/mine/claim/", writing.claim, name="claim"),
    path(f"{_ROUND}/proposals/<slug:code>/", reading.detail, name="detail"),
    path(f"{_ROUND}/proposals/<slug:code>/comment/", reading.comment, name="comment"),
    path(f"{_ROUND}/proposals/<slug:code>/support/", reading.support, name="support"),
    path(f"{_ROUND}/drafts/<int:proposal_id>/", writing.draft, name="draft"),
    path(f"{_ROUND}/drafts/<int:proposal_id>/preview/", writing.preview, name="preview"),
    path(f"{_ROUND}/drafts/<int:proposal_id>/withdraw/", writing.withdraw, name="withdraw"),
]
