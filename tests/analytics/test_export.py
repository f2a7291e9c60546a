"""Exports: whatever a name in a record holds, it stays text."""

import csv
import io
from html.parser import HTMLParser
from pathlib import Path

import orjson
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from frontdesk.analytics import Answer
from frontdesk.analytics.export import FORMATS, as_csv, as_html, as_json, as_markdown, as_parquet
from frontdesk.analytics.sheet import notes, sheet
from frontdesk.policy import Policy

from .books import asked, crowd, write

_HOSTILE = [
    "=HYPERLINK(1)",
    "+1+1",
    "-1",
    "@SUM(A1)",
    "\tcmd",
    "<script>alert(1)</script>",
    "a | b",
    "[x](javascript:alert(1))",
    "\x1b[31mred",
    'quote" and, comma',
]
_CREDIT = ["IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0", "Compiled by <somebody>"]


@pytest.fixture
def hostile(policy: Policy) -> Answer:
    """An answer whose names are what somebody wrote who means harm."""
    write(policy.log.directory, [record for name in _HOSTILE for record in crowd(policy, 20, name, page="/")])
    return asked(policy)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_export_csv_holds_no_formula(hostile: Answer) -> None:
    table = list(csv.reader(io.StringIO(as_csv(hostile).decode(), newline="")))
    assert table[0] == list(sheet(hostile).columns)
    assert len(table) == 1 + len(_HOSTILE)
    assert not [cell for row in table for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert {"'=HYPERLINK(1)", "'+1+1", "'-1", "'@SUM(A1)"} <= {row[0] for row in table}


def test_export_html_holds_no_markup_of_a_record_and_loads_nothing(hostile: Answer) -> None:
    page = as_html(hostile, _CREDIT).decode()
    reader = _Reader()
    reader.feed(page)
    assert "script" not in reader.tags
    assert reader.links == ["https://db-ip.com"]
    assert "default-src 'none'" in page
    assert "<script>alert(1)</script>" in reader.text
    assert any("Compiled by <somebody>" in text for text in reader.text)


def test_export_markdown_keeps_each_row_one_row(hostile: Answer) -> None:
    lines = as_markdown(hostile, _CREDIT).decode().splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 2 + len(_HOSTILE)
    columns = len(sheet(hostile).columns)
    assert {line.replace("\\|", "").count("|") for line in table} == {columns + 1}
    assert not [line for line in lines if "<script" in line.replace("\\<", "")]
    assert not [line for line in table if "](" in line.replace("\\]", "")]


def test_export_json_has_all_of_the_answer(hostile: Answer) -> None:
    told = orjson.loads(as_json(hostile, _CREDIT))
    assert {row["organisation"] for row in told["rows"]} == set(_HOSTILE)
    assert (told["purpose"], told["asked_by"], told["k"], told["since"]) == (
        "marketing_analytics",
        "anna",
        10,
        "2026-10-25",
    )
    assert told["total_visits"] == sum(row["visits"] for row in told["rows"])
    assert told["notes"] == notes(hostile)
    assert told["attributions"] == _CREDIT


def test_export_parquet_has_typed_columns_and_the_rest_beside_them(hostile: Answer, tmp_path: Path) -> None:
    file = tmp_path / "answer.parquet"
    file.write_bytes(as_parquet(hostile, _CREDIT))
    table = pq.read_table(file)
    assert table.column("visits").to_pylist() == [20] * len(_HOSTILE)
    assert set(table.column("organisation").to_pylist()) == set(_HOSTILE)
    told = orjson.loads(table.schema.metadata[b"frontdesk.report"])
    assert told["attributions"] == _CREDIT
    assert "rows" not in told


@pytest.mark.parametrize("format_", FORMATS)
def test_export_of_an_answer_with_no_row(policy: Policy, format_: str) -> None:
    write(policy.log.directory, crowd(policy, 3))
    content = FORMATS[format_](asked(policy), _CREDIT)
    assert content
    assert b"Example" not in content


def test_sheet_names_others_and_what_is_not_known(policy: Policy) -> None:
    write(
        policy.log.directory,
        crowd(policy, 30, country=None) + crowd(policy, 20, "B") + crowd(policy, 4, "C", country="FR"),
    )
    assert {row[0] for row in sheet(asked(policy, "country")).rows} == {"(unknown)", "(others)"}


def test_notes_say_what_one_must_know(policy: Policy) -> None:
    write(policy.log.directory, crowd(policy, 3))
    told = " ".join(notes(asked(policy)))
    assert "rounded, up or down, to a multiple of 5" in told
    assert "Whether there are some or none is not told" in told
    assert "Of objections nothing is told" in told
