"""Fields that an author fills in are one list: each place that handles a text knows every field of it."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import Client

from identity.models import Account
from identity.services import export_personal_data
from moderation import services as moderation
from moderation.selectors import text_of
from proposals import selectors, services
from proposals.models import TEXT_FIELDS, WORDS, Fields, Proposal, ProposalText, Revision
from proposals.web.drafts import typed_before
from proposals.web.forms import ProposalForm
from rounds.models import Phase, Round
from tests.factories import make_category, make_round, set_phase

pytestmark = pytest.mark.django_db

# Something to recognise each field by; a new field is filled in here.
FILLED_IN: dict[str, Any] = {
    "title": "A bench by the pond",
    "body": "There is nowhere to sit. A bench in the shade would help.",
    "requested_cost_minor": 1_234_567,
    "language": "en",
}


@pytest.fixture
def pending(round: Round, author: Account) -> Proposal:
    """A complete text that waits to be screened."""
    set_phase(round, Phase.Kind.SUBMISSION)
    category = make_category(round.authority, slug="ponds", name={"en": "Ponds"})
    place = selectors.places(round)[0]
    draft = services.save_draft(round, author=author, category=category, area=place, **FILLED_IN)  # type: ignore[misc]  # by name
    return services.submit(draft, actor=author)


def _missing(names: Sequence[str], places: dict[str, set[str]]) -> dict[str, list[str]]:
    """Return the fields that each place lacks, places without a gap left out."""
    found = {place: [name for name in names if name not in known] for place, known in places.items()}
    return {place: gaps for place, gaps in found.items() if gaps}


def _named_in(*templates: str) -> set[str]:
    source = "".join((settings.BASE_DIR / "templates" / name).read_text() for name in templates)
    return {name for name in (*TEXT_FIELDS, "wheelchairs") if f".{name}" in source}


def _columns(model: type[ProposalText]) -> set[str]:
    return {field.name for field in model._meta.get_fields()}


def _guarded() -> set[str]:
    """Return the fields that the trigger on revisions lets nobody change."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_functiondef(tgfoid) FROM pg_trigger"
            " WHERE tgrelid = 'proposals_revision'::regclass AND NOT tgisinternal AND tgtype & 16 > 0"
        )
        source = " ".join(row[0] for row in cursor.fetchall())
    columns = {field.name: field.column for field in Revision._meta.concrete_fields}
    return {name for name, column in columns.items() if f"NEW.{column}" in source or "to_jsonb" in source}


def _places(proposal: Proposal, client: Client) -> dict[str, set[str]]:
    assert proposal.author is not None
    form = ProposalForm(round=proposal.round, categories=[], areas=[])
    exported = export_personal_data(proposal.author)["proposals"][0]
    keys = {key: name for name, key in ProposalText.KEYS.items()}
    asked = "proposals/_asked_for.html"
    told = client.get(f"/api/v1/rounds/here/here-2026/proposals/{proposal.code}/").json()
    return {
        "Proposal": _columns(Proposal),
        "Revision": _columns(Revision),
        "guard of revisions": _guarded(),
        "Fields": set(Fields.__annotations__),
        "form": set(form.fields),
        "form opened again": set(typed_before(proposal)),
        "preview": _named_in("proposals/preview.html", asked),
        "page": _named_in("proposals/detail.html", asked),
        "review": _named_in("reviews/review.html", asked),
        "screening": _named_in("moderation/case.html", asked) | set(WORDS),
        "export": {keys.get(key, key) for key in exported},
        "export of revisions": {keys.get(key, key) for key in exported["revisions"][0]},
        "API": set(told) | {f"{key}_minor" for key in told},
    }


def test_every_place_that_handles_a_text_knows_every_field(pending: Proposal, client: Client):
    places = _places(services.publish(pending, actor=None), client)

    assert _missing(TEXT_FIELDS, places) == {}
    assert _missing((*TEXT_FIELDS, "wheelchairs"), places) == {place: ["wheelchairs"] for place in places}


def test_the_form_asks_in_the_order_of_the_list():
    form = ProposalForm(round=make_round(), categories=[], areas=[])

    assert tuple(name for name in form.fields if name in TEXT_FIELDS) == TEXT_FIELDS


def test_a_revision_holds_every_field_as_it_was_handed_in(pending: Proposal):
    kept = pending.revisions.get().text()

    assert kept == pending.text()
    assert [name for name, value in kept.items() if not value] == []


@pytest.mark.parametrize("lacking", ["category_id", "requested_cost_minor"])
def test_the_database_refuses_a_revision_that_no_submission_could_have(pending: Proposal, lacking: str):
    text = pending.text() | {lacking: None}

    with pytest.raises(IntegrityError, match="proposals_revision_is_complete"), transaction.atomic():
        Revision.objects.create(proposal=pending, version=9, saved_at=pending.saved_at, **text)


def test_every_word_is_screened_and_found_by_a_search(pending: Proposal):
    case = moderation.open_case(pending)
    pending.refresh_from_db()

    assert case is not None
    for name in WORDS:
        assert FILLED_IN[name] in text_of(case), name
        assert FILLED_IN[name].lower() in pending.search_text, name


def test_every_word_that_was_never_public_goes_with_its_author(pending: Proposal, author: Account):
    services.erase_texts(author, withdraw_public=False)
    pending.refresh_from_db()

    assert {name: getattr(pending, name) for name in WORDS} == dict.fromkeys(WORDS, "")
    assert {name: getattr(pending.revisions.get(), name) for name in WORDS} == dict.fromkeys(WORDS, "")


@pytest.mark.parametrize("name", [name for name in TEXT_FIELDS if name not in ProposalText.OPTIONAL])
def test_a_text_that_lacks_a_field_is_not_complete(pending: Proposal, name: str):
    assert pending.is_complete

    field = Proposal._meta.get_field(name)
    setattr(pending, name, None if field.null else " ")

    assert not pending.is_complete


def test_a_public_text_that_was_changed_unscreened_comes_back_whole(pending: Proposal, author: Account):
    services.publish(pending, actor=None)
    published = Proposal.objects.get(pk=pending.pk).text()
    services.send_back(pending, actor=None, reason="unclear", explanation="Say at which of the ponds.")
    services.save_draft(
        pending.round, author=author, proposal=pending, title="Two benches", requested_cost_minor=9_999_999
    )

    services.erase_texts(author, withdraw_public=False)

    assert Proposal.objects.get(pk=pending.pk).text() == published
