"""What compaction costs and brings: bytes of a record before and after, time, and questions asked of both.

`make bench-compact` runs it, `RECORDS=` says how many. The last line is one JSON object of ratios.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import orjson

from frontdesk.systemdata import Shelf
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.compact import compact
from frontdesk.systemdata.read import read
from frontdesk.systemdata.seal import seal_lines
from frontdesk.systemdata.shelf import segments

from .book import Bench
from .rounds import machine

_RECORDS = 1_000_000
_ENTITIES = ("aurora-com", "aurora-de", "aurora-jp")
_DAYS = 30
_LAST = datetime(2026, 11, 20, tzinfo=UTC)
_ROUTES = ["/", "/products", "/products/{id}", "/about", "/blog/{slug}", "/contact", "/search", "/careers/{id}"]
_COUNTRIES = ["US", "DE", "JP", "FR", "GB", "IN", "BR", "CA"]
_AGENTS = ["Chrome", "Safari", "Firefox", "Edge"]
_QUESTIONS = {
    "visits by organisation": '"frontdesk.organisation.key", count(*)',
    "visits by day": "timestamp::timestamp::date, count(*)",
}


def lines(template: dict[str, Any], shelf: Shelf, hour: int, count: int, random: Random) -> Iterator[bytes]:
    """Records of one hour, in the order of time, some thousand organisations among them."""
    for second in sorted(random.random() * 3600 for _ in range(count)):
        at = datetime.fromisoformat(shelf.day + "T00:00:00+00:00") + timedelta(hours=hour, seconds=second)
        number = min(int(random.paretovariate(0.6)), 5000)
        name = f"Organisation {number} of {_COUNTRIES[number % 8]}"
        yield orjson.dumps(
            template
            | {
                f.TIMESTAMP: f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z",
                f.EXPIRES_AT: f"{at + timedelta(90):%Y-%m-%dT%H:%M:%SZ}",
                f.ENTITY: shelf.entity,
                f.CLIENT_NETWORK: f"{number % 200 + 20}.{number // 200}.{random.randrange(40)}.0/24",
                f.AS_NUMBER: 1000 + number,
                f.AS_NAME: name.upper(),
                f.ORGANISATION: name,
                f.ORGANISATION_KEY: name.lower(),
                f.COUNTRY: _COUNTRIES[number % 8],
                f.ROUTE: random.choices(_ROUTES, range(8, 0, -1))[0],
                f.AGENT: random.choice(_AGENTS),
                f.DAILY_ID: f"{random.randrange(number + 9) * 0x9E3779B97F4A7C15 % (1 << 64):016x}".rjust(32, "0"),
            },
            option=orjson.OPT_APPEND_NEWLINE,
        )


def make(book: Path, records: int) -> None:
    """A book as a writer leaves it: of each hour a sealed segment on each shelf."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        template = bench.record
        bench.book.close()
    random, hours = Random(1), _DAYS * 24 * len(_ENTITIES)
    for day in range(_DAYS):
        for entity in _ENTITIES:
            shelf = Shelf("visit", f"{_LAST - timedelta(day):%Y-%m-%d}", entity)
            folder_of = shelf.folder(book)
            folder_of.mkdir(parents=True)
            for hour in range(24):
                name = f"{shelf.day.replace('-', '')}T{hour:02}0000000000-1-{hour}.jsonl.zst"
                seal_lines(folder_of / name, lines(template, shelf, hour, records // hours, random))


def ask(question: str, source: str) -> float:
    """Seconds that DuckDB takes for a question, the better of two."""
    words = f"select {question} from {source} group by 1 order by 2 desc limit 20"
    best = float("inf")
    for _ in range(2):
        start = time.perf_counter()
        duckdb.execute(words).fetchall()
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    """Measure, and print a table and the ratios."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else _RECORDS
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "book"
        make(book, wanted)
        start = time.perf_counter()
        records = sum(1 for path in segments(book) for line in read(path) if orjson.loads(line))
        base = time.perf_counter() - start
        plain = sum(len(line) for path in segments(book) for line in read(path)) / records
        json_lines = f"read_json('{book}/visit/*/*/*.jsonl.zst', union_by_name = true)"
        slow = {name: ask(question, json_lines) for name, question in _QUESTIONS.items()}
        start = time.perf_counter()
        done = compact(book, _LAST + timedelta(9))
        seconds = time.perf_counter() - start
        parquet = f"read_parquet('{book}/visit/*/*/*.parquet')"
        fast = {name: ask(question, parquet) for name, question in _QUESTIONS.items()}
        start = time.perf_counter()
        again = sum(1 for path in segments(book) for line in read(path) if orjson.loads(line))
        back = time.perf_counter() - start
    if again != done.records or done.kept or done.after is None:
        raise AssertionError("compaction lost something")
    before, after = done.before / records, done.after / records
    print(
        f"{machine()}\n{records:,} records of {plain:,.0f} bytes, {done.segments:,} segments -> {done.files:,} files\n"
    )
    print(f"bytes a record   {before:8.1f} sealed  {after:8.1f} in Parquet")
    print(f"compaction       {records / seconds:8,.0f} records/s")
    for name in _QUESTIONS:
        print(f"{name:22} {slow[name]:8.3f} s sealed  {fast[name]:8.3f} s in Parquet")
    ratios = {
        "bytes": after / before,
        "compaction, beside decompressing and decoding": seconds / base,
        "reading the lines again": back / base,
    } | {name: fast[name] / slow[name] for name in _QUESTIONS}
    print(json.dumps({name: round(value, 3) for name, value in ratios.items()}))


if __name__ == "__main__":
    main()
