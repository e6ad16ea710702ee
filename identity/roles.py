"""Permissions by role: the one table behind every permission check."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """The role of an account in an authority."""

    MODERATOR = "moderator", _("moderator")
    REVIEWER = "reviewer", _("reviewer")
    BUDGET_OFFICER = "budget_officer", _("budget officer")
    COUNCIL_STAFF = "council_staff", _("council staff")
    OBSERVER = "observer", _("observer")
    CLERK = "clerk", _("service-desk clerk")
    AUTHORITY_ADMIN = "authority_admin", _("authority administrator")


class Permission(TextChoices):
    """Permissions, as `<app>.<verb>_<noun>`: the string given to `has_perm`."""

    SCREEN = "moderation.screen_texts", _("screen proposals and comments")
    ASSIST = "proposals.assist_residents", _("submit proposals and comments on behalf of residents")
    REVIEW = "reviews.review_proposals", _("review proposals")
    DRAW_UP_BALLOT_STYLES = "voting.draw_up_ballot_paper", _("set up the ballot")
    CLOSE_VOTE = "voting.close_vote", _("close, count and certify a vote")
    ENTER_PAPER = "voting.enter_paper", _("enter paper ballots")
    EXPORT_ADOPTED = "reports.export_adopted", _("export the adopted projects")
    PUBLISH_REPORT = "reports.publish_report", _("publish a report")
    MANAGE_ROUND = "rounds.manage_round", _("set up rounds")
    VERIFY = "identity.verify_persons", _("verify people at the service desk")
    LOAD_REGISTER = "identity.load_register", _("load the residents' register")
    GRANT_ROLES = "identity.grant_roles", _("grant and end roles")
    SEE_VIEWS = "identity.see_views", _("see which officials viewed whose data")
    SEE_RECORD = "audit.see_record", _("read the audit log")
    SET_BRANDING = "rounds.set_branding", _("change the authority's name, colour and logo")
    SEE_ROLLUP = "reports.see_overview", _("see the figures of lower-level authorities")
    OBSERVE = "reports.observe_round", _("observe a round: statuses, counts and events, without people")


ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.MODERATOR: frozenset({Permission.SCREEN}),
    Role.REVIEWER: frozenset({Permission.REVIEW}),
    Role.BUDGET_OFFICER: frozenset(
        {
            Permission.DRAW_UP_BALLOT_STYLES,
            Permission.CLOSE_VOTE,
            Permission.EXPORT_ADOPTED,
            Permission.PUBLISH_REPORT,
            Permission.SEE_ROLLUP,
        }
    ),
    Role.COUNCIL_STAFF: frozenset(
        {Permission.EXPORT_ADOPTED, Permission.SEE_RECORD, Permission.SEE_ROLLUP, Permission.OBSERVE}
    ),
    Role.OBSERVER: frozenset({Permission.SEE_ROLLUP, Permission.OBSERVE}),
    Role.CLERK: frozenset({Permission.ENTER_PAPER, Permission.VERIFY, Permission.ASSIST}),
    Role.AUTHORITY_ADMIN: frozenset(
        {
            Permission.CLOSE_VOTE,
            Permission.MANAGE_ROUND,
            Permission.SET_BRANDING,
            Permission.VERIFY,
            Permission.LOAD_REGISTER,
            Permission.GRANT_ROLES,
            Permission.SEE_VIEWS,
            Permission.SEE_RECORD,
            Permission.PUBLISH_REPORT,
            Permission.SEE_ROLLUP,
            Permission.OBSERVE,
        }
    ),
}

# Granting or ending one of these takes two people.
POWERFUL = (Role.BUDGET_OFFICER, Role.AUTHORITY_ADMIN)

# Permissions of the platform's operator in any authority: give it its first administrator, nothing else.
OPERATOR = frozenset({Permission.GRANT_ROLES})


def roles_allowed(permission: str) -> list[Role]:
    """Return the roles that carry a permission, in the order of `Role`."""
    return [role for role in Role if permission in ALLOWED[role]]
