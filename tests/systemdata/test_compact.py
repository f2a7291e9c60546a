"""Compaction: every record comes back as it was, once, and everything that reads or changes a book goes on."""

import fcntl
import os
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import orjson
import polars as pl
import pyarrow.dataset as ds  # type: ignore[import-untyped]
import pytest

from frontdesk.policy import Policy
from frontdesk.policy.networks import pack
from frontdesk.systemdata import BookError, Shelf
from frontdesk.systemdata.compact import compact
from frontdesk.systemdata.follow import Follower
from frontdesk.systemdata.hold import Hold, Holds
from frontdesk.systemdata.lock import alone
from frontdesk.systemdata.purge import purge
from frontdesk.systemdata.read import read
from frontdesk.systemdata.room import Room, make_room
from frontdesk.systemdata.seal import read_seal, seal_lines
from frontdesk.systemdata.shelf import SEALED, sealed, segments
from frontdesk.systemdata.subject import Request, erase, find
from frontdesk.systemdata.verify import verify

from ..book import NAME, files, lines_in
from .keeping import NOW, records_in, security, snapshot, visit, write

ADDRESS = "128.112.0.77"


def kinds_of_segments(book: Path) -> Counter[str]:
    return Counter(path.name.partition(".")[2] for path in files(book) if "visit" in str(path))


def in_any_order(records: list[dict[str, Any]]) -> list[bytes]:
    return sorted(orjson.dumps(record, option=orjson.OPT_SORT_KEYS) for record in records)


def test_segments_become_parquet_and_every_record_comes_back(policy: Policy) -> None:
    book = policy.log.directory
    for hour in range(3):
        write(book, visit(policy, 5 + hour / 24), visit(policy, 5 + hour / 24, "aurora-de"))
    write(book, visit(policy, 0), visit(policy, 1), security(policy, 5, ADDRESS))
    before = records_in(book)
    told = compact(book, NOW, dry_run=True)
    done = compact(book, NOW)
    assert (done.records, done.segments, done.files, done.kept) == (7, 7, 3, [])
    assert told == done._replace(after=None)
    assert in_any_order(records_in(book)) == in_any_order(before)
    assert kinds_of_segments(book) == {"parquet": 2, "jsonl.zst": 2}
    assert [verdict.damage for verdict in verify(book)] == [None] * 5


def test_a_dry_run_changes_nothing_and_a_second_run_finds_nothing(policy: Policy) -> None:
    book = policy.log.directory
    write(book, visit(policy, 5))
    before = snapshot(book)
    assert compact(book, NOW, dry_run=True).records == 1
    assert snapshot(book) == before
    assert compact(book, NOW).records == 1
    before = snapshot(book)
    assert compact(book, NOW)[:3] == (0, 0, 0)
    assert snapshot(book) == before


def test_progress_is_told_from_nought_to_one(policy: Policy) -> None:
    book = policy.log.directory
    write(book, visit(policy, 5), visit(policy, 4), visit(policy, 3))
    told: list[float] = []
    compact(book, NOW, progress=told.append)
    assert (told[0], told[-1], len(told)) == (0, 1, 4)
    assert told == sorted(told)


def test_a_late_segment_is_compacted_by_a_later_run(policy: Policy) -> None:
    book = policy.log.directory
    write(book, visit(policy, 5))
    compact(book, NOW)
    write(book, visit(policy, 5))
    assert len(records_in(book)) == 2
    assert compact(book, NOW).records == 1
    assert kinds_of_segments(book) == {"parquet": 2}
    assert len(records_in(book)) == 2


def test_the_seal_of_the_footer_tells_what_the_records_do(policy: Policy) -> None:
    book = policy.log.directory
    records = [visit(policy, 5 + hour / 24) for hour in (2, 1, 0)]
    write(book, *records)
    (before,) = [read_seal(path) for path in segments(book)]
    compact(book, NOW)
    (after,) = [read_seal(path) for path in segments(book)]
    assert after._replace(sha256=before.sha256) == before


