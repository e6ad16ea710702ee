"""The API is what its description says, on the synthetic round."""

import json
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from proposals.models import Proposal
from voting.ballots.models import CastEvent, FinalBallot

pytestmark = pytest.mark.django_db

API = "/api/v1/"
ROUND = f"{API}rounds/gangnam/gangnam-2025h2/"


def get(address: str, **headers: str) -> Any:
    return Client().get(address, headers=headers)


def test_the_report_says_what_was_published(loaded: SimpleNamespace):
    report = get(f"{ROUND}report/").json()

    assert (report["submitted"], report["adopted"]) == (420, 112)
    rate = report["reflection_rate"]
    assert (rate["numerator"], rate["denominator"], rate["display"], rate["rounding"]) == (
        112,
        420,
        "26.6",
        "truncate",
    )
    assert (report["target"], report["gap_proposals"]) == (30, 14)
    assert (report["adopted_cost"], report["budget"]) == (3_998_700_000, 4_000_000_000)
    assert sum(report["funnel"].values()) == 420
    assert len(report["by_area"]) == 22
    assert {row["slug"]: [row["submitted"], row["adopted"]] for row in report["by_category"]}["roads"] == [
        75,
        20,
    ]
    assert report["sha256"] == loaded.round.snapshots.get().sha256


def test_the_results_name_112_funded_projects_within_the_budget(loaded: SimpleNamespace):
    (paper,) = get(f"{ROUND}results/").json()["papers"]

    funded = [line for line in paper["projects"] if line["is_funded"]]
    assert (len(paper["projects"]), len(funded)) == (201, 112)
    assert sum(line["cost"] for line in funded) == paper["cost"] == 3_998_700_000
    # Ballots of people from outside are shown, but not counted.
    assert paper["ballots"] == 11_205 - 1_000
    assert next(line["votes"] for line in paper["projects"] if line["code"] == "GN-2025-0002") == 203


def test_proposals_are_narrowed_and_paged(loaded: SimpleNamespace):
    adopted = get(f"{ROUND}proposals/?state=adopted&category=safety&page_size=5&page=2").json()

    assert adopted["count"] == 9
    assert len(adopted["results"]) == 4
    assert {row["category"] for row in adopted["results"]} == {"safety"}
    assert get(f"{ROUND}proposals/?area=1168064000").json()["count"] == 20
    assert get(f"{ROUND}proposals/?q=음식물쓰레기 대치4동").json()["count"] == 3


def test_a_proposal_tells_its_history_and_nothing_about_its_author(loaded: SimpleNamespace):
    proposal = get(f"{ROUND}proposals/GN-2025-0011/").json()

    assert proposal["merged_into"] == "GN-2025-0002"
    assert [step["to_state"] for step in proposal["steps"]] == ["pending", "published", "merged"]
    assert proposal["steps"][-1]["ground"] == "merged_into_other"
    assert proposal["title"]["ko"] == "대치4동 음식물쓰레기 감량기 보급"
    assert not {"author", "age_group", "participation", "is_foreign_resident"} & set(proposal)


def test_what_is_not_public_is_nowhere(loaded: SimpleNamespace):
    Proposal.objects.filter(code="GN-2025-0011").update(state="sent_back", reason="spam", published_at=None)

    assert get(f"{ROUND}proposals/GN-2025-0011/").status_code == 404
    assert get(f"{ROUND}proposals/").json()["count"] == 419
    assert "GN-2025-0011" not in get(f"{ROUND}proposals/?q=음식물쓰레기").content.decode()


def test_an_unpublished_round_is_nowhere(loaded: SimpleNamespace):
    type(loaded.round).objects.filter(pk=loaded.round.pk).update(published_at=None)

    assert get(f"{API}rounds/").json()["count"] == 0
    for part in ("", "proposals/", "proposals/GN-2025-0002/", "report/", "results/"):
        answer = get(f"{ROUND}{part}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/json")


def test_what_has_not_changed_is_not_sent_again(loaded: SimpleNamespace):
    first = get(f"{ROUND}proposals/")
    tag = first.headers["ETag"]

    unchanged = get(f"{ROUND}proposals/", **{"if-none-match": tag})
    Proposal.objects.filter(code="GN-2025-0001").update(n_supporters=999)
    changed = get(f"{ROUND}proposals/", **{"if-none-match": tag})

    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


@pytest.mark.parametrize(
    "query",
    [
        *("page=0", "page=x", "page=", "page_size=101", "state=draft", "state=nonsense", "track=", "area="),
        *(
            "area=%00",
            "q=%00",
            "q=",
            "q=%20",
            "page=1&page=1",
            "area=1&area=2",
            "state=adopted&state=adopted",
        ),
    ],
)
def test_a_query_that_is_not_understood_is_refused_by_name(loaded: SimpleNamespace, query: str):
    answer = get(f"{ROUND}proposals/?{query}")

    assert answer.status_code == 400
    assert list(answer.json()) == [query.split("=")[0]]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(loaded: SimpleNamespace, method: str):
    answer = getattr(Client(), method)(f"{ROUND}proposals/")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_the_list_takes_the_same_queries_however_long_it_is(
    loaded: SimpleNamespace, django_assert_num_queries: Any
):
    for size in (1, 100):
        with django_assert_num_queries(4):
            assert len(get(f"{ROUND}proposals/?page_size={size}").json()["results"]) == size


