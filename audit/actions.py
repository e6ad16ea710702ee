"""The names of everything that is recorded. Each is explained in `docs/audit.md`."""

from django.db.models import TextChoices


class Action(TextChoices):
    """`<app>.<noun>_<past participle>`; a released name is never renamed or reused."""

    AREA_ADDED = "rounds.area_added"
    AUTHORITY_FOUNDED = "rounds.authority_founded"
    ROUND_CREATED = "rounds.round_created"
    ROUND_PUBLISHED = "rounds.round_published"
    PHASE_RESCHEDULED = "rounds.phase_rescheduled"

    ACCOUNT_REGISTERED = "identity.account_registered"
    ACCOUNT_SET_UP = "identity.account_set_up"
    PERSON_VERIFIED = "identity.person_verified"
    PERSONS_LOADED = "identity.persons_loaded"
    ROLE_GRANTED = "identity.role_granted"
    ROLE_CONFIRMED = "identity.role_confirmed"
    ROLE_END_ASKED = "identity.role_end_asked"
    ROLE_ENDED = "identity.role_ended"

    PROPOSALS_LOADED = "proposals.proposals_loaded"
    PROPOSAL_DRAFTED = "proposals.proposal_drafted"
    PROPOSAL_REVISED = "proposals.proposal_revised"
    PROPOSAL_SUBMITTED = "proposals.proposal_submitted"
    PROPOSAL_PUBLISHED = "proposals.proposal_published"
    PROPOSAL_SENT_BACK = "proposals.proposal_sent_back"
    PROPOSAL_WITHDRAWN = "proposals.proposal_withdrawn"
    PROPOSAL_FOUND_FEASIBLE = "proposals.proposal_found_feasible"
    PROPOSAL_FOUND_INELIGIBLE = "proposals.proposal_found_ineligible"
    PROPOSAL_REFERRED = "proposals.proposal_referred"
    PROPOSAL_MERGED = "proposals.proposal_merged"
    PROPOSAL_PUT_ON_BALLOT = "proposals.proposal_put_on_ballot"
    PROPOSAL_ADOPTED = "proposals.proposal_adopted"
    PROPOSAL_NOT_ADOPTED = "proposals.proposal_not_adopted"
    PROPOSAL_SUPPORTED = "proposals.proposal_supported"
    PROPOSAL_UNSUPPORTED = "proposals.proposal_unsupported"
    REVIEW_ASSIGNED = "proposals.review_assigned"
    PROGRESS_REPORTED = "proposals.progress_reported"
    COMMENT_POSTED = "proposals.comment_posted"
    COMMENT_PUBLISHED = "proposals.comment_published"
    COMMENT_REJECTED = "proposals.comment_rejected"

    REPORT_PUBLISHED = "reports.report_published"
    ADOPTED_EXPORTED = "reports.adopted_exported"

    CASE_OPENED = "moderation.case_opened"
    CASE_CLAIMED = "moderation.case_claimed"
    CASE_RELEASED = "moderation.case_released"
    CASE_DECIDED = "moderation.case_decided"
    CASE_LAPSED = "moderation.case_lapsed"

    NOTICE_ANNOUNCED = "notices.notice_announced"
    NOTICE_DELIVERED = "notices.notice_delivered"
    NOTICE_FAILED = "notices.notice_failed"
