"""The synthetic round's report: its figures, its page and files, its export. Loaded once for all of it."""

import csv
import hashlib
import io
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.db import IntegrityError, transaction
from django.db.utils import InternalError
from django.test import Client
from django.utils import timezone

from audit.models import Event
from core.exceptions import NotPermitted
from devtools.demo.records import DATA
from proposals.models import Proposal
from reports import assembly, documents, services
from reports.exceptions import CorrectionUnexplained, NothingToCorrect
from reports.models import Export, Snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(loaded: SimpleNamespace) -> dict[str, Any]:
    return loaded.round.snapshots.get().document


@pytest.fixture
def expected(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "data" / "gangnam-2025h2" / "expected.json").read_text(encoding="utf-8"))


def test_112_of_420_are_adopted_which_is_26_6_percent_cut_off(document: dict[str, Any]):
    assert (document["submitted"], document["adopted"]) == (420, 112)
    assert document["reflection_rate"] == {
        "name": "adopted proposals of submitted proposals",
        "numerator": 112,
        "denominator": 420,
        "unit": "percent",
        "rounding": "truncate",
        "decimals": 1,
        "display": "26.6",
    }
    assert document["target"] == 30
    assert (document["needed_for_target"], document["gap_proposals"]) == (126, 14)
    assert document["gap_points"] == "3.33"


def test_the_adopted_cost_3_998_700_000_of_4_billion(document: dict[str, Any]):
    assert document["adopted_cost"] == 3_998_700_000
    assert document["budget"] == 4_000_000_000
    assert document["budget_left"] == 1_300_000
    assert document["budget_is_approximate"] is True


def test_the_funnel_adds_up_to_everything_submitted(document: dict[str, Any]):
    assert document["funnel"] == {
        "adopted": 112,
        "not_adopted": 89,
        "ineligible": 135,
        "referred": 41,
        "merged": 34,
        "withdrawn": 9,
    }
    assert sum(document["funnel"].values()) == 420


def test_every_no_has_a_reason(document: dict[str, Any]):
    assert {row["ground"]: row["count"] for row in document["reasons"]} == {
        "below_budget_cutoff": 89,
        "simple_complaint": 58,
        "out_of_authority": 41,
        "merged_into_other": 34,
        "conflicts_with_law": 22,
        "already_under_way": 21,
        "takes_over_one_year": 14,
        "benefits_specific_group": 12,
        "withdrawn_by_proposer": 9,
        "operating_cost": 8,
    }
    assert sum(row["count"] for row in document["reasons"]) == 420 - 112


def test_there_is_a_row_for_each_of_the_22_dong_that_exist(document: dict[str, Any]):
    codes = [row["code"] for row in document["by_area"]]

    assert len(codes) == 22
    # Irwon 2-dong ceased to exist in December 2022; Gaepo 3-dong followed it.
    assert "1168074000" not in codes
    assert "1168067500" in codes


def by_key(document: dict[str, Any], name: str) -> dict[str, list[int]]:
    return {row["keys"][0]: [row["submitted"], row["adopted"]] for row in document[name]}


def test_every_figure_equals_the_expected_one(document: dict[str, Any], expected: dict[str, Any]):
    assert document["submitted"] == expected["submitted"]
    assert document["adopted"] == expected["adopted"]
    assert document["requested_cost"] == expected["requested_cost"]
    assert document["adopted_cost"] == expected["adopted_cost"]
    assert document["budget_left"] == expected["budget_left"]
    assert document["funnel"] == expected["results"]
    assert {row["ground"]: row["count"] for row in document["reasons"]} == expected["reasons"]
    assert {
        row["name"]["ko"]: [row["submitted"], row["adopted"], row["adopted_cost"]]
        for row in document["by_area"]
    } == expected["by_dong"]
    assert {row["slug"]: [row["submitted"], row["adopted"]] for row in document["by_category"]} == expected[
        "by_category"
    ]
    assert by_key(document, "by_age_group") == expected["by_age"]
    assert by_key(document, "by_track") == expected["by_track"]
    assert by_key(document, "by_participation") == expected["by_proposer_class"]


def test_the_participants_equal_the_expected_ones(document: dict[str, Any], expected: dict[str, Any]):
    voted = document["participants"]

    def counts(name: str) -> dict[str, int]:
        return {row["keys"][0]: row["count"] for row in voted[name]}

    assert voted["ballots"] == expected["voters"] == 11_205
    assert counts("by_participation") == expected["voters_by_class"]
    assert counts("by_channel") == expected["voters_by_channel"]
    assert counts("by_age_group") == expected["voters_by_age"]


