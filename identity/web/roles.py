"""Roles in an authority."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from authorities.models import Authority
from core.exceptions import Refused
from core.i18n import current_language
from core.web.forms import form_page, is_sent, refusals_on
from identity import selectors, services
from identity.models import Membership
from identity.pages import DeskEntry, SignedInAuthorityRequest, desk_page
from identity.requests import password_again, password_again_to_change
from identity.roles import ALLOWED, POWERFUL, Permission, Role
from identity.web.forms import EndForm, GrantForm


@desk_page(
    Permission.GRANT_ROLES,
    methods=["GET", "POST"],
    entry=DeskEntry(
        title=gettext_lazy("Roles"), says=gettext_lazy("Who can do what in this authority."), order=30
    ),
)
@password_again_to_change
def roles(request: SignedInAuthorityRequest) -> HttpResponse:
    """List an authority's roles and what each may do; on POST, grant one."""
    authority = request.authority
    form = GrantForm(request.POST or None, authority=authority, language=current_language())
    if is_sent(request, form):
        with refusals_on(form):
            membership = services.grant_role(
                form.cleaned_data["account"],
                authority,
                Role(form.cleaned_data["role"]),
                department=form.cleaned_data["department"],
                actor=request.user,
                reason=form.cleaned_data["reason"],
            )
            messages.success(
                request,
                _("The role takes effect when a second administrator confirms it.")
                if membership.is_pending
                else _("The role has been granted."),
            )
            return redirect("identity:roles", authority.slug)
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
    return form_page(request, "identity/roles.html", context)


@desk_page(Permission.GRANT_ROLES, methods=["GET", "POST"])
@password_again_to_change
def role(request: SignedInAuthorityRequest, membership_id: int) -> HttpResponse:
    """Show one role; on POST, end it, or request its end if that needs two people."""
    authority, membership = request.authority, _membership(request.authority, membership_id)
    form = EndForm(request.POST or None)
    if is_sent(request, form):
        with refusals_on(form):
            ended = services.end_or_ask(membership, actor=request.user, reason=form.cleaned_data["reason"])
            messages.success(
                request,
                _("The role has ended.")
                if ended
                else _("The role stays until a second administrator agrees to end it."),
            )
            return redirect("identity:roles", authority.slug)
    services.note_views(request.user, [membership.account], page="identity:role", authority=authority)
    context = {"authority": authority, "membership": membership, "form": form}
    return form_page(request, "identity/role.html", context)


@desk_page(Permission.GRANT_ROLES, methods=["POST"])
@password_again
def confirm(request: SignedInAuthorityRequest, membership_id: int) -> HttpResponse:
    """Confirm, as the second person, that a powerful role comes into force."""
    membership = _membership(request.authority, membership_id)
    try:
        services.confirm_role(membership, actor=request.user)
    except Refused as refusal:
        messages.error(request, refusal.messages[0])
    else:
        messages.success(request, _("The role is now active."))
    return redirect("identity:roles", request.authority.slug)


def _membership(authority: Authority, membership_id: int) -> Membership:
    open_here = Membership.objects.open_in(authority).select_related("account", "department")
    return get_object_or_404(open_here, pk=membership_id)
