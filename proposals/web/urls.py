"""Addresses of proposals: reading, writing, writing down for others."""

from django.urls import path

from proposals.web import assisted_submissions, drafts, public_pages

app_name = "proposals"

_ROUND = "<slug:authority_slug>/<slug:round_slug>"

urlpatterns = [
    path("<slug:authority_slug>/desk/assist/", assisted_submissions.service_desk, name="service_desk"),
    path(
        "<slug:authority_slug>/desk/assist/texts/<int:assisted_submission_id>/",
        assisted_submissions.slip,
        name="assisted_slip",
    ),
    path(
        "<slug:authority_slug>/desk/assist/<slug:round_slug>/proposal/",
        assisted_submissions.propose,
        name="assisted_proposal",
    ),
    path(
        "<slug:authority_slug>/desk/assist/<slug:round_slug>/comment/",
        assisted_submissions.comment,
        name="assisted_comment",
    ),
    path(f"{_ROUND}/proposals/", public_pages.list_, name="list"),
    path(f"{_ROUND}/proposals/new/", drafts.new, name="new"),
    path(f"{_ROUND}/proposals/mine/", drafts.mine, name="mine"),
    path(f"{_ROUND}/proposals/mine/claim/", drafts.claim, name="claim"),
    path(f"{_ROUND}/proposals/<slug:code>/", public_pages.detail, name="detail"),
    path(f"{_ROUND}/proposals/<slug:code>/comment/", public_pages.comment, name="comment"),
    path(f"{_ROUND}/proposals/<slug:code>/support/", public_pages.support, name="support"),
    path(f"{_ROUND}/drafts/<int:proposal_id>/", drafts.draft, name="draft"),
    path(f"{_ROUND}/drafts/<int:proposal_id>/preview/", drafts.preview, name="preview"),
    path(f"{_ROUND}/drafts/<int:proposal_id>/withdraw/", drafts.withdraw, name="withdraw"),
]