def test_anonymous_and_suspect_records_keep_their_marks_and_tell_nothing_of_their_order(tmp_path: Path) -> None:
    folder = Shelf("visit", "2020-01-01", "us").folder(tmp_path)
    folder.mkdir(parents=True)
    lines = [b'{"timestamp":"2020-01-01T10:00:00.000Z","http.route":"/%d"}\n' % n for n in (3, 1, 2)]
    for mark in ("", "-anonymous", "-suspect", "-anonymous-suspect"):
        seal_lines(folder / f"{NAME}1{mark}{SEALED}", lines)
    assert compact(tmp_path, NOW).files == 4
    for path in segments(tmp_path):
        assert path.name.startswith("29991231T140000000000-")
        routes = [orjson.loads(line)["http.route"] for line in read(path)]
        assert routes == (["/1", "/2", "/3"] if "-anonymous" in path.name else ["/3", "/1", "/2"])


@pytest.mark.parametrize("line", [b"no JSON\n", b"[1]\n", b"\n", b'{"a":1e3}\n', b'{"a":1,"a":2}\n', b'{"a" : 1}\n'])
def test_a_segment_that_would_not_come_back_stays_and_is_told(line: bytes, tmp_path: Path) -> None:
    folder = Shelf("visit", "2020-01-01", "us").folder(tmp_path)
    folder.mkdir(parents=True)
    odd = folder / f"{NAME}1{SEALED}"
    seal_lines(odd, [b'{"a":1}\n', line])
    seal_lines(folder / f"{NAME}2{SEALED}", [b'{"a":1}\n'])
    before = odd.read_bytes()
    done = compact(tmp_path, NOW)
    assert (done.records, done.segments, done.files) == (1, 1, 1)
    assert [str(odd) in words for words in done.kept] == [True]
    assert odd.read_bytes() == before
    assert len(lines_in(tmp_path)) == 3
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_damaged_segment_stays_and_is_told(policy: Policy) -> None:
    book = policy.log.directory
    write(book, visit(policy, 5))
    write(book, visit(policy, 5))
    first, second = segments(book)
    os.truncate(first, first.stat().st_size - 7)
    data = bytearray(second.read_bytes())
    data[20] ^= 255
    second.write_bytes(data)
    done = compact(book, NOW)
    assert (done.files, len(done.kept)) == (0, 2)
    assert first.exists()
    assert second.exists()


def test_a_segment_whose_open_file_is_still_there_is_left_alone(policy: Policy) -> None:
    book = policy.log.directory
    write(book, visit(policy, 5))
    (path,) = segments(book)
    with path.with_name(path.name.replace(SEALED, ".open")).open("wb") as stream:
        stream.write(b"".join(read(path)))
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX)  # its writer lives
        assert compact(book, NOW).files == 0
    assert len(records_in(book)) == 1


def test_duckdb_polars_and_arrow_read_the_files_as_they_lie(policy: Policy) -> None:
    book = policy.log.directory
    write(
        book, *(visit(policy, 5 + n / 24, **{"http.route": f"/{n}"}) | {"frontdesk.signal.gpc": True} for n in range(9))
    )
    write(book, visit(policy, 4, "aurora-de"))
    compact(book, NOW)
    place = str(book / "visit" / "*" / "*" / "*.parquet")
    relation = duckdb.read_parquet(place)
    assert relation.aggregate("count(*), max(timestamp)").fetchall() == [(10, NOW - timedelta(4))]
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    assert types["frontdesk.purposes"] == "VARCHAR[]"
    assert types["frontdesk.signal.gpc"] == "BOOLEAN"
    assert types["http.response.status_code"] == "BIGINT"
    assert types["frontdesk.retention.expires_at"] == "TIMESTAMP WITH TIME ZONE"
    assert set(types.values()) == {"VARCHAR", "VARCHAR[]", "BOOLEAN", "BIGINT", "TIMESTAMP WITH TIME ZONE"}
    frame = pl.scan_parquet(place).filter(pl.col("http.route") == "/3").collect()
    assert frame["frontdesk.signal.gpc"].to_list() == [True]
    assert frame.schema["timestamp"] == pl.Datetime("ms", "UTC")
    table = ds.dataset(list(map(str, segments(book)))).to_table()
    assert table.num_rows == 10