def test_the_count_adopts_the_projects_of_the_record_with_their_votes_and_ranks(
    document: dict[str, Any], shared: Path
):
    with (shared / "data" / "gangnam-2025h2" / "proposals.csv").open(encoding="utf-8", newline="") as file:
        adopted = {
            row["no"]: (int(row["votes"]), int(row["rank"]), int(row["cost"]))
            for row in csv.DictReader(file)
            if row["result"] == "adopted"
        }

    found = {
        project["code"]: (project["votes"], project["rank"], project["cost"])
        for project in document["adopted_projects"]
    }

    assert {code: (votes, cost) for code, (votes, _, cost) in found.items()} == {
        code: (votes, cost) for code, (votes, _, cost) in adopted.items()
    }
    assert [project["rank"] for project in document["adopted_projects"]] == sorted(
        rank for _, rank, _ in found.values()
    )


def test_the_vote_the_report_explains_is_the_recorded_one(
    document: dict[str, Any], expected: dict[str, Any], shared: Path
):
    (paper,) = document["vote"]["papers"]
    with (shared / "data" / "gangnam-2025h2" / "proposals.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["no"]: row for row in csv.DictReader(file) if row["outcome"] == "ballot"}

    assert set(paper["funded"]) == {code for code, row in rows.items() if row["result"] == "adopted"}
    assert len(paper["funded"]) == expected["adopted"] == 112
    assert len(paper["not_funded"]) == expected["results"]["not_adopted"] == 89
    assert paper["cost"] == expected["adopted_cost"]
    assert paper["left"] == expected["budget_left"]
    assert (paper["scope"], paper["ballots"]) == ("inside", 10_205)
    assert {row["code"]: (row["votes"], row["cost"]) for row in paper["projects"]} == {
        code: (int(row["votes"]), int(row["cost"])) for code, row in rows.items()
    }
    funded = {row["key"]: row["funded"] for row in paper["by_category"] if row["funded"]}
    assert funded == {slug: counts[1] for slug, counts in expected["by_category"].items() if counts[1]}
    voters = {row["key"]: row["voters"] for row in paper["by_group"]["participation"]}
    inside = {slug: n for slug, n in expected["voters_by_class"].items() if slug != "outside"}
    assert voters == inside


def test_the_demo_data_carries_nothing_that_a_count_decides():
    with (DATA / "proposals.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert not {"result", "votes", "votes_outside", "rank"} & set(rows[0])
    assert all(row["reason_code"] == "" for row in rows if row["outcome"] == "ballot")


def test_one_adoption_less_changes_the_live_figure_and_not_the_published_one(loaded: SimpleNamespace):
    adopted = Proposal.objects.filter(round=loaded.round, state="adopted").order_by("code")[0]
    Proposal.objects.filter(pk=adopted.pk).update(state="not_adopted", reason="council_decision")

    live = assembly.report_of(loaded.round, now=timezone.now()).stored()

    assert live["adopted"] == 111
    assert live["reflection_rate"]["display"] == "26.4"
    assert Snapshot.objects.get(round=loaded.round).document["adopted"] == 112


REPORT = "/gangnam/gangnam-2025h2/report/"
ADOPTED = f"{REPORT}adopted/"


def signed_in(loaded: SimpleNamespace, name: str) -> Client:
    client = Client()
    client.force_login(loaded.people[name])
    return client


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["112 of 420 proposals were adopted", "26.6%", "30%", "3.33", "₩3,998,700,000"]),
        ("ko", ["26.6%", "3,998,700,000원", "역삼1동"]),
        ("th", ["26.6%", "3,998,700,000 วอน", "ย็อกซัม 1-ดง"]),
        ("vi", ["26,6%", "3.998.700.000", "Yeoksam 1-dong"]),
    ],
)
def test_anybody_reads_the_report_in_their_language(loaded: SimpleNamespace, language: str, words: list[str]):
    page = Client().get(REPORT, headers={"accept-language": language}).content.decode()

    for word in words:
        assert word in page.replace("\u00a0", " ")


