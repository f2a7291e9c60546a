"""The views for an analyst's own DuckDB."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from frontdesk.analytics import ask
from frontdesk.analytics.sql import COLUMNS, views
from frontdesk.policy import Policy, RetentionClass
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.compact import compact
from frontdesk.systemdata.tags import Tags, head

from ..systemdata.keeping import keep
from .books import NOW, TODAY, crowd, kept_long, question, write

_DOCS = Path(__file__).parents[2] / "docs" / "reports.md"
_COUNTED = (f.VISITS, f.ANONYMOUS, f.COUNTED, f.OBJECTED_DNT, f.OBJECTED_GPC, f.OBJECTED_BOTH, f.BOTS, f.BOTS_OBJECTED)
_FRESH = "2999-01-01T00:00:00Z"


def _rows(policy: Policy, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connected:
        connected.execute(views(kept_long(policy), [policy.log.directory]))
        return connected.execute(sql).fetchall()


@pytest.fixture
def book(policy: Policy) -> Policy:
    """A book with visits in every kind of file, objections, and a question that was asked."""
    write(policy.log.directory, crowd(policy, 7, day=TODAY - timedelta(9), EXPIRES_AT=_FRESH))
    compact(policy.log.directory, NOW)
    objections = crowd(policy, 2, GPC=True, EXPIRES_AT=_FRESH) + crowd(policy, 1, "Other", DNT="1", EXPIRES_AT=_FRESH)
    write(policy.log.directory, crowd(policy, 5, EXPIRES_AT=_FRESH) + objections)
    write(policy.log.directory, crowd(policy, 4, "Gone", EXPIRES_AT="2026-11-24T00:00:00Z"))
    ask(policy, question(), now=NOW)
    return policy


def test_views_tell_visits_of_every_kind_of_file(book: Policy) -> None:
    found = _rows(book, "SELECT CAST(happened AS DATE), organisation, count(*) FROM visits GROUP BY ALL ORDER BY ALL")
    assert found == [(TODAY - timedelta(9), "example", 7), (TODAY, "example", 5)]


def test_views_tell_objections_without_a_name(book: Policy) -> None:
    assert _rows(book, "SELECT dnt, gpc, count(*) FROM objections GROUP BY ALL ORDER BY ALL") == [
        (False, True, 2),
        (True, False, 1),
    ]
    assert not {"organisation", "name", "kind"} & set(COLUMNS["objections"])


@pytest.mark.parametrize("compacted", [False, True])
def test_views_tell_the_counts_of_hours_and_the_machines_in_them(policy: Policy, compacted: bool) -> None:
    at = datetime(2026, 11, 14, 9, tzinfo=UTC).timestamp()
    counts = dict(zip(_COUNTED, range(80, 0, -10), strict=True))
    tags = Tags(policy).of(RetentionClass.AGGREGATE, "aurora-com", at)
    write(policy.log.directory, [head("aggregate", at) | counts | tags | {f.EXPIRES_AT: _FRESH}])
    if compacted:
        compact(policy.log.directory, NOW)
    assert _rows(policy, "SELECT visits, objected, dnt, gpc, dnt_and_gpc, bots, bots_objected FROM aggregates") == [
        (80, 70 + 60, 50, 40, 30, 20, 10)
    ]


def test_views_tell_who_asked(book: Policy) -> None:
    (row,) = _rows(book, "SELECT action, details ->> 'asked_by' FROM audits")
    assert row == ("report", "anna")


@pytest.mark.parametrize("name", COLUMNS)
def test_views_have_the_columns_that_the_docs_list_and_neither_ids_nor_networks(book: Policy, name: str) -> None:
    columns = [row[0] for row in _rows(book, f"DESCRIBE {name}")]
    assert columns == list(COLUMNS[name])
    (listed,) = re.findall(rf"^\| `{name}` \| (.*) \|$", _DOCS.read_text(), re.MULTILINE)
    assert re.findall(r"`(\w+)`", listed) == columns
    told = str(_rows(book, f"FROM {name}"))
    assert "198.51.100" not in told
    assert not [record for record in crowd(book, 7) if record[f.DAILY_ID] in told]


@pytest.mark.parametrize("name", COLUMNS)
def test_views_have_columns_that_need_no_quotes(policy: Policy, name: str) -> None:
    policy.log.directory.mkdir()
    assert _rows(policy, f"FROM {name} SELECT {', '.join(COLUMNS[name])}") == []


@pytest.mark.parametrize("compacted", [False, True])
def test_views_tell_nothing_that_is_only_kept_by_a_hold_since_the_policy_is_shorter(
    policy: Policy, compacted: bool
) -> None:
    today = datetime.now(UTC).date()
    for organisation, days in (("Held", 31), ("Stays", 29)):
        write(policy.log.directory, crowd(policy, 5, organisation, day=today - timedelta(days), EXPIRES_AT=_FRESH))
    if compacted:
        compact(policy.log.directory, datetime.now(UTC))
    with duckdb.connect() as connected:
        connected.execute(views(keep(policy, visit=30), [policy.log.directory]))
        assert connected.execute("SELECT DISTINCT organisation FROM visits").fetchall() == [("stays",)]


def test_views_of_an_empty_book(policy: Policy) -> None:
    policy.log.directory.mkdir()
    assert [_rows(policy, f"FROM {name}") for name in COLUMNS] == [[]] * len(COLUMNS)
