"""After an account is erased, words that were never public go, from revisions too; public ones stay."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from identity.services import erase
from proposals import services
from proposals.lifecycle import State
from proposals.models import Comment, Proposal, Revision
from tests import factories
from tests.identity.dump import text_of_every_table


@pytest.fixture
def round(db):
    return factories.make_round()


@pytest.fixture
def author(round):
    return factories.make_resident(round.authority)


def _submit(round, author, body, proposal=None):
    fields = {} if proposal else {"category": factories.make_category(round.authority), "title": "A bench"}
    fields |= {} if proposal else {"requested_cost_minor": 1_000_000, "language": "en"}
    draft = services.save_draft(round, author=author, proposal=proposal, body=body, **fields)
    return services.submit(draft, actor=author)


def _send_back(proposal):
    services.send_back(proposal, actor=None, reason="personal_data", explanation="Leave out phone numbers.")


def _erase(author, *, withdraw_public=False):
    erase(author, withdraw_public=withdraw_public)


@pytest.mark.parametrize("is_sent_back", [False, True])
def test_t62_a_text_that_was_never_public_goes_with_its_revisions(round, author, is_sent_back):
    proposal = _submit(round, author, "My own garden needs CANARY water.")
    if is_sent_back:
        _send_back(proposal)
    assert "CANARY" in text_of_every_table()

    _erase(author)

    assert "CANARY" not in text_of_every_table()
    proposal.refresh_from_db()
    (revision,) = proposal.revisions.all()
    assert (proposal.state, proposal.title, proposal.code is not None) == (State.WITHDRAWN, "", True)
    assert (revision.title, revision.body, revision.version) == ("", "", 1)
    assert revision.erased_at is not None


def test_t62_a_public_text_keeps_the_revision_that_was_public_and_loses_the_one_that_was_sent_back(
    round, author
):
    proposal = _submit(round, author, "Call CANARY at 010-1234-5678.")
    _send_back(proposal)
    proposal = _submit(round, author, "A bench under the trees.", proposal)
    services.publish(proposal, actor=None)

    _erase(author)

    assert "CANARY" not in text_of_every_table()
    kept = [(row.version, row.body, row.erased_at is None) for row in proposal.revisions.all()]
    assert kept == [(1, "", False), (2, "A bench under the trees.", True)]
    proposal.refresh_from_db()
    assert (proposal.state, proposal.body) == (State.PUBLISHED, "A bench under the trees.")
    assert proposal.public_name == "former participant"


def test_t62_words_changed_after_a_publication_and_never_screened_go_and_the_public_ones_come_back(
    round, author
):
    proposal = _submit(round, author, "A bench under the trees.")
    services.publish(proposal, actor=None)
    services.send_back(proposal, actor=None, reason="unclear", explanation="Say under which trees it is.")
    services.save_draft(round, author=author, proposal=proposal, body="CANARY knows which trees.")

    _erase(author)

    proposal.refresh_from_db()
    assert "CANARY" not in text_of_every_table()
    assert (proposal.state, proposal.body) == (State.WITHDRAWN, "A bench under the trees.")


def test_t62_a_refused_comment_loses_its_words_and_a_published_one_keeps_them(round, author):
    proposal = factories.make_proposal(round)
    refused = factories.make_comment(proposal, author=author, text="CANARY one")
    services.reject_comment(
        refused, actor=None, reason="abuse", explanation="It insults a neighbour by name."
    )
    published = factories.make_comment(proposal, author=author, text="A good idea.", state="published")
    others = factories.make_comment(
        proposal,
        text="Somebody else's.",
        state="rejected",
        reason="abuse",
        explanation="It insults somebody.",
    )

    _erase(author)

    assert "CANARY" not in text_of_every_table()
    words = {row.pk: row.text for row in Comment.objects.all()}
    assert words == {refused.pk: "…", published.pk: "A good idea.", others.pk: "Somebody else's."}


def test_nobody_elses_texts_and_none_of_a_record_are_touched(round, author):
    neighbour = factories.make_resident(round.authority)
    theirs = _submit(round, neighbour, "Theirs.")
    loaded = factories.make_proposal(round, author=author, state=State.PUBLISHED, body="From a record.")

    _erase(author)

    theirs.refresh_from_db()
    loaded.refresh_from_db()
    assert (theirs.state, theirs.body, theirs.revisions.get().body) == (State.PENDING, "Theirs.", "Theirs.")
    assert (loaded.state, loaded.body) == (State.PUBLISHED, "From a record.")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE proposals_revision SET body = 'other'",
        "UPDATE proposals_revision SET title = '', body = ''",
        "UPDATE proposals_revision SET title = '', body = '', erased_at = now(), version = 9",
        "UPDATE proposals_revision SET title = '', body = '', erased_at = now(), requested_cost_minor = 1",
        "UPDATE proposals_revision SET erased_at = now()",
        "DELETE FROM proposals_revision",
    ],
)
def test_the_database_lets_words_be_erased_and_nothing_else_of_a_revision_be_changed(round, author, sql):
    _submit(round, author, "A bench under the trees.")

    refused = pytest.raises(DatabaseError, match="append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)

    now = timezone.now()
    assert Revision.objects.update(title="", body="", erased_at=now) == 1
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Revision.objects.update(erased_at=timezone.now())
    assert Proposal.objects.get().body == "A bench under the trees."