def test_the_page_shows_what_part_of_the_budget_is_planned_and_no_constant(loaded: SimpleNamespace):
    page = Client().get(REPORT, headers={"accept-language": "en"}).content.decode()

    figures = page.split('<dl class="pb-figures">')[1].split("</dl>")[0]
    assert "Share of the budget allocated" in figures
    assert "₩3,998,700,000 of ₩4,000,000,000; planned, not spent" in figures
    assert "₩1,300,000 left of an approximate budget of ₩4,000,000,000" in figures
    assert "112 adopted of 126 needed" in figures
    assert "budget officer" not in figures


def test_the_page_takes_as_many_queries_as_it_has_snapshots_to_name(
    loaded: SimpleNamespace, django_assert_max_num_queries
):
    with django_assert_max_num_queries(4):
        assert Client().get(REPORT).status_code == 200


def test_the_page_has_a_row_for_each_dong_and_category(loaded: SimpleNamespace):
    page = Client().get(REPORT, headers={"accept-language": "en"}).content.decode()

    areas = page.split('id="by_area"')[1].split("</table>")[0]
    categories = page.split('id="by_category"')[1].split("</table>")[0]
    # One heading for each row, and one for the total.
    assert areas.count('<th scope="row">') == 22 + 1
    assert categories.count('<th scope="row">') == 10 + 1


def test_the_json_file_is_the_document_its_fingerprint_was_taken_of(loaded: SimpleNamespace):
    snapshot = loaded.round.snapshots.get()

    answer = Client().get(f"{REPORT}1/report.json")

    assert json.loads(answer.content) == snapshot.document
    assert documents.digest(json.loads(answer.content)) == snapshot.sha256
    assert (
        answer.headers["Content-Disposition"] == 'attachment; filename="gangnam-gangnam-2025h2-report-1.json"'
    )


def test_the_csv_file_says_what_the_page_says(loaded: SimpleNamespace):
    answer = Client().get(f"{REPORT}1/report.csv", headers={"accept-language": "en"})

    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert answer.content.startswith(b"\xef\xbb\xbf")
    key_figures = {row[0]: row[1:7] for row in rows if len(row) == 8}
    assert key_figures["Adopted proposals"] == ["112", "proposals", "", "", "", "records of the proposals"]
    assert key_figures["Reflection rate by number"] == [
        "26.6",
        "percent",
        "112",
        "420",
        "truncated after one decimal",
        "records of the proposals",
    ]
    assert key_figures["Share of the budget allocated"][:4] == ["99.9", "percent", "3998700000", "4000000000"]
    assert key_figures["Budget"][4] == "announced as an approximate amount"
    assert ["Yeoksam 1-dong", "20", "4", "20.0", "214700000"] in rows
    assert ["All submitted proposals", "420", ""] in rows


def test_the_workbook_has_a_sheet_for_each_table(loaded: SimpleNamespace):
    answer = Client().get(f"{REPORT}1/report.xlsx", headers={"accept-language": "en"})

    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    area = book["By area"]
    assert area.max_row == 1 + 22 + 1
    assert [cell.value for cell in area[area.max_row]] == ["All", 420, 112, "26.6", 3998700000]


@pytest.mark.parametrize("address", [f"{REPORT}2/", f"{REPORT}1/report.doc", "/other/gangnam-2025h2/report/"])
def test_what_was_not_published_is_not_found(loaded: SimpleNamespace, address: str):
    assert Client().get(address).status_code == 404


def test_council_staff_export_112_projects_whose_costs_sum_to_the_total(loaded: SimpleNamespace):
    client = signed_in(loaded, "council")

    answer = client.post(ADOPTED, {"form": "csv"}, headers={"accept-language": "ko"})

    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    projects, total = rows[1:-1], rows[-1]
    assert len(projects) == 112
    assert sum(int(row[6]) for row in projects) == int(total[6]) == 3_998_700_000
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert any(row[2] == "대치4동 음식물쓰레기 감량기 보급" for row in projects)


def test_council_staff_see_the_projects_before_they_export_them(loaded: SimpleNamespace):
    page = signed_in(loaded, "council").get(ADOPTED, headers={"accept-language": "en"}).content.decode()

    assert "112 projects for ₩3,998,700,000" in page
    # A row that opens for each, behind the first twenty in a list that opens too; the mark is the rank.
    assert page.count('<details class="pb-result">') == 112
    assert page.split('<details class="pb-results__more">')[0].count('<details class="pb-result">') == 20
    assert "92 more adopted projects" in page
    assert page.count("Funded in step 1:") == 1
    ranks = [project["rank"] for project in loaded.round.snapshots.get().document["adopted_projects"]]
    assert [int(rank) for rank in re.findall(r'<li value="(\d+)">', page)] == ranks
    assert "csrfmiddlewaretoken" in page