def test_a_record_goes_within_the_hour_from_a_day_s_file(policy: Policy) -> None:
    book = policy.log.directory
    write(book, *(visit(policy, 90 - hour / 24) for hour in range(8)))
    compact(book, NOW)
    assert kinds_of_segments(book) == {"parquet": 1}
    assert purge(policy, book, NOW + timedelta(minutes=59)).records == {}
    told = purge(policy, book, NOW + timedelta(hours=2), dry_run=True)
    done = purge(policy, book, NOW + timedelta(hours=2))
    assert told == done
    assert (done.records, done.files, done.left, done.held) == ({"visit": 3}, 0, 5, 0)
    assert done.oldest == visit(policy, 90 - 3 / 24)["timestamp"]
    assert len(records_in(book)) == 5
    assert [verdict.damage for verdict in verify(book)] == [None]
    done = purge(policy, book, NOW + timedelta(hours=8))
    assert (done.records, done.files, records_in(book)) == ({"visit": 5}, 1, [])
    assert list((book / "visit").iterdir()) == []


@pytest.mark.parametrize("hours", [2, 9])
def test_what_is_held_of_a_day_s_file_stays_and_nothing_beside_it(hours: int, policy: Policy) -> None:
    book = policy.log.directory
    write(book, *(visit(policy, 90 - hour / 24) for hour in range(8)))
    compact(book, NOW)
    first = visit(policy, 90 - 1 / 24)["timestamp"]
    until = first.replace("000Z", "001Z")
    Holds(book).add(Hold(id="case", reason="x", made="2026-11-20T00:00:00.000Z", since=first, until=until))
    done = purge(policy, book, NOW + timedelta(hours=hours))
    assert done.held == 1
    assert first in {record["timestamp"] for record in records_in(book)}
    assert len(records_in(book)) == done.left == (6 if hours == 2 else 1)


def test_an_address_is_found_and_erased_in_parquet(policy: Policy) -> None:
    book = policy.log.directory
    write(book, security(policy, 5, ADDRESS), security(policy, 5, "128.112.0.78"))
    write(book, security(policy, 5, ADDRESS))
    compact(book, NOW)
    request = Request(pack(ADDRESS) or b"", "0000", "9999")
    assert len(find(policy, book, request, NOW).records) == 2
    assert erase(policy, book, request, NOW).erased == 2
    assert find(policy, book, request, NOW).records == []
    assert len(records_in(book)) == 1
    assert [verdict.damage for verdict in verify(book)] == [None]


def test_what_a_stopped_compaction_left_does_not_come_back_by_erasure_or_purge(policy: Policy) -> None:
    book = policy.log.directory
    write(book, security(policy, 5, ADDRESS), security(policy, 5, "128.112.0.78"))
    (path,) = segments(book)
    content = path.read_bytes()
    compact(book, NOW)
    path.write_bytes(content)  # as a crash between the rename and the deletion leaves it
    assert len(records_in(book)) == 2
    assert erase(policy, book, Request(pack(ADDRESS) or b"", "0000", "9999"), NOW).erased == 1
    assert not path.exists()
    path.write_bytes(content)
    assert len(records_in(book)) == 1
    purge(policy, book, NOW + timedelta(20))
    assert not path.exists()
    assert records_in(book) == []


