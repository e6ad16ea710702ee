"""A round's report for everybody, its files, and the page on which an official publishes it."""

from dataclasses import asdict, replace
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.i18n import current_language
from core.web.forms import form_page, is_sent, refusals_on
from identity.pages import (
    DeskEntry,
    RoundRequest,
    SignedInAuthorityRequest,
    SignedInRoundRequest,
    desk_page,
    round_desk_page,
    round_page,
)
from identity.roles import Permission
from reports import assembly, observer, selectors, services
from reports import rollup as below
from reports.models import Export, Snapshot
from reports.render import files
from reports.render.page import adopted_lines, page
from reports.web.forms import ExportForm, PublishForm
from rounds.selectors import calendar

# The number of adopted projects listed before the rest is folded.
N_OPEN = 20


@round_page()
def report(request: RoundRequest, number: int | None = None) -> HttpResponse:
    """Show the current report, or an earlier one by its number."""
    round = request.round
    snapshots = list(round.snapshots.order_by("-number"))
    snapshot = _snapshot(snapshots, number)
    context = {
        "round": round,
        "authority": round.authority,
        "section": "report",
        "snapshot": snapshot,
        "snapshots": snapshots,
        "page": page(assembly.read(snapshot.document)) if snapshot else None,
        "may_export": request.user.has_perm(Permission.EXPORT_ADOPTED, round.authority),
        "may_publish": request.user.has_perm(Permission.PUBLISH_REPORT, round.authority),
    }
    return render(request, "reports/report.html" if snapshot else "reports/none.html", context)


@round_page()
def download(request: RoundRequest, number: int, form: str) -> HttpResponse:
    """Return a published report as CSV, JSON, XLSX or PDF."""
    snapshot = get_object_or_404(Snapshot.objects.select_related("round"), round=request.round, number=number)
    if form not in files.CONTENT_TYPES:
        raise Http404
    # A report never changes, and setting its pages takes a second: anybody may ask for them again and again.
    name = f"report:{snapshot.pk}:{snapshot.sha256}:{form}:{current_language()}"
    content: bytes | None = cache.get(name)
    if content is None:
        content = files.report_file(snapshot, form)
        cache.set(name, content, timeout=3600)
    return _file(content, form, f"{request.round.file_stem}-report-{number}.{form}")


@round_desk_page(Permission.EXPORT_ADOPTED, methods=["GET", "POST"], published=True, stranger=403)
def adopted(request: SignedInRoundRequest) -> HttpResponse:
    """Show the adopted projects to council staff; on POST, hand them over as a file and record that."""
    round = request.round
    snapshot = selectors.latest(round)
    if snapshot is None:
        return render(request, "reports/none.html", {"round": round, "authority": round.authority})
    form = ExportForm(request.POST if request.method == "POST" else None)
    if is_sent(request, form):
        chosen = Export.Form(form.cleaned_data["form"])
        language = current_language()
        _export, content = services.export_adopted(round, chosen, language=language, actor=request.user)
        return _file(content, chosen, f"{round.file_stem}-adopted.{chosen}")
    lines = adopted_lines(assembly.read(snapshot.document))
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
    return form_page(request, "reports/adopted.html", context)


@round_desk_page(
    Permission.PUBLISH_REPORT,
    methods=["GET", "POST"],
    entry=DeskEntry(
        title=gettext_lazy("Report"),
        says=gettext_lazy("The round's figures and their publication."),
        order=40,
    ),
)
def preview(request: SignedInRoundRequest) -> HttpResponse:
    """Show an official the current figures; on POST, publish them."""
    round = request.round
    standing = selectors.latest(round)
    form = PublishForm(request.POST if request.method == "POST" else None, is_correction=standing is not None)
    if is_sent(request, form):
        with refusals_on(form):
            services.take_snapshot(
                round, actor=request.user, correction=form.cleaned_data.get("correction", "")
            )
            messages.success(request, _("The report has been published."))
            return redirect("reports:report", request.authority.slug, round.slug)
    context = {
        "round": round,
        "authority": request.authority,
        "section": "work",
        "standing": standing,
        "form": form,
        "page": page(assembly.report_of(round, now=timezone.now())),
        "is_certified": selectors.is_certified(round),
    }
    return form_page(request, "reports/preview.html", context)


def _snapshot(snapshots: list[Snapshot], number: int | None) -> Snapshot | None:
    if number is None:
        return snapshots[0] if snapshots else None
    for snapshot in snapshots:
        if snapshot.number == number:
            return snapshot
    raise Http404


def _file(content: bytes, form: str, name: str) -> HttpResponse:
    headers: dict[str, Any] = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=files.CONTENT_TYPES[form], headers=headers)


@desk_page(
    Permission.SEE_ROLLUP,
    entry=DeskEntry(
        title=gettext_lazy("Lower-level authorities"),
        says=gettext_lazy("Figures of the authorities in your area."),
        order=20,
    ),
)
def rollup(request: SignedInAuthorityRequest) -> HttpResponse:
    """Show a province or the centre the figures of the authorities below. Seven queries for any number."""
    authority = request.authority
    context = {"authority": authority, "section": "work", "rollup": below.rollup(authority)}
    return render(request, "reports/rollup.html", context)


@desk_page(Permission.SEE_ROLLUP)
def rollup_data(request: SignedInAuthorityRequest) -> HttpResponse:
    """Give the same figures as JSON."""
    authority = request.authority
    seen = below.rollup(authority)
    lines = []
    for line in seen.lines:
        told = asdict(line) if line.round is None else asdict(replace(line, round=None))
        lines.append(told | {"round": line.round.slug if line.round else None})
    return JsonResponse({"authority": authority.slug, "lines": lines, "merged_ballots": seen.merged_ballots})


@round_desk_page(
    Permission.OBSERVE,
    published=True,
    entry=DeskEntry(
        title=gettext_lazy("Observe"),
        says=gettext_lazy("Statuses, counts and events, without personal data."),
        order=50,
    ),
)
def observe(request: SignedInRoundRequest) -> HttpResponse:
    """Show an observer the status and the events of a round, without persons. Nine queries."""
    round, now = request.round, timezone.now()
    context = {
        "authority": request.authority,
        "round": round,
        "section": "work",
        "calendar": calendar(round, now),
        "observed": observer.observe(round),
    }
    return render(request, "reports/observer.html", context)