def test_the_page_for_people_names_every_address_and_fetches_nothing_from_elsewhere(loaded: SimpleNamespace):
    page = get(API, **{"accept-language": "en"}).content.decode()
    schema = get(f"{API}schema/").json()

    for address in schema["paths"]:
        assert f"GET {address}" in page
    assert 'src="http' not in page
    assert 'rel="stylesheet" href="http' not in page


def _is_allowed(name: str, value: object) -> bool:
    """Return whether the description of the API allows such a part of an address."""
    pattern = "[0-9a-f]+" if name.endswith("_ref") else "[-a-zA-Z0-9_]+"
    return isinstance(value, str) and bool(re.fullmatch(pattern, value))


@pytest.fixture
def operations(loaded: SimpleNamespace) -> Iterator[list[tuple[Any, Any]]]:
    """Every address that the description names, each with a case that is known to be there."""
    # As Django's own test client does: the end of a request must not close the test's transaction.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    schema = schemathesis.openapi.from_wsgi(f"{API}schema/", get_wsgi_application())
    log_ref = bytes(CastEvent.objects.earliest("leaf_index").log_ref).hex()
    ballot_ref = bytes(FinalBallot.objects.earliest("ballot_ref").ballot_ref).hex()

    @schema.hook
    def map_path_parameters(context: Any, path_parameters: dict[str, str] | None) -> dict[str, str] | None:
        # Names at random are nearly never those of a round; every second one is made to be. What the
        # description forbids stays as it is, or a case made to be wrong would be mended here.
        given = dict(path_parameters or {})
        if path_parameters is None or not all(_is_allowed(name, given[name]) for name in given):
            return path_parameters
        if len(given["slug"]) % 2 or {"log_ref", "ballot_ref"} & set(given):
            path_parameters |= {"authority": "gangnam", "slug": "gangnam-2025h2"}
        if len(given.get("code", "")) % 2:
            path_parameters["code"] = "GN-2025-0011"
        if given.get("log_ref", "0") > "2":
            path_parameters["log_ref"] = log_ref
        if given.get("ballot_ref", "0") > "2":
            path_parameters["ballot_ref"] = ballot_ref
        return path_parameters

    found = [found.ok() for found in schema.get_all_operations()]
    known = {
        "authority": "gangnam",
        "slug": "gangnam-2025h2",
        "code": "GN-2025-0011",
        "log_ref": log_ref,
        "ballot_ref": ballot_ref,
    }
    yield [
        (
            operation,
            operation.Case(
                path_parameters={name: known[name] for name in re.findall(r"{(\w+)}", operation.path)},
                query={"old": 1, "new": 2} if operation.path.endswith("/consistency/") else {},
            ),
        )
        for operation in found
    ]
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.slow(15)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_answer_is_one_that_the_description_allows(
    operations: list[tuple[Any, Any]], mode: GenerationMode
):
    assert len(operations) == 12

    for operation, known in operations:
        # Chance may miss whatever is there: with 404s alone, nothing would have been shown.
        assert known.call_and_validate().status_code == 200
        # What is wrong can only be said where something is asked.
        if mode is GenerationMode.NEGATIVE and not (operation.query or operation.path_parameters):
            continue

        # The number of requests bounds the time. Not even these are the same each time: Hypothesis takes
        # values from the modules that happen to be loaded.
        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=15,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def answers_as_described(case: Any) -> None:
            case.call_and_validate()

        answers_as_described()


def test_the_description_is_valid_json_for_every_address(loaded: SimpleNamespace):
    schema = json.loads(get(f"{API}schema/").content)

    assert schema["openapi"].startswith("3.")
    assert sorted(schema["paths"]) == [
        "/api/v1/rounds/",
        "/api/v1/rounds/{authority}/{slug}/",
        "/api/v1/rounds/{authority}/{slug}/ballots/{ballot_ref}/",
        "/api/v1/rounds/{authority}/{slug}/log/",
        "/api/v1/rounds/{authority}/{slug}/log/checkpoints/",
        "/api/v1/rounds/{authority}/{slug}/log/consistency/",
        "/api/v1/rounds/{authority}/{slug}/log/entries/",
        "/api/v1/rounds/{authority}/{slug}/log/inclusion/{log_ref}/",
        "/api/v1/rounds/{authority}/{slug}/proposals/",
        "/api/v1/rounds/{authority}/{slug}/proposals/{code}/",
        "/api/v1/rounds/{authority}/{slug}/report/",
        "/api/v1/rounds/{authority}/{slug}/results/",
    ]
