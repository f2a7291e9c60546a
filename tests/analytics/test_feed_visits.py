"""The feed of single visits: the statements of docs/feeds, run by ClickHouse's own engine on real books."""

from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from frontdesk.analytics.library import connection
from frontdesk.analytics.sql import COLUMNS, views
from frontdesk.geodb.sources.source import TYPES
from frontdesk.policy import Policy, RetentionClass
from frontdesk.policy.model import Recipient
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.compact import compact
from frontdesk.systemdata.tags import Record
from frontdesk.systemdata.transfer import handed_over, may_have

from .books import NOW, crowd, kept_long, visit, write
from .clickhouse import FORMATS, Feed, documented

_DAY = date(2026, 11, 14)
_FRESH = "2099-01-01T00:00:00Z"


def _every_kind(policy: Policy) -> list[Record]:
    """Visits of every mixture of what decides who is named and who objected, whatever wrote them."""
    told: dict[str, tuple[Any, ...]] = {
        "NETWORK_TYPE": ("business", "isp", "hosting", None),
        "ORGANISATION_KIND": ("education", "isp", None),
        "MAY_IDENTIFY": (False, True, None),
        "ORGANISATION_REASON": (None, "person"),
        "DNT": ("unset", "1", None),
        "GPC": (False, True, None),
        "TREATMENT": ("full", "anonymous", None),
        "SYNTHETIC": (None, "bot"),
    }
    return [
        visit(policy, f"Example {number}", number, day=_DAY, EXPIRES_AT=_FRESH, **dict(zip(told, mixture, strict=True)))
        for number, mixture in enumerate(product(*told.values()))
    ]


def _every_network(policy: Policy) -> list[Record]:
    """A visit from every kind of network, named in the record whether it may be or not."""
    return [
        visit(policy, f"Of {kind}", day=_DAY, EXPIRES_AT=_FRESH, NETWORK_TYPE=kind, ORGANISATION_KIND=kind)
        for kind in sorted(TYPES)
    ]


def _full(policy: Policy) -> Record:
    """A visit with a value in every column."""
    more: dict[str, Any] = {"STATUS": 200, "AGENT": "firefox", "REFERRER": "news.example", "ENTITY_SUGGESTED": "us"}
    return visit(
        policy, "O'Neil \\ Söhne", day=_DAY, EXPIRES_AT=_FRESH, SUGGESTED_OUTCOME="shown", page="/a/{id}", **more
    )


def _in_duckdb(policy: Policy) -> list[dict[str, Any]]:
    with connection() as connected:
        connected.execute(views(kept_long(policy), [policy.log.directory]))
        return list(connected.sql("FROM visits ORDER BY ALL").to_arrow_table().to_pylist())


@pytest.mark.parametrize("ending", FORMATS)
def test_clickhouse_has_field_by_field_what_the_view_for_duckdb_has(feed: Feed, policy: Policy, ending: str) -> None:
    book = policy.log.directory
    records = [*_every_kind(policy), *_every_network(policy), _full(policy)]
    write(book, records)
    if ending == "parquet":
        compact(book, NOW)
    feed.visits(book, ending)
    rows = feed.engine.rows("SELECT * FROM frontdesk.visits")
    key = lambda row: [(value is not None, str(value)) for value in row.values()]  # noqa: E731 - of both alike
    assert sorted(rows, key=key) == sorted(_in_duckdb(policy), key=key)
    assert list(rows[0]) == list(COLUMNS["visits"])
    objected = [r for r in records if r.get(f.TREATMENT) != "full" or r.get(f.DNT) == "1" or r.get(f.GPC) is True]
    assert len(rows) == len(records) - len(objected)
    full = next(row for row in rows if row["name"] == "O'Neil \\ Söhne")
    assert [column for column, value in full.items() if value is None] == ["reason"]


def test_clickhouse_reads_parquet_that_is_too_old_for_some_columns(feed: Feed, policy: Policy) -> None:
    write(policy.log.directory, [_full(policy)])
    compact(policy.log.directory, NOW)
    (path,) = policy.log.directory.glob("visit/*/*/*.parquet")
    later = [f.REFERRER, f.SYNTHETIC, f.ENTITY_SUGGESTED, f.SUGGESTED_OUTCOME, f.TRANSFER]
    with pq.ParquetFile(path) as opened:
        table = opened.read()
    pq.write_table(table.drop_columns(later), path)
    feed.visits(policy.log.directory)
    (row,) = feed.engine.rows("SELECT * FROM frontdesk.visits")
    assert [name for name, value in row.items() if value is None] == ["reason", "referrer", "suggested", "suggestion"]
    assert row["bot"] is False


def test_clickhouse_gets_neither_ids_nor_networks(feed: Feed, policy: Policy) -> None:
    records = crowd(policy, 5, EXPIRES_AT=_FRESH)
    write(policy.log.directory, records)
    feed.visits(policy.log.directory, "jsonl.zst")
    told = str(feed.engine.rows("SELECT * FROM frontdesk.visit_rows"))
    assert told.count("'example'") == 5
    assert "198.51.100" not in told
    assert not [record for record in records if record[f.DAILY_ID] in told]


