"""What a record costs, beside the least that it could cost: `orjson.dumps` and `os.write` of the same bytes.

`make bench-book` runs it. The last line is one JSON object: the ratio of the time that each way takes to that, and how
many lines were dropped by a worker that does nothing but hand over records.
"""

import gc
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import msgspec
import orjson

from frontdesk.enrich import Enricher
from frontdesk.geodb import Database
from frontdesk.middleware.desk import Desk
from frontdesk.middleware.seen import Seen
from frontdesk.policy import EXAMPLE, load
from frontdesk.systemdata import Exchange, Writer
from frontdesk.systemdata.entry import enter
from frontdesk.systemdata.line import Line

from .rounds import machine, ratio

_RECORDS = 20_000
_ROUNDS = 11
_AGENT = b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_BASE = "orjson.dumps + os.write"

Way = Callable[[], None]
"""Writes all records once, one way."""


class Bench:
    """One visit's record, written again and again in different ways."""

    def __init__(self, folder: Path) -> None:
        policy = load(EXAMPLE)
        policy = msgspec.structs.replace(policy, log=msgspec.structs.replace(policy.log, directory=folder / "book"))
        self._desk = Desk(policy, Enricher(Database()))
        asked = [(b"x-forwarded-for", b"128.112.0.77"), (b"host", b"www.aurora.example"), (b"user-agent", _AGENT)]
        self._visit, _ = self._desk.welcome("127.0.0.1", Seen(asked))
        self._exchange = Exchange("GET", "https", "www.aurora.example", "/products/{id}", 200)
        self._fd = os.open(folder / "plain.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.book = Writer(policy.log.directory)
        self.book.open()
        self.line = self._build().text
        self.record = orjson.loads(self.line)

    def ways(self) -> dict[str, Way]:
        """What is measured, by its name in the table; the first is what the others are compared with."""
        return {
            _BASE: self.least,
            "encode + enqueue": self.enqueue,
            "build + encode + enqueue": self.build_and_enqueue,
            "build + encode + enqueue + written": self.end_to_end,
        }

    def least(self) -> None:
        """The same bytes by two calls."""
        for _ in range(_RECORDS):
            os.write(self._fd, orjson.dumps(self.record, option=orjson.OPT_APPEND_NEWLINE))

    def enqueue(self) -> None:
        """A record that is there already."""
        for _ in range(_RECORDS):
            enter(self.record, self.book)

    def build_and_enqueue(self) -> None:
        """All that a request does for its record, with the writer's thread at work beside it."""
        for _ in range(_RECORDS):
            line = self._build()
            self.book.take(line.text, line.place)

    def end_to_end(self) -> None:
        """The same, until the last line is in its segment."""
        self.build_and_enqueue()
        self.settle()

    def settle(self) -> None:
        """Wait until nothing waits."""
        while self.book.statistics().buffered:
            time.sleep(0.0005)

    def _build(self) -> Line:
        standing = self._visit.guest.standing
        if standing is None:
            raise AssertionError("this visit is written")
        return self._desk.recorder.visit(time.time(), standing, self._exchange)


def measure(bench: Bench, rounds: int) -> dict[str, list[float]]:
    """Seconds of each way in each round, in an order that changes; the buffer is empty before each."""
    ways, random = bench.ways(), Random(1)
    order = list(ways)
    found: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        random.shuffle(order)
        for name in order:
            bench.settle()
            gc.collect()
            gc.disable()
            start = time.perf_counter()
            ways[name]()
            seconds = time.perf_counter() - start
            gc.enable()
            if number:  # the first round warms up
                found[name].append(seconds)
    return found


def main() -> None:
    """Measure, and print a table and the ratios."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else _ROUNDS
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        found = measure(bench, rounds)
        told = bench.book.statistics()
        bench.book.close(timeout=30)
    base = found[_BASE]
    print(f"{machine()}\n{_RECORDS:,} records of {len(bench.line)} bytes, {rounds} rounds in changing order\n")
    print(
        f"{'median of the rounds':36} {'us a record':>11} {'records/s':>11}  times as long (middle half of the rounds)"
    )
    for name, seconds in found.items():
        median, against = statistics.median(seconds), ratio(seconds, base)
        print(
            f"{name:36} {median / _RECORDS * 1e6:11.2f} {_RECORDS / median:11,.0f}"
            f"  {against.median:5.2f} ({against.low:.2f} to {against.high:.2f})"
        )
    dropped = sum(told.dropped.values())
    print(f"\nhanded over {told.accepted:,} records without a pause, dropped {dropped:,}\n")
    ratios = {name: round(ratio(seconds, base).median, 3) for name, seconds in found.items() if name != _BASE}
    print(json.dumps({"time_to_dumps_and_write": ratios, "accepted": told.accepted, "dropped": dropped}))


if __name__ == "__main__":
    main()
