"""Officials' bookmarks of earlier addresses lead to the pages as they are named now."""

import pytest

from identity.roles import Role
from tests.factories import make_authority, make_official

HERE = "/here/desk"


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (f"{HERE}/2027/ballot-paper/", f"{HERE}/2027/ballot-styles/"),
        (f"{HERE}/2027/ballot-paper/ballot.pdf", f"{HERE}/2027/ballot-styles/ballot.pdf"),
        (f"{HERE}/2027/paper/", f"{HERE}/2027/polling-places/"),
        (f"{HERE}/2027/paper/ballot.pdf", f"{HERE}/2027/polling-places/ballot.pdf"),
        (f"{HERE}/2027/paper/7/", f"{HERE}/2027/polling-places/7/"),
        (f"{HERE}/2027/paper/batches/9/", f"{HERE}/2027/polling-places/batches/9/"),
        (f"{HERE}/2027/watch/", f"{HERE}/2027/observer/"),
        (f"{HERE}/overview/", f"{HERE}/rollup/"),
        (f"{HERE}/overview.json", f"{HERE}/rollup.json"),
    ],
)
@pytest.mark.django_db
def test_an_earlier_address_redirects_permanently_and_keeps_the_query_string(client, before, now):
    client.force_login(make_official(make_authority(slug="here"), Role.OBSERVER))

    plain = client.get(before)
    asked = client.get(f"{before}?paper=3&language=ko")

    assert (plain.status_code, plain["Location"]) == (301, now)
    assert (asked.status_code, asked["Location"]) == (301, f"{now}?paper=3&language=ko")
    assert client.post(before).status_code == 405


@pytest.mark.django_db
def test_an_earlier_address_is_for_officials_alone(client):
    make_authority(slug="here")

    assert client.get(f"{HERE}/overview/").status_code == 302
    client.force_login(make_official(make_authority(slug="there"), Role.OBSERVER))
    assert client.get(f"{HERE}/overview/").status_code == 404