def test_room_is_made_of_compacted_segments_too(policy: Policy) -> None:
    book = policy.log.directory
    write(book, visit(policy, 5), visit(policy, 4))
    oldest = next(segments(book))
    content = oldest.read_bytes()
    compact(book, NOW)
    oldest.write_bytes(content)  # as a stopped compaction leaves it: it is not to come back
    size = sum(path.stat().st_size for path in segments(book))
    (freed,) = make_room(book, Room(max_total_bytes=size - 1))
    assert (freed.records, freed.shelf.day) == (1, "2026-11-18")
    assert len(records_in(book)) == 1


def test_a_reader_that_listed_segments_before_they_were_replaced_finds_each_record_once(policy: Policy) -> None:
    book = policy.log.directory
    for hour in range(3):
        write(book, visit(policy, 5 - hour / 24, **{"http.route": f"/{hour}"}))
    listed = list(segments(book))
    follower = Follower(book)
    lines = follower.read()
    first = [next(lines)]
    compact(book, NOW)
    assert not listed[1].exists()
    assert [orjson.loads(line)["http.route"] for path in listed for line in read(path)] == ["/0", "/1", "/2"]
    assert [orjson.loads(line)["http.route"] for line in first + list(lines)] == ["/0", "/1", "/2"]
    assert list(follower.read()) == []
    write(book, visit(policy, 5, **{"http.route": "/late"}))
    assert [orjson.loads(line)["http.route"] for line in follower.read()] == ["/late"]


def test_a_follower_gives_the_records_of_a_day_in_the_order_of_time(policy: Policy) -> None:
    book = policy.log.directory
    lines = [orjson.dumps(visit(policy, 5 - minute / 1440)) + b"\n" for minute in range(6)]
    folder = Shelf("visit", "2026-11-18", "aurora-com").folder(book)
    folder.mkdir(parents=True)
    for process in range(2):
        seal_lines(folder / f"20261118T140000000000-{process}-1{SEALED}", lines[process::2])
    compact(book, NOW)
    times = [orjson.loads(line)["timestamp"] for line in Follower(book).read()]
    assert times == sorted(times)
    assert len(times) == 6


def test_a_purge_and_a_compaction_exclude_each_other(policy: Policy) -> None:
    write(policy.log.directory, visit(policy, 5))
    with alone(policy.log.directory), pytest.raises(BookError, match="another command is changing this book"):
        compact(policy.log.directory, NOW)


def test_without_pyarrow_it_is_said_in_one_line_and_purge_still_deletes_whole_files(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    from frontdesk.systemdata import table  # noqa: PLC0415

    book = policy.log.directory
    write(book, visit(policy, 90), visit(policy, 90 - 5 / 24))
    compact(book, NOW)

    def none(_: str) -> None:
        raise ImportError

    monkeypatch.setattr(table, "import_module", none)
    monkeypatch.setattr(table, "find_spec", none_found)
    table.arrow.cache_clear()
    try:
        assert [(verdict.records, verdict.damage) for verdict in verify(book)] == [(2, None)]
        with pytest.raises(Exception, match=r"need pyarrow: pip install 'frontdesk\[analytics\]'"):
            records_in(book)
        done = purge(policy, book, NOW + timedelta(hours=2))
        assert (done.files, done.left, len(done.damaged), len(done.unread)) == (0, 2, 0, 1)
        assert done.unread[0].startswith(str(book))
        assert purge(policy, book, NOW + timedelta(hours=6)).files == 1
    finally:
        table.arrow.cache_clear()


def none_found(_: str) -> None:
    return None


def test_an_open_segment_is_still_read_after_it_was_sealed_and_compacted(policy: Policy) -> None:
    book = policy.log.directory
    record = visit(policy, 5)
    folder = Shelf.of(record).folder(book)
    folder.mkdir(parents=True)
    path = folder / f"{NAME}1.open"
    path.write_bytes(orjson.dumps(record) + b"\n")
    assert compact(book, NOW).records == 1
    assert not sealed(path).exists()
    assert [orjson.loads(line) for line in read(path)] == [record]
