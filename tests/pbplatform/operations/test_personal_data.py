"""Personal data is declared once, with its table; file, erasure, retention and documents follow."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.test.utils import isolate_apps
from django.utils import timezone

from audit.models import Event
from core.personal_data import SOURCES, Part, PersonalDataSource, Term, own_rows, parts, register, terms
from core.web.pages import routes
from identity.models import Account, StaffView
from identity.services import erase, export_personal_data
from identity.verification.models import Person
from pbplatform.operations.retention import remove_due
from tests import factories

NOW = timezone.datetime(2027, 3, 1, 12, tzinfo=timezone.get_default_timezone())

# Columns that could hold personal data by their kind, and hold none, by the reason.
HOLD_NONE: dict[str, dict[str, str]] = {
    "the authority's own words about itself, its places and its rounds": {
        "authorities.Authority": (
            "slug name currency time_zone language contact platform_name accent logo_hash"
        ),
        "authorities.Category": "slug name",
        "authorities.Department": "slug name",
        "authorities.Logo": "png",
        "authorities.Reason": "text",
        "authorities.Track": "code text",
        "paper.PollingPlace": "name",
        "places.Area": "country code kind name path source",
        "polls.BallotStyle": "title max_per_category",
        "rounds.Round": "slug title summary notice currency time_zone proposal_prefix",
    },
    "settings and texts of the platform": {
        "auth.Group": "name",
        "auth.Permission": "name codename",
        "contenttypes.ContentType": "app_label model",
        "identity.KeyCheck": "name fingerprint",
        "identity.Policy": "changes text",
        "identity.SignInProvider": "slug name issuer client_id scope",
        "verification.VerificationRoute": (
            "slug name issuer client_id scope subject_claim acr_claim acr_assurance"
        ),
        "socialaccount.SocialApp": "provider provider_id name client_id secret key settings",
    },
    "the code of a reason, chosen from the authority's list": {
        "moderation.Decision": "reason",
        "proposals.Comment": "reason",
        "proposals.Proposal": "reason",
        "proposals.StatusChange": "reason",
    },
    "the code of a kind of proposal, from the authority's list": {"proposals.Proposal": "track"},
    "codes and figures of a count": {"proposals.Proposal": "finding", "proposals.StatusChange": "finding"},
    "a code of ours, chosen from a list in the source": {
        "audit.Event": "action subject_type",
        "audit.Outbox": "last_error",
        "identity.StaffView": "page",
        "notices.Delivery": "last_error",
        "socialaccount.SocialAccount": "provider",
    },
    "public, or a hash of what is public": {
        "audit.Seal": "digest",
        "ballots.CastEvent": "log_ref commitment",
        "ballots.Checkpoint": "root note public_key",
        "ballots.LogNode": "hash",
        "counting.Tally": "outcome input_hash",
        "polls.Poll": "rules rules_hash key_name key_check",
        "polls.Project": "code title summary",
        "polls.RuleSet": "seed",
        "proposals.Proposal": "code",
        "reports.Export": "sha256",
        "reports.Snapshot": "document sha256",
    },
    "a ballot after the count, which names nobody": {"ballots.FinalBallot": "ballot_ref choices"},
    "paper that names nobody": {
        "paper.TranscribedBallot": "sealed fingerprint note",
        "paper.BallotBatch": "reason",
    },
    "numbers of rows that break a rule": {"audit.Inspection": "results"},
    "an official's reason for an act that is about no participant": {
        "polls.Extension": "reason",
        "proposals.Milestone": "note",
        "proposals.Proposal": "referred_to",
        "reports.Snapshot": "correction",
    },
}

COULD_HOLD = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.BinaryField,
    models.FileField,
    models.GenericIPAddressField,
    models.UUIDField,
)


def _could_hold_personal_data(field: models.Field) -> bool:
    """Return whether it names a person, or is words or bytes.

    Words chosen from a list are for a source to add.

    Columns that end in `_by` name the official who acted: the file has that as `record`.
    """
    if field.is_relation:
        return field.related_model in (Account, Person) and not field.name.endswith("_by")
    return isinstance(field, COULD_HOLD) and not field.choices and not field.primary_key


def _declared() -> set[str]:
    return {f"{source.model._meta.label}.{name}" for source in SOURCES for name in source.columns}


def _hold_none() -> list[str]:
    return [
        f"{label}.{name}"
        for tables in HOLD_NONE.values()
        for label, names in tables.items()
        for name in names.split()
    ]


def test_every_column_that_could_hold_personal_data_is_in_a_source_or_said_to_hold_none():
    candidates = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.local_fields
        if _could_hold_personal_data(field)
    }

    unsaid = candidates - _declared() - set(_hold_none())

    assert sorted(unsaid) == [], "name it in <room>/personal_data.py, or above with the reason"


def test_no_column_is_said_to_hold_both_and_none_is_said_that_is_not_there():
    said = _hold_none()
    columns = {f"{model._meta.label}.{f.name}" for model in apps.get_models() for f in model._meta.fields}

    assert sorted(_declared() & set(said)) == []
    assert sorted(set(said) - columns) == []
    assert sorted(_declared() - columns) == []
    assert len(said) == len(set(said))


def test_each_part_of_the_file_is_made_by_one_source_and_each_source_that_names_one_names_one_of_them():
    made = [part.name for part in parts()]

    assert len(made) == len(set(made)) == len({part.order for part in parts()})
    assert {source.in_file for source in SOURCES} - {""} == set(made)


def test_each_page_that_a_source_names_is_one_of_officials_and_is_noted_where_it_is_shown():
    named = {page for source in SOURCES for page in source.pages}
    addresses = {route.name for route in routes()}
    noted = {
        page
        for folder in ("identity", "identity/verification", "moderation")
        for path in (settings.BASE_DIR / folder / "web").rglob("*.py")
        for page in re.findall(r'page="(\w+:\w+)"', path.read_text())
    }

    assert sorted(named - addresses) == []
    assert sorted(noted ^ named) == []


def test_the_documents_table_is_what_the_sources_say():
    page = (settings.BASE_DIR / "docs" / "privacy.md").read_text()
    table = page.split("| table | columns | why | part of the file | when the account is erased | until |\n")[
        1
    ]
    rows = table.split("\n\n")[0].splitlines()[1:]

    assert rows == [_row(source) for source in reversed(SOURCES)]


def _row(source: PersonalDataSource) -> str:
    cells = (
        f"`{source.model._meta.label}`",
        ", ".join(f"`{name}`" for name in source.columns),
        source.why,
        f"`{source.in_file}`" if source.in_file else "none",
        source.on_erasure,
        "; ".join(term.says for term in source.terms) or "no term",
    )
    return f"| {' | '.join(cells)} |"


@pytest.fixture
def postcard(db: None) -> Iterator[type[models.Model]]:
    """A table that no app has, with the source that is all there is to add."""
    with isolate_apps():

        class Postcard(models.Model):  # noqa: DJ008 (nobody prints it)
            account_id = models.BigIntegerField()
            greeting = models.TextField()
            sent_at = models.DateTimeField()

            class Meta:
                app_label = "tests"

        with connection.schema_editor() as editor:
            editor.create_model(Postcard)

        def remove_postcards(now):
            return Postcard.objects.filter(sent_at__lte=now - timedelta(days=10)).delete()[0]

        source = PersonalDataSource(
            model=Postcard,
            columns=("account_id", "greeting"),
            why="To greet.",
            on_erasure="deleted",
            part=Part(
                "postcards", 85, lambda account: own_rows(Postcard, "account_id", "greeting")(account.pk)
            ),
            erase=lambda account, _erasure: Postcard.objects.filter(account_id=account.pk).delete(),
            terms=(
                Term("Postcards", "%(days)s days after they are sent", timedelta(days=10), remove_postcards),
            ),
            pages={"identity:postcards": "rack of postcards"},
        )
        register([source])
        yield Postcard
        SOURCES.remove(source)


def test_the_file_of_ones_own_data_has_the_part_of_a_source_at_its_place(postcard):
    mine, other = factories.make_account(), factories.make_account()
    postcard.objects.create(account_id=mine.pk, greeting="Mine.", sent_at=NOW)
    postcard.objects.create(account_id=other.pk, greeting="Not mine.", sent_at=NOW)

    found = export_personal_data(mine)

    assert found["postcards"] == [{"greeting": "Mine."}]
    order = list(found)
    assert order[order.index("postcards") - 1 : order.index("postcards") + 2] == [
        "kept_as_hashes",
        "postcards",
        "codes_sent",
    ]


def test_erasure_reaches_the_rows_of_a_source_and_no_others(postcard):
    mine, other = factories.make_account(), factories.make_account()
    for account in (mine, other):
        postcard.objects.create(account_id=account.pk, greeting="Hello.", sent_at=NOW)

    erase(mine, withdraw_public=False)

    assert list(postcard.objects.values_list("account_id", flat=True)) == [other.pk]


def test_the_retention_job_removes_what_a_source_says_and_the_notice_shows_its_term(postcard, client):
    for days in (9, 10):
        postcard.objects.create(account_id=1, greeting=f"{days}", sent_at=NOW - timedelta(days=days))

    removed = remove_due(NOW)

    assert removed["remove_postcards"] == 1
    assert list(postcard.objects.values_list("greeting", flat=True)) == ["9"]
    assert "10 days after they are sent" in client.get("/privacy/").content.decode()


def test_the_list_of_who_looked_names_the_page_of_a_source(postcard):
    assert StaffView(page="identity:postcards").page_name == "rack of postcards"
    assert StaffView(page="identity:unknown").page_name == "identity:unknown"


def test_what_a_source_does_before_the_erasure_stays_done_though_the_erasure_fails(db):
    done = []
    source = PersonalDataSource(
        model=Event,
        columns=(),
        why="",
        on_erasure="",
        before_erasure=lambda account: done.append(account.pk),
        erase=lambda account, erasure: 1 / 0,
    )
    account = factories.make_account()
    register([source])
    try:
        with pytest.raises(ZeroDivisionError):
            erase(account, withdraw_public=False)
    finally:
        SOURCES.remove(source)

    account.refresh_from_db()
    assert (done, account.erased_at) == ([account.pk], None)


def test_terms_that_a_task_keeps_say_their_days_and_the_others_say_what_ends_them():
    for term in terms():
        assert (term.after is None) == (term.remove is None)
        assert "%(" not in term.says
