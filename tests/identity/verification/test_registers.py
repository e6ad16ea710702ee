"""Loading a register: every error is named by its row, and no stored value names anybody."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from core.exceptions import NotPermitted
from identity.roles import Role
from identity.verification import registers, services
from identity.verification.models import RegisterEntry
from tests.identity.dump import text_of_every_table

HEADING = "number,born,area,participation,phone\n"


def _read(content, name="register.csv", areas=("11680",), country="KR"):
    if isinstance(content, str):
        content = content.encode()
    return registers.read(name, content, area_codes=dict.fromkeys(areas), country=country)


def _faults(content, **more):
    with pytest.raises(registers.Unreadable) as error:
        _read(content, **more)
    return [(fault.row, fault.message) for fault in error.value.faults]


def test_rows_are_read_in_order_from_csv():
    entries = _read(
        "\ufeff" + HEADING + "A-1,1990-12-31,11680,,\n\nA-2,2000-01-01,11680,affiliate,010-5555-0101\n"
    )

    assert [(entry.row, entry.identifier, entry.residency, entry.phone) for entry in entries] == [
        (2, b"A1|1990-12-31", "resident", None),
        (4, b"A2|2000-01-01", "affiliate", b"+821055550101"),
    ]


def test_semicolons_and_columns_in_another_order_are_read():
    entries = _read("area;born;number\n11680;1990-12-31;A-1\n")

    assert entries[0].identifier == b"A1|1990-12-31"


def test_a_workbook_gives_what_the_same_csv_gives():
    from datetime import datetime

    book = Workbook()
    book.active.append(["number", "born", "area"])
    book.active.append([1001, datetime(1990, 12, 31), 11680])  # noqa: DTZ001
    content = io.BytesIO()
    book.save(content)

    entries = _read(content.getvalue(), name="register.xlsx")

    assert entries[0].identifier == b"1001|1990-12-31"


def test_every_fault_is_named_by_its_row_and_repeats_no_cell():
    faults = _faults(
        HEADING
        + "A-1,31.12.1990,11680,,\n"
        + "A-2,1990-12-31,99999,,\n"
        + ",1990-12-31,11680,,\n"
        + "A-4,1990-12-31,11680,outside,\n"
        + "A-5,1990-12-31,11680,,12\n"
        + "A-6,1990-12-31,11680,,\n"
        + "a 6,1990-12-31,11680,,\n"
        + "900101-1234567,1990-01-01,11680,,\n"
    )

    assert faults == [
        (2, "Column “born” is not a date like 1990-12-31."),
        (3, "Column “area” is not the code of an area of this authority."),
        (4, "Column “number” is empty or too long."),
        (5, "Column “participation” must be “resident” or “affiliate”."),
        (6, "Column “phone” is not a phone number."),
        (8, "Same number and date of birth as in row 7."),
        (9, "Column “number” contains a national identity number, which may not be collected here."),
    ]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        ("", "register.csv", "Missing: number, born, area."),
        ("name,born\n", "register.csv", "Missing: number, area."),
        (HEADING, "register.csv", "has no rows"),
        (HEADING.encode("utf-16"), "register.csv", "not UTF-8"),
        ("번호\n".encode("euc-kr"), "register.csv", "not UTF-8"),
        ("เลข\n".encode("cp874"), "register.csv", "not UTF-8"),
        (HEADING + '"A-1,1990', "register.csv", "not valid CSV"),
        (HEADING + "A\0,1990-12-31,11680,,", "register.csv", "not a text file"),
        ("not a workbook", "register.xlsx", "not an XLSX workbook"),
    ],
)
def test_a_file_that_is_no_register_is_refused_as_a_whole(content, name, said):
    [(_, message)] = _faults(content, name=name)

    assert said in message


def test_t48_a_file_too_large_and_a_workbook_that_unpacks_without_end_are_refused(monkeypatch):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (201 * 1024 * 1024))

    assert len(bomb.getvalue()) < 1024 * 1024
    assert "too large" in _faults(bomb.getvalue(), name="register.xlsx")[0][1]
    assert "larger than 20 MB" in _faults(b"x" * (registers.MAX_BYTES + 1))[0][1]


def test_no_more_than_a_hundred_faults_are_listed():
    assert len(_faults(HEADING + "A-1,never,11680,,\n" * 500)) == 100


def test_a_register_is_kept_as_hashes_alone_and_loading_again_renews_it(authority):
    text = HEADING + "A-77421,1990-12-31,11680,,010-5555-0142\n"
    services.load_register(authority, _read(text), actor=None)
    services.load_register(authority, _read(text.replace(",,010-5555-0142", ",affiliate,")), actor=None)

    entry = RegisterEntry.objects.get()
    assert (entry.residency, entry.phone_hmac, entry.area) == ("affiliate", None, authority.area)
    dumped = text_of_every_table()
    for kept in ("A-77421", "A77421", "1990-12-31", "5555-0142", "55550142"):
        assert kept not in dumped


def test_a_thousand_rows_take_as_many_statements_as_one(authority, django_assert_num_queries):
    rows = "".join(f"A-{number},1990-12-31,11680,,\n" for number in range(1000))
    services.load_register(authority, _read(HEADING + "B-1,1990-12-31,11680,,\n"), actor=None)

    with django_assert_num_queries(6):
        services.load_register(authority, _read(HEADING + rows), actor=None)

    assert RegisterEntry.objects.count() == 1001


def test_only_an_administrator_loads_a_register(authority, official):
    entries = _read(HEADING + "A-1,1990-12-31,11680,,\n")

    with pytest.raises(NotPermitted):
        services.load_register(authority, entries, actor=official(Role.CLERK))
    services.load_register(authority, entries, actor=official(Role.AUTHORITY_ADMIN))

    assert RegisterEntry.objects.count() == 1


def test_the_page_loads_a_register_and_gives_the_letters_once(authority, official, client, sign_in):
    sign_in(official(Role.AUTHORITY_ADMIN))
    file = SimpleUploadedFile("register.csv", (HEADING + "=A-1,1990-12-31,11680,,\n").encode())

    answer = client.post("/gangnam/desk/register/", {"file": file, "with_letters": "on"})

    assert answer.headers["Cache-Control"] == "no-store"
    heading, row = answer.content.decode("utf-8-sig").split()
    number, code = row.split(",")
    assert (heading, number, len(code)) == ("number,code", "'=A-1", 14)
    assert "The loaded register has 1 person." in client.get("/gangnam/desk/register/").content.decode()
    assert code not in text_of_every_table()


def test_a_faulty_file_is_answered_422_with_its_rows_and_loads_nothing(authority, official, client, sign_in):
    sign_in(official(Role.AUTHORITY_ADMIN))
    file = SimpleUploadedFile(
        "register.csv", (HEADING + "A-1,1990-12-31,11680,,\nA-2,never,11680,,\n").encode()
    )

    answer = client.post("/gangnam/desk/register/", {"file": file})

    assert answer.status_code == 422
    assert "Column “born” is not a date like 1990-12-31." in answer.content.decode()
    assert not RegisterEntry.objects.exists()
