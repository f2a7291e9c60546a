"""`make bench-report`: how long the questions of the analyst's page take on a large book, and how much memory.

Beside each stands what DuckDB alone takes to count the same days' visits by country, over the same files: the least
that any answer from the visits themselves could take.
"""

import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import duckdb
import msgspec
import orjson

from frontdesk.analytics import Question, ask
from frontdesk.analytics.remember import remember
from frontdesk.policy import EXAMPLE, Policy, load
from loadtests.rounds import machine
from loadtests.visits import make

_DAYS = 90
_LAST = date(2026, 11, 24)
_NOW = datetime(2026, 11, 25, tzinfo=UTC)
_VISITS = 50_000_000
_ROUNDS = 3
_ORGANISATION = ("organisation", ("university of 7",))


class Asked(NamedTuple):
    """A question of the page, for so many days."""

    name: str
    by: tuple[str, ...]
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()


QUESTIONS = (
    Asked("organisations", ("organisation",)),
    Asked("organisations of one country", ("organisation",), (("country", ("DE",)),)),
    Asked("one organisation by day", ("day",), (_ORGANISATION,)),
    Asked("one organisation's pages", ("page",), (_ORGANISATION,)),
    Asked("visits by day", ("day",)),
    Asked("countries", ("country",)),
    Asked("kinds of network", ("kind",)),
    Asked("companies of the group by week", ("entity", "week")),
    Asked("sites that led here", ("referrer",)),
    Asked("suggestions", ("suggested", "suggestion")),
    Asked("why nobody was named", ("reason",)),
)


def main(visits: int, folder: Path | None = None) -> None:
    """Make a book, keep its day sums, and time every question; print a table, and one JSON object as the last line."""
    print(f"{machine()}; DuckDB {duckdb.__version__}")
    place = folder or Path(tempfile.mkdtemp(prefix="frontdesk-bench-"))
    try:
        _measure(_policy(place / "book"), visits)
    finally:
        if folder is None:
            shutil.rmtree(place)


def _policy(book: Path) -> Policy:
    example = load(EXAMPLE)
    return msgspec.structs.replace(example, log=msgspec.structs.replace(example.log, directory=book))


def _measure(policy: Policy, visits: int) -> None:
    if not policy.log.directory.exists():
        seconds = _time(lambda: make(policy, visits, _DAYS, _LAST, _progress))
        print(f"made {visits:,} visits of {_DAYS} days in {seconds:.0f} s, {_size(policy.log.directory):,.0f} MB")
    kept = _keep(policy)
    size = _size(policy.log.directory / "day-sums")
    print(f"day sums of {_DAYS} days: {kept:.0f} s to make, {size:,.0f} MB\n")
    print(f"{'question':<36}{'days':>5}{'rows':>8}{'seconds':>9}{'floor':>8}{'ratio':>7}")
    told = {}
    for days in (30, _DAYS):
        floor = statistics.median(_time(partial(_floor, policy, days)) for _ in range(_ROUNDS))
        for asked in QUESTIONS:
            seconds, rows = _ask(policy, asked, days)
            told[f"{asked.name}, {days} days"] = round(seconds, 3)
            print(f"{asked.name:<36}{days:>5}{rows:>8,}{seconds:>9.2f}{floor:>8.2f}{seconds / floor:>7.2f}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"\npeak memory {peak:,} MB")
    print(orjson.dumps({"visits": visits, "sums_seconds": round(kept, 1), "peak_mb": peak, "seconds": told}).decode())


def _keep(policy: Policy) -> float:
    # A day later than it is, so that the last one is over for long enough.
    return _time(lambda: remember(policy, policy.log.directory, _NOW + timedelta(1), progress=_progress))


def _ask(policy: Policy, asked: Asked, days: int) -> tuple[float, int]:
    since = _LAST - timedelta(days - 1)
    question = Question("marketing_analytics", asked.by, since, _LAST, "bench", asked.where)
    rows: list[int] = []
    # Its audit record is not what is measured: it takes as long whatever is asked.
    seconds = [
        _time(lambda: rows.append(len(ask(policy, question, now=_NOW, witness=lambda _: None).rows)))
        for _ in range(_ROUNDS)
    ]
    return statistics.median(seconds), rows[-1]


def _floor(policy: Policy, days: int) -> None:
    files = [str(path) for path in _files(policy, days)]
    with duckdb.connect() as connected:
        connected.execute(
            'SELECT "geo.country.iso_code", count(*), count(DISTINCT "frontdesk.visitor.daily_id")'
            " FROM read_parquet(?) GROUP BY ALL",
            [files],
        ).fetchall()


def _files(policy: Policy, days: int) -> Iterator[Path]:
    since = (_LAST - timedelta(days - 1)).isoformat()
    for path in sorted(policy.log.directory.glob("visit/*/*/*.parquet")):
        if path.parents[1].name >= since:
            yield path


def _time(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _size(folder: Path) -> float:
    """Megabytes of everything below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def _progress(part: float) -> None:
    if sys.stderr.isatty():
        print(f"\r{part:.0%} ", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    kept = os.environ.get("BOOK")
    main(int(sys.argv[1]) if len(sys.argv) > 1 else _VISITS, Path(kept) if kept else None)
