"""Who has which role in an authority."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.i18n import current_language
from identity import selectors, services
from identity.forms import EndForm, GrantForm
from identity.models import Membership
from identity.reach import authority_for
from identity.requests import SignedInRequest, password_again, password_again_to_change
from identity.roles import ALLOWED, POWERFUL, Permission, Role
from rounds.exceptions import Refused


@login_required
@password_again_to_change
def roles(request: SignedInRequest, authority_slug: str) -> HttpResponse:
    """List an authority's roles and what each may do; on POST, grant one."""
    authority = authority_for(request.user, authority_slug, Permission.GRANT_ROLES)
    form = GrantForm(request.POST or None, authority=authority, language=current_language())
    if request.method == "POST" and form.is_valid():
        try:
            membership = services.grant_role(
                form.cleaned_data["account"],
                authority,
                Role(form.cleaned_data["role"]),
                department=form.cleaned_data["department"],
                actor=request.user,
                reason=form.cleaned_data["reason"],
            )
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(
                request,
                _("The role waits for a second administrator to confirm it.")
                if membership.is_pending
                else _("The role has been granted."),
            )
            return redirect("identity:roles", authority_slug)
    memberships = list(selectors.open_memberships(authority))
    services.note_views(
        request.user,
        (membership.account_id for membership in memberships),
        page="identity:roles",
        authority=authority,
    )
    context = {
        "authority": authority,
        "form": form,
        "memberships": memberships,
        "twins": selectors.suspected_twins({row.account_id: row.account for row in memberships}.values()),
        "powerful": POWERFUL,
        "permissions": [(role, sorted(ALLOWED[role], key=str)) for role in Role],
    }
    return render(request, "identity/roles.html", context, status=422 if form.errors else 200)


@login_required
@password_again_to_change
def role(request: SignedInRequest, authority_slug: str, membership_id: int) -> HttpResponse:
    """Show one role; on POST, end it, or ask that it be ended where that takes two people."""
    authority, membership = _membership(request, authority_slug, membership_id)
    form = EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            ended = services.end_or_ask(membership, actor=request.user, reason=form.cleaned_data["reason"])
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(
                request,
                _("The role has ended.")
                if ended
                else _("The role stays until a second administrator agrees to end it."),
            )
            return redirect("identity:roles", authority_slug)
    services.note_views(request.user, [membership.account], page="identity:role", authority=authority)
    context = {"authority": authority, "membership": membership, "form": form}
    return render(request, "identity/role.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
@password_again
def confirm(request: SignedInRequest, authority_slug: str, membership_id: int) -> HttpResponse:
    """Confirm, as the second person, that a powerful role comes into force."""
    _authority, membership = _membership(request, authority_slug, membership_id)
    try:
        services.confirm_role(membership, actor=request.user)
    except Refused as refusal:
        messages.error(request, refusal.messages[0])
    else:
        messages.success(request, _("The role is in force."))
    return redirect("identity:roles", authority_slug)


def _membership(request: SignedInRequest, authority_slug: str, membership_id: int) -> tuple[Any, Membership]:
    authority = authority_for(request.user, authority_slug, Permission.GRANT_ROLES)
    open_here = Membership.objects.open_in(authority).select_related("account", "department")
    return authority, get_object_or_404(open_here, pk=membership_id)
