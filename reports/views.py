"""A round's report for everybody, its files, and the page on which an official publishes it."""

from dataclasses import asdict, replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.i18n import current_language
from identity.reach import authority_for
from identity.requests import SignedInRequest
from identity.roles import Permission
from reports import overview as below
from reports import selectors, services, watching, writing
from reports.forms import ExportForm, PublishForm
from reports.models import Export, Snapshot
from rounds.exceptions import Refused
from rounds.models import Round
from rounds.selectors import calendar

# Of a long list of adopted projects, how many stand open.
N_OPEN = 20


def report(
    request: HttpRequest, authority_slug: str, round_slug: str, number: int | None = None
) -> HttpResponse:
    """Show the report that stands, or an earlier one by its number."""
    round = _round(authority_slug, round_slug)
    snapshots = list(round.snapshots.order_by("-number"))
    snapshot = _snapshot(snapshots, number)
    context = {
        "round": round,
        "authority": round.authority,
        "section": "report",
        "snapshot": snapshot,
        "snapshots": snapshots,
        "page": writing.page(snapshot.document) if snapshot else None,
        "may_export": request.user.has_perm(Permission.EXPORT_ADOPTED, round.authority),
        "may_publish": request.user.has_perm(Permission.PUBLISH_REPORT, round.authority),
    }
    return render(request, "reports/report.html" if snapshot else "reports/none.html", context)


def download(
    request: HttpRequest, authority_slug: str, round_slug: str, number: int, form: str
) -> HttpResponse:
    """Hand over a published report as CSV, JSON, XLSX or PDF."""
    snapshot = get_object_or_404(
        Snapshot.objects.select_related("round"), round=_round(authority_slug, round_slug), number=number
    )
    if form not in writing.REPORT_FORMS:
        raise Http404
    # A report never changes, and setting its pages takes a second: anybody may ask for them again and again.
    name = f"report:{snapshot.pk}:{snapshot.sha256}:{form}:{current_language()}"
    content: bytes | None = cache.get(name)
    if content is None:
        content = writing.report_file(snapshot, form)
        cache.set(name, content, timeout=3600)
    return _file(content, form, f"{round_slug}-report-{number}.{form}")


@login_required
def adopted(request: SignedInRequest, authority_slug: str, round_slug: str) -> HttpResponse:
    """Show the adopted projects to council staff; on POST, hand them over as a file and record that."""
    round = _round(authority_slug, round_slug)
    if not request.user.has_perm(Permission.EXPORT_ADOPTED, round.authority):
        raise PermissionDenied
    snapshot = selectors.latest(round)
    if snapshot is None:
        return render(request, "reports/none.html", {"round": round, "authority": round.authority})
    form = ExportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        chosen = Export.Form(form.cleaned_data["form"])
        language = current_language()
        _export, content = services.export_adopted(round, chosen, language=language, actor=request.user)
        return _file(content, chosen, f"{round_slug}-adopted.{chosen}")
    lines = writing.adopted_lines(snapshot.document)
    context = {
        "round": round,
        "authority": round.authority,
        "section": "report",
        "snapshot": snapshot,
        "lines": lines[:N_OPEN],
        "further": lines[N_OPEN:],
        "forms": Export.Form.choices,
        "exports": round.exports.select_related("exported_by", "snapshot")[:20],
        "form": form,
    }
    return render(request, "reports/adopted.html", context, status=422 if form.errors else 200)


@login_required
def preview(request: SignedInRequest, authority_slug: str, round_slug: str) -> HttpResponse:
    """Show an official the figures as they stand now; on POST, publish them."""
    authority = authority_for(request.user, authority_slug, Permission.PUBLISH_REPORT)
    round = get_object_or_404(
        Round.objects.select_related("authority__area"), authority=authority, slug=round_slug
    )
    standing = selectors.latest(round)
    form = PublishForm(request.POST if request.method == "POST" else None, is_correction=standing is not None)
    if request.method == "POST" and form.is_valid():
        try:
            services.take_snapshot(
                round, actor=request.user, correction=form.cleaned_data.get("correction", "")
            )
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("The report has been published."))
            return redirect("reports:report", authority_slug, round_slug)
    document = selectors.document(round, now=timezone.now())
    context = {
        "round": round,
        "authority": authority,
        "section": "work",
        "standing": standing,
        "form": form,
        "page": writing.page(document),
        "is_certified": selectors.is_certified(round),
    }
    return render(request, "reports/preview.html", context, status=422 if form.errors else 200)


def _round(authority_slug: str, round_slug: str) -> Round:
    return get_object_or_404(
        Round.objects.published().select_related("authority__area"),
        authority__slug=authority_slug,
        slug=round_slug,
    )


def _snapshot(snapshots: list[Snapshot], number: int | None) -> Snapshot | None:
    if number is None:
        return snapshots[0] if snapshots else None
    for snapshot in snapshots:
        if snapshot.number == number:
            return snapshot
    raise Http404


def _file(content: bytes, form: str, name: str) -> HttpResponse:
    headers: dict[str, Any] = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=writing.CONTENT_TYPES[form], headers=headers)


@login_required
def overview(request: SignedInRequest, authority_slug: str) -> HttpResponse:
    """Show a province or the centre the figures of the authorities below. Seven queries for any number."""
    authority = authority_for(request.user, authority_slug, Permission.SEE_OVERVIEW)
    context = {"authority": authority, "section": "work", "overview": below.overview(authority)}
    return render(request, "reports/overview.html", context)


@login_required
def overview_data(request: SignedInRequest, authority_slug: str) -> HttpResponse:
    """Give the same figures as JSON."""
    authority = authority_for(request.user, authority_slug, Permission.SEE_OVERVIEW)
    seen = below.overview(authority)
    lines = []
    for line in seen.lines:
        told = asdict(line) if line.round is None else asdict(replace(line, round=None))
        lines.append(told | {"round": line.round.slug if line.round else None})
    return JsonResponse({"authority": authority.slug, "lines": lines, "merged_ballots": seen.merged_ballots})


@login_required
def watch(request: SignedInRequest, authority_slug: str, round_slug: str) -> HttpResponse:
    """Show an observer where a round stands and what happened, without persons. Ten queries."""
    authority = authority_for(request.user, authority_slug, Permission.OBSERVE)
    round = get_object_or_404(authority.rounds.published().select_related("authority"), slug=round_slug)
    now = timezone.now()
    context = {
        "authority": authority,
        "round": round,
        "section": "work",
        "calendar": calendar(round, now),
        "watched": watching.watched(round),
    }
    return render(request, "reports/watch.html", context)
