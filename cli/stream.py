"""`frontdesk log ship` and `frontdesk stream`: a book's records to Kafka, and from there into another book."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from threading import Event

import orjson

from frontdesk.cli.books import NOT_YET, is_begun
from frontdesk.cli.pinned import pinned
from frontdesk.middleware.report import STREAM_COUNTS, Side, StreamReport, Totals
from frontdesk.policy import FrontdeskError, Policy
from frontdesk.policy.stream import Stream
from frontdesk.systemdata.stream.cursor import Cursor
from frontdesk.systemdata.stream.intake import Intake
from frontdesk.systemdata.stream.lag import lag
from frontdesk.systemdata.stream.ship import Shipper
from frontdesk.systemdata.stream.taken import refuse_intake

_LOOK = 5.0  # seconds between two looks how far it is, or nine times as long as one takes


def ship(policy: Policy, of: str, *, once: bool, as_json: bool) -> None:
    """Ship a book until a signal comes, or once; say each minute and at the end what was done."""
    directory, stream = _book_of(policy, of)
    if once and not is_begun(directory):
        print(f"{directory}: {NOT_YET}", file=sys.stderr if as_json else sys.stdout)
        return
    shipper = Shipper(policy, directory, stream)

    def tell() -> None:
        done, behind = shipper.totals(), shipper.lag()
        if as_json:
            _print(done._asdict() | {"behind": behind.records, "behind_since": behind.since})
            return
        swept = f", {done.deleted:,} segments deleted" if not stream.keep else ""
        print(
            f"{directory}: {done.delivered:,} delivered, {behind.records:,} behind, {done.expired:,} expired,"
            f" {done.refused:,} refused, {done.damaged:,} segments damaged, {done.troubles:,} times begun again{swept}",
            flush=True,
        )

    began, look = time.time(), _Look(directory, stream)

    def report() -> StreamReport:
        return _report("ship", stream, began, shipper.totals()._asdict(), *look.behind())

    try:
        with _signals() as stop, pinned(policy.log.directory, report):
            shipper.run(stop, once=once, tell=tell)
    finally:
        tell()


def show_lag(policy: Policy, of: str, *, as_json: bool) -> None:
    """Say how far the topics are behind a book, without asking a broker."""
    directory, stream = _book_of(policy, of)
    refuse_intake(directory)
    behind = lag(directory, stream, Cursor(directory).positions())
    if as_json:
        _print({"behind": behind.records, "segments": behind.segments, "behind_since": behind.since})
    else:
        since = f", the oldest begun at {behind.since}" if behind.since else ""
        print(f"{directory}: {behind.records:,} records behind, in {behind.segments:,} segments{since}")


def take_in(policy: Policy, of: str, group: str | None, every: float, *, once: bool, as_json: bool) -> None:
    """Take a stream into a book until a signal comes, or once; say at the end what was done."""
    directory, stream = _book_of(policy, of)
    intake = Intake(policy, directory, stream, group or stream.topics, every)
    began = time.time()

    def report() -> StreamReport:
        return _report("intake", stream, began, intake.totals()._asdict(), intake.behind)

    try:
        with _signals() as stop, pinned(policy.log.directory, report):
            intake.run(stop, once=once)
    finally:
        done, reasons = intake.totals(), intake.reasons()
        if as_json:
            _print(done._asdict() | {"reasons": reasons})
        else:
            why = (
                f" ({', '.join(f'{count:,} {reason}' for reason, count in sorted(reasons.items()))})" if reasons else ""
            )
            print(
                f"{directory}: {done.written:,} records written in {done.segments:,} segments,"
                f" {done.twice:,} came twice, {done.expired:,} expired, {done.rejected:,} rejected{why}",
                flush=True,
            )


def _book_of(policy: Policy, of: str) -> tuple[Path, Stream]:
    """The folder and the stream of a book: of a residency or a company, or of the common one where `of` is empty.

    Raises `FrontdeskError` where it has none.
    """
    streams = policy.streams()
    if of not in streams:
        others = ", ".join(f"--of {name}" for name in streams if name)
        more = f"; the policy has streams for {others}" if others else ""
        table = "[log.stream]" if not of else f"[log.books.stream] of {of!r}"
        raise FrontdeskError(f"the policy has no {table}: see docs/stream.md{more}")
    return streams[of]


class _Look:
    """Looks how far the topics are behind a book, now and then: in a large one it takes a while."""

    def __init__(self, directory: Path, stream: Stream) -> None:
        self._directory = directory
        self._stream = stream
        self._due = 0.0
        self._told: tuple[int | None, float | None] = None, None

    def behind(self) -> tuple[int | None, float | None]:
        """How many records are behind, and when the oldest segment of these was begun, as far as it is known."""
        began = time.monotonic()
        if began >= self._due:
            with suppress(FrontdeskError):  # the shipper tells of it
                found = lag(self._directory, self._stream, Cursor(self._directory).positions())
                self._told = found.records, datetime.fromisoformat(found.since).timestamp() if found.since else None
            now = time.monotonic()
            self._due = now + max(_LOOK, 9 * (now - began))
        return self._told


def _report(
    side: Side,
    stream: Stream,
    began: float,
    done: dict[str, int],
    behind: int | None,
    since: float | None = None,
) -> StreamReport:
    counts = {f"{side}_{name}": count for name, count in done.items() if f"{side}_{name}" in STREAM_COUNTS}
    return StreamReport(
        process=os.getpid(),
        began=began,
        at=time.time(),
        totals=Totals(streams={stream.topics: counts}),
        stream=stream.topics,
        side=side,
        behind=behind,
        behind_since=since,
    )


def _print(told: dict[str, object]) -> None:
    print(orjson.dumps(told).decode(), flush=True)


@contextmanager
def _signals() -> Iterator[Event]:
    """What is set when SIGTERM or Ctrl-C comes: there is something to be finished then."""
    stop = Event()
    before = {each: signal.signal(each, lambda *_: stop.set()) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
