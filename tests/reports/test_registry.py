"""The registry of figures is whole, and the page of docs says what it says."""

from pathlib import Path

from reports.figures import FIGURES
from reports.schema import Report


def rows_of_the_docs() -> dict[str, str]:
    """The sentence on each figure in the table of docs/reports.md."""
    text = (Path(__file__).parents[2] / "docs" / "reports.md").read_text(encoding="utf-8")
    rows = (line.split(" | ") for line in text.splitlines() if line.startswith("| `"))
    return {row[0].strip("|` "): row[1] for row in rows}


def test_the_table_of_the_docs_has_a_row_for_every_figure_with_the_sentence_of_the_registry():
    assert rows_of_the_docs() == {figure.key: figure.docs for figure in FIGURES}


def test_no_two_figures_have_one_key_and_every_key_is_free_in_the_heading_of_a_report():
    keys = [figure.key for figure in FIGURES]

    assert len(set(keys)) == len(keys)
    assert not set(keys) & set(Report.model_fields)