def test_an_export_is_recorded_with_the_fingerprint_of_its_bytes(loaded: SimpleNamespace):
    answer = signed_in(loaded, "budget").post(ADOPTED, {"form": "xlsx"})

    export = Export.objects.get()
    event = Event.objects.get(action="reports.adopted_exported")
    assert export.sha256 == hashlib.sha256(answer.content).hexdigest() == event.details["sha256"]
    assert (export.exported_by, export.n_rows) == (loaded.people["budget"], 112)
    assert event.actor == loaded.people["budget"]


@pytest.mark.parametrize("language", ["ko", "th", "vi", "en"])
def test_the_pdf_is_made_in_each_language(loaded: SimpleNamespace, language: str):
    answer = signed_in(loaded, "council").post(
        ADOPTED, {"form": "pdf"}, headers={"accept-language": language}
    )

    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["Content-Type"] == "application/pdf"


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_resident_asking_for_the_export_is_refused_and_nothing_is_recorded(
    loaded: SimpleNamespace, method: str
):
    answer = getattr(signed_in(loaded, "resident"), method)(ADOPTED, {"form": "csv"})

    assert answer.status_code == 403
    assert not Export.objects.exists()


def test_whoever_is_not_signed_in_is_asked_to(loaded: SimpleNamespace):
    answer = Client().get(ADOPTED)

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/")


def test_an_unknown_kind_of_file_is_refused(loaded: SimpleNamespace):
    answer = signed_in(loaded, "council").post(ADOPTED, {"form": "exe"})

    assert answer.status_code == 422
    assert not Export.objects.exists()


def less_by_one(loaded: SimpleNamespace) -> None:
    adopted = Proposal.objects.filter(round=loaded.round, state="adopted").order_by("code")[0]
    Proposal.objects.filter(pk=adopted.pk).update(state="not_adopted", reason="council_decision")


def test_a_correction_is_a_new_report_that_names_the_old_one(loaded: SimpleNamespace):
    less_by_one(loaded)

    answer = signed_in(loaded, "budget").post(
        "/gangnam/desk/gangnam-2025h2/report/", {"correction": "One project was counted by mistake."}
    )

    assert answer.status_code == 302
    first, second = Snapshot.objects.filter(round=loaded.round)
    assert (first.document["adopted"], second.document["adopted"]) == (112, 111)
    assert second.corrects == first
    page = Client().get(f"{REPORT}1/", headers={"accept-language": "en"}).content.decode()
    assert "This report has been corrected" in page
    assert "112 of 420" in page


def test_a_correction_without_a_word_is_refused_on_the_page(loaded: SimpleNamespace):
    less_by_one(loaded)

    answer = signed_in(loaded, "budget").post("/gangnam/desk/gangnam-2025h2/report/", {"correction": " "})

    assert answer.status_code == 422
    assert Snapshot.objects.count() == 1


def test_the_service_refuses_an_unexplained_one_and_one_that_changes_nothing(loaded: SimpleNamespace):
    with pytest.raises(NothingToCorrect):
        services.take_snapshot(loaded.round, actor=loaded.people["budget"], correction="Just so.")
    less_by_one(loaded)
    with pytest.raises(CorrectionUnexplained):
        services.take_snapshot(loaded.round, actor=loaded.people["budget"])
    with pytest.raises(NotPermitted):
        services.take_snapshot(loaded.round, actor=loaded.people["council"], correction="Not mine to say.")
    assert Snapshot.objects.count() == 1


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_change_a_published_report(loaded: SimpleNamespace, change: str):
    published = Snapshot.objects.filter(round=loaded.round)

    with pytest.raises((IntegrityError, InternalError), match="append-only"), transaction.atomic():
        published.update(sha256="0" * 64) if change == "update" else published.delete()

    assert published.get().document["adopted"] == 112


def test_the_database_refuses_a_second_report_that_corrects_nothing(loaded: SimpleNamespace):
    first = loaded.round.snapshots.get()

    with (
        pytest.raises(IntegrityError, match="reports_snapshot_later_ones_name_what_they_correct"),
        transaction.atomic(),
    ):
        Snapshot.objects.create(
            round=loaded.round, number=2, taken_at=first.taken_at, document={}, sha256="0" * 64
        )