def test_clickhouse_loads_nothing_that_has_expired(feed: Feed, policy: Policy) -> None:
    gone = crowd(policy, 3, "Gone", day=_DAY, EXPIRES_AT="2026-11-20T00:00:00Z")
    write(policy.log.directory, gone + crowd(policy, 2, day=_DAY, EXPIRES_AT=_FRESH))
    compact(policy.log.directory, NOW)
    feed.visits(policy.log.directory)
    assert feed.organisations() == ["example"] * 2


def test_clickhouse_shows_no_row_that_has_expired_and_drops_it_with_its_part(feed: Feed) -> None:
    feed.engine.run(
        "INSERT INTO frontdesk.visit_rows (happened, entity, organisation, bot, expires_at) VALUES"
        " (now(), 'us', 'gone', false, now() - INTERVAL 2 DAY), (now(), 'us', 'stays', false, now() + INTERVAL 2 DAY)"
    )
    assert feed.organisations() == ["stays"]
    stored = "SELECT organisation FROM frontdesk.visit_rows ORDER BY ALL"
    feed.engine.run("OPTIMIZE TABLE frontdesk.visit_rows FINAL")
    assert [row["organisation"] for row in feed.engine.rows(stored)] == ["stays"]


def test_clickhouse_keeps_what_expires_on_one_day_in_parts_of_its_own(feed: Feed, policy: Policy) -> None:
    records = crowd(policy, 3, day=_DAY) + crowd(policy, 3, day=_DAY + timedelta(1))
    write(policy.log.directory, [record | {f.EXPIRES_AT: f"2099{record[f.TIMESTAMP][4:19]}Z"} for record in records])
    compact(policy.log.directory, NOW)
    feed.visits(policy.log.directory)
    feed.engine.run("OPTIMIZE TABLE frontdesk.visit_rows FINAL")
    parts = feed.engine.rows(
        "SELECT uniqExact(toDate(expires_at)) AS days FROM frontdesk.visit_rows GROUP BY _part ORDER BY ALL"
    )
    assert [part["days"] for part in parts] == [1, 1]


def test_clickhouse_has_a_day_once_that_was_loaded_again(feed: Feed, policy: Policy) -> None:
    book = policy.log.directory
    other = _DAY + timedelta(1)
    write(book, crowd(policy, 4, day=_DAY, EXPIRES_AT=_FRESH) + crowd(policy, 2, "Other", day=other, EXPIRES_AT=_FRESH))
    forget = documented("ALTER TABLE frontdesk.visit_rows DELETE").replace("$day", f"{_DAY}")
    feed.visits(book, "jsonl.zst")
    compact(book, NOW)  # the same records, in other segments
    for _ in range(2):
        feed.engine.run(forget)
        feed.visits(book, day=f"{_DAY}")
    assert feed.organisations() == ["example"] * 4 + ["other"] * 2


def test_clickhouse_of_somebody_else_gets_nothing_that_may_not_leave_its_company(feed: Feed, policy: Policy) -> None:
    stays = [record | {f.TRANSFER: "entity"} for record in crowd(policy, 3, "Stays", day=_DAY, EXPIRES_AT=_FRESH)]
    unsaid = crowd(policy, 2, "Unsaid", day=_DAY, EXPIRES_AT=_FRESH)
    for record in unsaid:
        del record[f.TRANSFER]
    objected = crowd(policy, 2, "Objected", day=_DAY, GPC=True, EXPIRES_AT=_FRESH)
    write(policy.log.directory, [*stays, *unsaid, *objected, *crowd(policy, 4, day=_DAY, EXPIRES_AT=_FRESH)])
    compact(policy.log.directory, NOW)
    for whose in ("partner", "", "Own"):
        feed.visits(policy.log.directory, whose=whose)
    assert feed.organisations() == ["example"] * 12
    feed.visits(policy.log.directory)
    assert sorted(set(filter(None, feed.organisations()))) == ["example", "stays", "unsaid"]


def test_clickhouse_loads_what_was_exported_for_a_recipient(feed: Feed, policy: Policy, tmp_path: Path) -> None:
    partner = Recipient(
        id="partner",
        legal_name="Partner",
        country="DE",
        entities=("aurora-com",),
        classes=(RetentionClass.VISIT,),
        purposes=("right_website",),
    )
    records = [*crowd(policy, 3, EXPIRES_AT=_FRESH), *crowd(policy, 2, "Stays", GPC=True, EXPIRES_AT=_FRESH)]
    lines = [orjson.dumps(handed_over(partner, record)) for record in records if may_have(partner, record)]
    exported = tmp_path / "partner.jsonl"
    exported.write_bytes(b"\n".join(lines))
    feed.lines(exported, whose="partner")
    assert feed.organisations() == []  # handed over for one purpose, it is not used for another
    feed.lines(exported, whose="partner", purpose="right_website")
    assert feed.organisations() == ["example"] * 3


def test_clickhouse_gets_only_what_is_kept_for_the_purpose(feed: Feed, policy: Policy) -> None:
    others = crowd(policy, 3, "Other", PURPOSES=["right_website"], EXPIRES_AT=_FRESH)
    write(policy.log.directory, others + crowd(policy, 2, EXPIRES_AT=_FRESH))
    feed.visits(policy.log.directory, "jsonl.zst")
    assert feed.organisations() == ["example"] * 2
