"""The service desk: verifying in person, and answering requests for help."""

import pytest

from core.exceptions import NotPermitted
from identity.exceptions import NotForOneself, ReasonNeeded
from identity.roles import Role
from identity.verification import services
from identity.verification.exceptions import AppealAnswered, AppealOpen, NationalNumberRefused, RouteClosed
from identity.verification.models import Identity, Person, VerificationAppeal, VerificationRoute
from rounds.models import Residency
from tests.identity.dump import text_of_every_table


@pytest.fixture
def desk(authority):
    return services.set_up_route(authority, VerificationRoute.Method.DESK, actor=None, assurance=2)


def _verify(authority, clerk, typed="M 4455 6677", account=None):
    return services.verify_in_person(
        authority,
        kind=Identity.Kind.DOCUMENT,
        typed=typed,
        account=account,
        residency=Residency.RESIDENT,
        area=authority.area,
        age_group="65+",
        actor=clerk,
    )


def test_a_clerk_verifies_whoever_stands_at_the_desk(desk, authority, official, account_of):
    clerk, account = official(Role.CLERK), account_of("resident")

    person = _verify(authority, clerk, account=account)

    assert (person.account, person.assurance) == (account, 2)
    assert "44556677" not in text_of_every_table().replace(" ", "")


def test_at_a_closed_desk_by_a_stranger_or_for_oneself_nobody_is_verified(
    desk, authority, official, account_of
):
    clerk, moderator = official(Role.CLERK), official(Role.MODERATOR)

    with pytest.raises(NotPermitted):
        _verify(authority, moderator)
    with pytest.raises(NotForOneself):
        _verify(authority, clerk, account=clerk)
    with pytest.raises(NationalNumberRefused):
        _verify(authority, clerk, typed="900101-1234567")
    services.set_up_route(authority, VerificationRoute.Method.DESK, actor=None, is_open=False)
    with pytest.raises(RouteClosed):
        _verify(authority, clerk)

    assert not Person.objects.exists()


def test_the_desk_page_verifies_and_refuses_on_the_page(desk, authority, official, client):
    client.force_login(official(Role.CLERK))
    typed = {
        "kind": "document",
        "typed": "M44556677",
        "residency": "resident",
        "area": str(authority.area.pk),
        "age_group": "65+",
    }

    assert client.post("/gangnam/desk/verify/", typed).status_code == 302
    refused = client.post("/gangnam/desk/verify/", typed | {"typed": "900101-1234567"})

    assert refused.status_code == 422
    assert "The law does not allow us to collect it" in refused.content.decode()
    assert Person.objects.count() == 1


def test_a_request_for_help_is_answered_once_with_a_reason_by_somebody_else(authority, official, account_of):
    clerk, account = official(Role.CLERK), account_of("resident")
    appeal = services.appeal_verification(authority, account, text="My phone is shared.")

    with pytest.raises(AppealOpen):
        services.appeal_verification(authority, account, text="Again.")
    with pytest.raises(ReasonNeeded):
        services.answer_appeal(appeal, actor=clerk, answer=" ")
    with pytest.raises(NotPermitted):
        services.answer_appeal(appeal, actor=account, answer="Yes.")
    services.answer_appeal(appeal, actor=clerk, answer="Come to the service desk with a document.")
    with pytest.raises(AppealAnswered):
        services.answer_appeal(appeal, actor=clerk, answer="No.")
    own = services.appeal_verification(authority, clerk, text="Mine.")
    with pytest.raises(NotForOneself):
        services.answer_appeal(own, actor=clerk, answer="Yes.")

    appeal.refresh_from_db()
    assert (appeal.answered_by, appeal.answer) == (clerk, "Come to the service desk with a document.")


def test_the_person_sees_the_answer_on_the_page_where_they_asked(authority, official, account_of, client):
    account, clerk = account_of("resident"), official(Role.CLERK)
    client.force_login(account)
    client.post("/gangnam/verify/help/", {"text": "No code came."})
    appeal = VerificationAppeal.objects.get()
    client.force_login(clerk)
    assert (
        f"/gangnam/desk/verify/requests/{appeal.pk}/" in client.get("/gangnam/desk/verify/").content.decode()
    )

    client.post(
        f"/gangnam/desk/verify/requests/{appeal.pk}/", {"answer": "Come to the service desk with a document."}
    )

    client.force_login(account)
    assert "Come to the service desk with a document." in client.get("/gangnam/verify/help/").content.decode()


def test_a_request_of_another_authority_cannot_be_reached(
    authority, other_authority, official, account_of, client
):
    appeal = services.appeal_verification(other_authority, account_of("resident"), text="Help.")
    client.force_login(official(Role.CLERK))

    answer = client.post(f"/gangnam/desk/verify/requests/{appeal.pk}/", {"answer": "No."})

    assert answer.status_code == 404
