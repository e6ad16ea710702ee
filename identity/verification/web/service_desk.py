"""The service desk's and the register keeper's pages."""

import csv

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from core.i18n import current_language
from core.web.forms import form_page, is_sent, refusals_on
from identity import services
from identity.pages import SignedInAuthorityRequest, desk_page
from identity.requests import password_again
from identity.roles import Permission
from identity.verification import registers, selectors
from identity.verification import services as verification_services
from identity.verification.identifier_form import IdentifierForm
from identity.verification.models import Identity, VerificationAppeal
from identity.verification.web.forms import AnswerForm, DeskForm, RegisterUploadForm


@desk_page(Permission.VERIFY, methods=["GET", "POST"])
def verify(request: SignedInAuthorityRequest) -> HttpResponse:
    """Verify a person at the service desk; below, list the open requests for help."""
    authority = request.authority
    form = DeskForm(
        request.POST or None,
        areas=selectors.areas_of(authority, now=timezone.now()),
        language=current_language(),
    )
    if is_sent(request, form):
        with refusals_on(form):
            person = verification_services.verify_in_person(
                authority,
                kind=Identity.Kind(form.cleaned_data["kind"]),
                typed=form.cleaned_data["typed"],
                account=form.cleaned_data["account"],
                residency=form.cleaned_data["residency"],
                area=form.cleaned_data["area"],
                age_group=form.cleaned_data["age_group"],
                actor=request.user,
            )
            messages.success(request, _("The person is verified."))
            verification_services.attend(request.session, authority, person, now=timezone.now())
            return redirect("identity:desk_verify", authority.slug)
    appeals = list(selectors.open_appeals(authority))
    services.note_views(
        request.user,
        (appeal.account_id for appeal in appeals),
        page="identity:desk_verify",
        authority=authority,
    )
    context = {"authority": authority, "form": form, "appeals": appeals}
    return form_page(request, "identity/desk_verify.html", context)


@desk_page(Permission.VERIFY, methods=["GET", "POST"])
def find(request: SignedInAuthorityRequest) -> HttpResponse:
    """Find the person at the service desk by their proof, to submit something on their behalf."""
    authority = request.authority
    form = IdentifierForm(request.POST or None)
    if is_sent(request, form):
        with refusals_on(form, "typed"):
            person = verification_services.find_person(
                authority, **form.given_identifier(), actor=request.user
            )
            verification_services.attend(request.session, authority, person, now=timezone.now())
            return redirect("proposals:service_desk", authority.slug)
    context = {"authority": authority, "form": form}
    return form_page(request, "identity/desk_find.html", context)


@desk_page(Permission.VERIFY, methods=["GET", "POST"])
def answer(request: SignedInAuthorityRequest, appeal_id: int) -> HttpResponse:
    """Answer a request for help."""
    authority = request.authority
    appeal = get_object_or_404(
        VerificationAppeal.objects.select_related("account"), pk=appeal_id, authority=authority
    )
    form = AnswerForm(request.POST or None)
    if is_sent(request, form):
        with refusals_on(form):
            verification_services.answer_appeal(
                appeal, actor=request.user, answer=form.cleaned_data["answer"]
            )
            messages.success(request, _("Your answer is saved. The person can see it."))
            return redirect("identity:desk_verify", authority.slug)
    services.note_views(request.user, [appeal.account], page="identity:desk_answer", authority=authority)
    context = {"authority": authority, "appeal": appeal, "form": form}
    return form_page(request, "identity/desk_answer.html", context)


@desk_page(Permission.LOAD_REGISTER, methods=["GET", "POST"])
@password_again
def register(request: SignedInAuthorityRequest) -> HttpResponse:
    """Load a register; every fault is named by its row, and then nothing is loaded."""
    authority = request.authority
    form = RegisterUploadForm(request.POST or None, request.FILES or None)
    faults: list[registers.Fault] = []
    if is_sent(request, form):
        file = form.cleaned_data["file"]
        areas = {area.code: area for area in selectors.areas_of(authority, now=timezone.now())}
        try:
            entries = registers.read(
                file.name,
                file.read(registers.MAX_BYTES + 1),
                area_codes=areas,
                country=authority.area.country,
            )
        except registers.Unreadable as error:
            faults = list(error.faults)
            form.add_error("file", _("Nothing was loaded. See the errors below."))
        else:
            letters = verification_services.load_register(
                authority, entries, actor=request.user, with_letters=form.cleaned_data["with_letters"]
            )
            if letters:
                return _letters(letters)
            messages.success(request, _("%(count)s rows loaded.") % {"count": len(entries)})
            return redirect("identity:desk_register", authority.slug)
    context = {
        "authority": authority,
        "form": form,
        "faults": faults,
        "n_entries": authority.register_entries.count(),
    }
    return form_page(request, "identity/desk_register.html", context)


def _letters(letters: list[verification_services.Letter]) -> HttpResponse:
    """Return the letters' codes as CSV, once; nobody, we included, can read them again."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="letters.csv"'
    answer["Cache-Control"] = "no-store"
    answer.write("\ufeff")
    writer = csv.writer(answer)
    writer.writerow(["number", "code"])
    # A number that a spreadsheet would take for a formula is written as text.
    writer.writerows(
        ["'" + letter.number if letter.number[:1] in "=+-@\t\r" else letter.number, letter.code]
        for letter in letters
    )
    return answer
