import csv
import io
from datetime import UTC, datetime

import openpyxl
import pytest

from reports.render.csv import as_csv, harmless
from reports.render.xlsx import as_xlsx

MADE_AT = datetime(2025, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("=1", "'=1"),
        ("+1", "'+1"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'=1"),
        ("\r=1", "'=1"),
        ("\n=1", "'=1"),
        ("  =1", "'=1"),
        ("|x", "'|x"),
        ("＝1", "'＝1"),
        ("＋1", "'＋1"),
        ("\x00=1", "'=1"),
        ("\u200b=1", "'=1"),
        ("\ufeff=1", "'=1"),
        ("﹦1", "'﹦1"),
    ],
)
def test_a_text_that_begins_like_a_formula_is_checked_in_as_text(written: str, stored: str):
    assert harmless(written) == stored


@pytest.mark.parametrize("text", ["공원 = 쉼터", "ถนน+ทางเท้า", "Đường A-B", "1=1", "a\u200db", ""])
def test_an_ordinary_text_stays_as_it_is(text: str):
    assert harmless(text) == text


def test_control_characters_and_line_breaks_do_not_reach_a_file():
    assert harmless("one\x00two\x1b[31m") == "onetwo[31m"
    assert harmless("one\r\ntwo\u2028three") == "one  two three"


def test_csv_opens_with_korean_and_thai_and_keeps_numbers_as_numbers():
    written = as_csv([["제목", "cost"], ["ถนน, ทางเท้า", 4900000], ['a "b"', -5]])

    assert written.startswith(b"\xef\xbb\xbf")
    assert written.endswith(b"\r\n")
    assert list(csv.reader(io.StringIO(written.decode("utf-8-sig")))) == [
        ["제목", "cost"],
        ["ถนน, ทางเท้า", "4900000"],
        ['a "b"', "-5"],
    ]


def test_xlsx_holds_texts_and_numbers_and_no_formula():
    written = as_xlsx([("공원/녹지", [["제목", "원"], ["=1+1", 4900000]])], title="t", made_at=MADE_AT)

    book = openpyxl.load_workbook(io.BytesIO(written))
    assert book.sheetnames == ["공원 녹지"]
    title, cost = book.worksheets[0][2]
    assert (title.value, title.data_type) == ("'=1+1", "s")
    assert (cost.value, cost.data_type) == (4900000, "n")


def test_sheets_with_one_name_are_numbered_and_long_names_are_cut():
    written = as_xlsx([("A" * 40, [["x"]]), ("A" * 40, [["x"]])], title="t", made_at=MADE_AT)

    assert openpyxl.load_workbook(io.BytesIO(written)).sheetnames == ["A" * 31, "A" * 28 + " 2"]


def test_the_same_rows_give_the_same_workbook():
    rows = [["a"], [1]]

    assert as_xlsx([("s", rows)], title="t", made_at=MADE_AT) == as_xlsx(
        [("s", rows)], title="t", made_at=MADE_AT
    )
