"""Rules of single tables that no service would break: the database refuses the row by itself."""

import secrets
import uuid
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from tests.voting.votes import triggers_asleep

pytestmark = pytest.mark.django_db

_HASH = b"h" * 32
_NOW = timezone.now()
_NAME = uuid.uuid4()

# By data type: something for a column that has to have something.
_ANY = {
    "bytea": lambda: secrets.token_bytes(32),
    "boolean": lambda: False,
    "date": lambda: _NOW.date(),
    "jsonb": lambda: "{}",
    "timestamp with time zone": lambda: _NOW,
    "uuid": uuid.uuid4,
    "character varying": lambda: "x",
    "text": lambda: "x",
}


def _insert(table: str, values: dict[str, Any]) -> None:
    """Put in a row with these values, and with anything where a column must not be empty."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s"
            " AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'",
            [table],
        )
        row = {name: _ANY.get(kind, lambda: 1)() for name, kind in cursor.fetchall()} | values
        places = ", ".join(["%s"] * len(row))
        cursor.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", list(row.values()))


_ROLE = {
    "role": "moderator",
    "granted_by_id": None,
    "department_id": None,
    "grant_reason": "x",
    "end_reason": "",
}
_BATCH = {"residency": "resident", "state": "declared", "declared": 3, "reason": ""}
_KEYED = {"invalid": "", "note": "", "data_entry": 1, "sequence": 1}
_POLL = {
    "round_id": 1,
    "state": "frozen",
    "rules": "x",
    # SHA-256 of “x”.
    "rules_hash": bytes.fromhex("2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"),
    "frozen_at": _NOW,
    "key_name": _NAME,
    "key_check": _HASH,
    "receipt_mode": "open",
}
_ROUTE = {"method": "provider", "slug": "s", "assurance": 2, "issuer": "https://x", "client_id": "x"}
_POLICY = {"kind": "terms", "number": 7, "changes": '{"en": "x"}'}
_RULES = {"rule": "greedy", "utility": "cost"}
_PERSON = {"residency": "resident", "area_id": 1, "assurance": 2}

# The table, a sound row, the change that makes another row wrong, and the rule that says so.
CASES = [
    ("identity_account", {"email": "a"}, {}, "identity_account_email_key"),
    (
        "identity_account",
        {"email": "a"},
        {"email": "b", "erased_at": _NOW, "is_active": True},
        "identity_account_erased_is_closed_and_nameless",
    ),
    ("identity_account_groups", {}, {}, "identity_account_groups_account_id_group_id"),
    ("identity_account_user_permissions", {}, {}, "identity_account_user_pe_account_id_permission_id"),
    (
        "verification_challenge",
        {"account_id": 1},
        {"account_id": None, "network_hmac": None},
        "verification_challenge_of_an_account_or_a_visitor",
    ),
    ("identity_consent", {"account_id": 1}, {}, "identity_consent_of_account_once"),
    ("identity_consent", {"visitor": _NAME}, {}, "identity_consent_of_visitor_once"),
    (
        "verification_identity",
        {"kind": "phone", "person_id": _NAME},
        {},
        "verification_identity_one_of_each_kind",
    ),
    ("identity_keycheck", {}, {}, "identity_keycheck_name_key"),
    (
        "identity_membership",
        _ROLE,
        {"account_id": 2, "role": "reviewer"},
        "identity_membership_reviewers_have_a_department",
    ),
    (
        "identity_membership",
        _ROLE,
        {"account_id": 2, "end_asked_at": _NOW},
        "identity_membership_end_asked_with_a_reason",
    ),
    ("identity_membership", _ROLE, {}, "identity_membership_held_once"),
    ("polls_ruleset", _RULES, {"round_id": 2, "seed": ""}, "polls_ruleset_has_a_seed"),
    ("polls_ruleset", _RULES, {}, "polls_ruleset_round_id_key"),
    (
        "paper_transcribedballot",
        _KEYED,
        {"sequence": 2, "data_entry": 3},
        "paper_transcribedballot_first_or_second",
    ),
    ("paper_transcribedballot", _KEYED, {}, "paper_transcribedballot_once_an_entry"),
    ("paper_transcribedballot", _KEYED, {"sequence": 0}, "paper_transcribedballot_sequence_is_positive"),
    ("verification_person", _PERSON, {"assurance": 4}, "verification_person_assurance_is_known"),
    ("verification_person", _PERSON, {"area_id": None}, "verification_person_from_here_has_an_area"),
    ("identity_policy", _POLICY, {"number": 8, "changes": "{}"}, "identity_policy_later_says_what_changed"),
    ("identity_policy", _POLICY, {"number": 0}, "identity_policy_numbered_from_one"),
    ("identity_policy", _POLICY, {}, "identity_policy_numbered_once"),
    ("verification_registerentry", {"hmac": _HASH}, {}, "verification_register_entry_once"),
    ("verification_registerentry", {"letter_hmac": _HASH}, {}, "verification_registerentry_letter_hmac_key"),
    ("identity_signinprovider", {}, {"slug": "y", "issuer": ""}, "identity_signinprovider_is_named"),
    ("identity_signinprovider", {}, {}, "identity_signinprovider_slug_key"),
    (
        "identity_staffview",
        {"viewer_id": 1, "subject_id": 2},
        {"viewer_id": 2},
        "identity_staffview_is_of_somebody_else",
    ),
    (
        "verification_verificationappeal",
        {"answer": ""},
        {"account_id": 2, "answered_at": _NOW, "answered_by_id": 3},
        "verification_appeal_answered_with_a_reason",
    ),
    (
        "verification_verificationappeal",
        {"answer": ""},
        {"account_id": 2, "answered_at": _NOW, "answered_by_id": 2, "answer": "x"},
        "verification_appeal_not_answered_by_oneself",
    ),
    ("verification_verificationappeal", {"answer": ""}, {}, "verification_appeal_one_open"),
    (
        "verification_verificationroute",
        _ROUTE,
        {"slug": "t", "assurance": 4},
        "verification_route_assurance_is_known",
    ),
    ("verification_verificationroute", _ROUTE, {}, "verification_route_one_per_method"),
    (
        "verification_verificationroute",
        _ROUTE,
        {"slug": "t", "issuer": ""},
        "verification_route_provider_is_named",
    ),
    ("ballots_castevent", {"kind": "cast"}, {"leaf_index": -1}, "ballots_castevent_leaf_is_not_negative"),
    ("ballots_finalballot", {"ballot_ref": b"r" * 16}, {}, "ballots_finalballot_pkey"),
    (
        "ballots_finalballot",
        {"ballot_ref": b"r" * 16},
        {"ballot_ref": b"r" * 15},
        "ballots_finalballot_ref_is_16_bytes",
    ),
    (
        "paper_ballotbatch",
        _BATCH,
        {"number": 2, "state": "agreed"},
        "paper_ballotbatch_agreed_is_entered_twice",
    ),
    (
        "paper_ballotbatch",
        _BATCH,
        {"number": 2, "residency": "affiliate"},
        "paper_ballotbatch_is_inside_or_outside",
    ),
    ("paper_ballotbatch", _BATCH, {"number": 2, "declared": 0}, "paper_ballotbatch_is_not_empty"),
    (
        "paper_ballotbatch",
        _BATCH,
        {"number": 2, "entered_by_id": 1, "first_entry_count": 2},
        "paper_ballotbatch_entered_as_declared",
    ),
    (
        "paper_ballotbatch",
        _BATCH,
        {
            "number": 2,
            "state": "agreed",
            "entered_by_id": 1,
            "second_by_id": 2,
            "first_entry_count": 3,
            "second_entry_count": 2,
        },
        "paper_ballotbatch_entries_agree",
    ),
    ("paper_ballotbatch", _BATCH, {}, "paper_ballotbatch_one_per_number"),
    ("paper_ballotbatch", _BATCH, {"number": 2, "second_by_id": 2}, "paper_ballotbatch_second_comes_second"),
    (
        "paper_pollingplace",
        {},
        {"name": "y", "settled_at": _NOW},
        "paper_pollingplace_is_settled_by_somebody",
    ),
    (
        "polls_poll",
        _POLL,
        {"round_id": 2, "key_name": uuid.uuid4(), "state": "closed"},
        "polls_poll_closed_has_a_time",
    ),
    (
        "polls_poll",
        _POLL,
        {"round_id": 2, "key_name": uuid.uuid4(), "key_check": b"x"},
        "polls_poll_key_check_is_32_bytes",
    ),
    ("polls_poll", _POLL, {"round_id": 2}, "polls_poll_key_name_key"),
    (
        "polls_poll",
        _POLL,
        {"round_id": 2, "key_name": uuid.uuid4(), "state": "closed", "closed_at": _NOW, "is_loading": True},
        "polls_poll_loads_only_while_frozen",
    ),
    (
        "polls_poll",
        _POLL,
        {"round_id": 2, "key_name": uuid.uuid4(), "rules_hash": b"x"},
        "polls_poll_rules_hash_is_32_bytes",
    ),
    ("polls_project", {}, {"number": 2, "proposal_id": 2}, "polls_project_one_per_code"),
    ("polls_project", {}, {"number": 2, "code": "y"}, "polls_project_proposal_id_key"),
]


@pytest.mark.parametrize(("table", "sound", "wrong", "rule"), CASES, ids=[f"{case[3]}" for case in CASES])
def test_the_database_refuses_a_row_against_the_rules_of_its_table(table, sound, wrong, rule):
    # Triggers and foreign keys sleep, so that the one rule alone can say no.
    with triggers_asleep():
        _insert(table, sound)
        with pytest.raises(IntegrityError, match=rule), transaction.atomic():
            _insert(table, sound | wrong)


# Other tables refer to some of them, and would be emptied with them.
NEVER_EMPTIED = (
    "polls_approval",
    "ballots_ballotbox",
    "polls_ballotstyle",
    "ballots_castevent",
    "ballots_checkpoint",
    "polls_extension",
    "ballots_finalballot",
    "paper_transcribedballot",
    "ballots_lognode",
    "paper_ballotbatch",
    "paper_pollingplace",
    "polls_poll",
    "polls_project",
    "counting_tally",
    "paper_cancelledcheckin",
)


@pytest.mark.parametrize("table", NEVER_EMPTIED)
def test_no_table_of_a_vote_is_emptied(table):
    with (
        pytest.raises(DatabaseError, match=f"TRUNCATE of {table} is refused"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"TRUNCATE {table} CASCADE")
