"""The voter's pages, through the client: choose, review, cast, read back."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from identity.selectors import policies_in_force
from identity.services import agree
from tests.factories import make_account, make_resident
from tests.voting.pages import add, cast, code_on, url
from tests.voting.votes import cast_by, codes, end_voting, make_vote, triggers_asleep, voter_of
from voting.ballots import sealing as ballots_sealing
from voting.ballots.models import BallotBox, CastEvent
from voting.ballots.selectors import stored_ballot
from voting.ballots.services import Envelope, casting
from voting.polls import choices as polls_choices

pytestmark = pytest.mark.django_db


def test_a_visitor_chooses_first_signs_in_later_and_casts_without_script(client, round, resident):
    first, second, third = codes(round)

    page = client.get(url("ballot", round))
    answer = add(client, round, second, third)
    anonymous = client.get(url("review", round)).content.decode()
    client.force_login(resident)
    review = client.get(url("review", round)).content.decode()
    code = code_on(review)
    stored = cast(client, round, *re.findall(r'name="choice-1" value="([^"]+)"', review), code=code)

    assert page.status_code == 200
    assert all(project in page.content.decode() for project in (first, second, third))
    assert answer.status_code == 302
    assert "Sign in and cast" in anonymous
    assert stored.status_code == 200
    shown = stored.content.decode()
    assert "Your ballot is in the box" in shown
    assert code in shown
    voter = voter_of(round, resident)
    assert stored_ballot(round, voter.key, voter.tag).choices == {1: sorted([second, third])}


@pytest.mark.parametrize("language", ["ko", "th", "vi", "en"])
def test_the_answer_taken_into_a_page_is_that_part_of_the_whole_page(client, round, resident, language):
    _, second, third = codes(round)
    client.force_login(resident)
    post = {
        "choice-1": [second, third],
        "receipt_code": ballots_sealing.show_code(ballots_sealing.new_code()),
    }

    part = client.post(
        url("review", round), post, headers={"HX-Request": "true", "Accept-Language": language}
    )
    whole = client.post(url("review", round), post, headers={"Accept-Language": language})

    assert (part.status_code, whole.status_code) == (200, 200)
    taken = part.content.decode().strip()
    assert taken.startswith('<div class="pb-narrow" data-ballot-cast')
    assert post["receipt_code"] in taken
    assert taken in whole.content.decode()
    assert "<html" not in taken
    assert part["Content-Language"] == language


def test_nothing_is_cast_by_choosing(client, round, resident):
    client.force_login(resident)

    add(client, round, *codes(round))

    assert (BallotBox.objects.count(), CastEvent.objects.count()) == (0, 0)


def test_the_basket_survives_signing_in_and_is_unreadable_in_the_database(client, round, resident):
    first, *_ = codes(round)
    add(client, round, first)
    client.force_login(resident)

    page = client.get(url("review", round)).content.decode()

    assert f'name="choice-1" value="{first}"' in page
    assert first not in str(dict(client.session.items()))


def test_over_budget_is_said_before_and_refused_at_submitting_with_nothing_lost(client, round, resident):
    first, second, _ = codes(round)
    client.force_login(resident)
    add(client, round, first, second)

    list_page = client.get(url("ballot", round)).content.decode()
    review = client.get(url("review", round)).content.decode()
    refused = cast(client, round, first, second)

    assert "Over budget by ₩200" in list_page
    assert "Your projects cost ₩900 together" in review
    assert 'id="cast"' not in review
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "Your projects cost ₩900 together" in page
    assert f"line-{first}" in page
    assert f"line-{second}" in page
    assert BallotBox.objects.count() == 0
    assert f"line-{first}" in client.get(url("review", round)).content.decode()


def test_a_ballot_is_changed_until_the_close(client, round, resident):
    first, second, _ = codes(round)
    client.force_login(resident)

    one = cast(client, round, first)
    two = cast(client, round, second)
    mine = client.get(url("mine", round)).content.decode()

    assert (one.status_code, two.status_code) == (200, 200)
    assert "It replaces the one you cast before" in two.content.decode()
    assert f"line-{second}" in mine
    assert f"line-{first}" not in mine
    assert BallotBox.objects.get().revision == 2


def test_f02_the_same_post_again_gets_the_same_receipt(client, round, resident):
    first, *_ = codes(round)
    client.force_login(resident)
    code = ballots_sealing.show_code(ballots_sealing.new_code())

    def promise(answer) -> str:
        return re.search(r"Ed25519 signature: ([0-9a-f]{128})", answer.content.decode())[1]

    one, two = cast(client, round, first, code=code), cast(client, round, first, code=code)

    assert promise(one) == promise(two)
    assert BallotBox.objects.get().revision == 1


def test_t03_the_same_code_with_other_choices_is_a_conflict(client, round, resident):
    first, second, _ = codes(round)
    client.force_login(resident)
    code = ballots_sealing.show_code(ballots_sealing.new_code())
    cast(client, round, first, code=code)

    answer = cast(client, round, second, code=code)

    assert answer.status_code == 409
    assert "This receipt code was used before" in answer.content.decode()
    assert code_on(answer.content.decode()) != code
    voter = voter_of(round, resident)
    assert stored_ballot(round, voter.key, voter.tag).choices == {1: [first]}


def test_t04_a_captured_post_of_somebody_else_says_nothing_about_whose_it_is(client, round, resident):
    first, *_ = codes(round)
    client.force_login(resident)
    code = ballots_sealing.show_code(ballots_sealing.new_code())
    cast(client, round, first, code=code)
    thief = Client()
    thief.force_login(make_resident(round.authority))

    answer = cast(thief, round, first, code=code)

    assert answer.status_code == 409
    assert BallotBox.objects.count() == 1


def test_a_code_made_in_the_browser_never_reaches_the_server(client, round, resident):
    first, *_ = codes(round)
    client.force_login(resident)
    text = polls_choices.canonical({1: [first]})
    envelope = Envelope.of(ballots_sealing.new_code(), round.slug, bytes(round.poll.rules_hash), text)

    answer = client.post(
        url("review", round),
        {
            "choice-1": first,
            "log_ref": envelope.references.log_ref.hex(),
            "ballot_ref": envelope.references.ballot_ref.hex(),
            "nonce": envelope.references.nonce.hex(),
            "commitment": envelope.commitment.hex(),
        },
    )

    assert answer.status_code == 200
    assert "The code is in the browser you voted with" in answer.content.decode()
    assert bytes(CastEvent.objects.get().log_ref) == envelope.references.log_ref


def test_t09_what_no_page_sends_is_refused_and_stores_nothing(client, round, resident):
    first, *_ = codes(round)
    other = codes(make_vote())[0]
    client.force_login(resident)
    code = ballots_sealing.show_code(ballots_sealing.new_code())

    def post(**fields: object) -> int:
        return client.post(url("review", round), {"receipt_code": code, **fields}).status_code

    for values in (
        ["-1"],
        ["1.5"],
        ["null"],
        [other],
        [first, first],
        ["a b"],
        ["x" * 31],
        [f"{first}:3"],
        [""],
    ):
        assert post(**{"choice-1": values}) == 422, values
    assert post(**{"choice-2": [first]}) == 422
    assert post(**{"choice-0": [first]}) == 422
    assert post(**{"choice-1": [first], "receipt_code": "no code"}) == 422
    assert post(**{"choice-1": [f"p{number}" for number in range(900)]}) == 422
    assert post(**{"choice-1": [f"p{number}" for number in range(1200)]}) == 400
    assert BallotBox.objects.count() == 0
    assert post(**{"choice-1": [first]}) == 200


def test_after_the_close_the_page_says_so_and_nothing_is_stored(client, round, resident):
    first, *_ = codes(round)
    client.force_login(resident)
    end_voting(round)

    page, answer = client.get(url("ballot", round)), cast(client, round, first)

    assert "Voting is over" in page.content.decode()
    assert answer.status_code == 422
    assert "Voting is over" in answer.content.decode()
    assert BallotBox.objects.count() == 0


def test_t11_without_frozen_rules_the_page_says_so_and_posts_are_refused(client):
    round = make_vote(freeze=False)
    client.force_login(make_resident(round.authority))

    page = client.get(url("ballot", round))
    answer = cast(client, round, codes(round)[0])
    choosing = add(client, round, codes(round)[0])

    assert "There is nothing to vote on yet" in page.content.decode()
    assert (answer.status_code, choosing.status_code) == (422, 422)
    assert BallotBox.objects.count() == 0


def test_before_voting_opens_one_can_choose_but_not_cast(client):
    round = make_vote()
    resident = make_resident(round.authority)
    with triggers_asleep():
        phase = round.phases.get(kind="voting")
        phase.opens_at = round.phases.get(kind="decision").opens_at
        phase.closes_at = round.phases.get(kind="decision").closes_at
        phase.save()
    first, *_ = codes(round)
    client.force_login(resident)
    add(client, round, first)

    review = client.get(url("review", round)).content.decode()
    answer = cast(client, round, first)

    assert "Voting opens on" in review
    assert 'id="cast"' not in review
    assert answer.status_code == 422
    assert BallotBox.objects.count() == 0


def test_whoever_may_not_vote_is_told_why_and_loses_nothing(client, round):
    first, *_ = codes(round)
    add(client, round, first)
    client.force_login(make_account())

    review = client.get(url("review", round)).content.decode()
    answer = cast(client, round, first)

    assert "Confirm who you are first" in review
    assert answer.status_code == 422
    assert f"line-{first}" in answer.content.decode()


def test_an_anonymous_post_goes_to_sign_in(client, round):
    answer = cast(client, round, codes(round)[0])

    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]
    assert BallotBox.objects.count() == 0


def test_t30_a_post_without_the_token_is_refused(round, resident):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(resident)

    assert cast(strict, round, codes(round)[0]).status_code == 403
    assert BallotBox.objects.count() == 0


def test_casting_writes_no_session_and_no_account(client, round, resident, settings):
    # As in production.
    settings.CONSENT_ASKED = settings.SECOND_FACTOR_FOR_OFFICIALS = True
    agree(resident, policies_in_force())
    first, *_ = codes(round)
    client.force_login(resident)
    client.get(url("ballot", round))

    with CaptureQueriesContext(connection) as queries:
        cast(client, round, first)

    statements = [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert [s.split()[0] for s in statements if s.split()[0] != "SELECT"] == []
    assert sum("cast_ballot" in s for s in statements) == 1
    # Session, account, roles, agreements, round, person, entitlement, cast, read-back, phase.
    assert len(statements) == 10, statements


def test_t21_when_the_stored_ballot_is_not_the_one_sent_the_page_says_so(
    client, round, resident, monkeypatch
):
    first, second, _ = codes(round)
    client.force_login(resident)
    other = voter_of(round)
    cast_by(other, second)
    honest = casting._put_into_box

    def swap(voter, sealed, envelope):
        answer = honest(voter, sealed, envelope)
        with triggers_asleep():
            stolen = BallotBox.objects.get(voter_tag=other.tag).sealed
            BallotBox.objects.filter(voter_tag=voter.tag).update(sealed=stolen)
        return answer

    monkeypatch.setattr(casting, "_put_into_box", swap)
    page = cast(client, round, first).content.decode()

    assert "the stored ballot is not the one you sent" in page
    assert "Your ballot is in the box" not in page


def test_f14_without_the_key_the_answer_is_503_and_says_when_to_come_back(
    client, round, resident, settings, tmp_path
):
    client.force_login(resident)
    settings.KEY_DIRECTORY = tmp_path

    answer = cast(client, round, codes(round)[0])

    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "You can safely send it again" in answer.content.decode()
    assert client.get(url("ballot", round)).status_code == 200


def test_ballot_pages_are_kept_by_no_cache(client, round, resident):
    client.force_login(resident)

    for name in ("ballot", "review", "mine"):
        assert "no-store" in client.get(url(name, round))["Cache-Control"]
    assert "no-store" in cast(client, round, codes(round)[0])["Cache-Control"]


def test_t12_there_is_no_address_for_somebody_elses_ballot(client, round, resident):
    client.force_login(resident)
    base = url("ballot", round)

    for path in ("1/", "2/", "mine/1/", "mine/2/", f"{'a' * 32}/"):
        for method in (client.get, client.put, client.delete):
            assert method(base + path).status_code == 404
