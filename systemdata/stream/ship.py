"""Shipping: a process of its own follows a book and sends its records, and goes on where it was whatever happens.

Records go in order. What was delivered is noted once a second; while brokers are away the segments are the spool. What
cannot be sent is tried again, by a new producer from what was noted: nothing is lost, and what had been delivered and
not been noted comes twice.
"""

import logging
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import NamedTuple

from frontdesk.policy import FrontdeskError, Policy, RetentionClass
from frontdesk.policy.seldom import INTERVAL, Seldom
from frontdesk.policy.stream import Stream
from frontdesk.systemdata.lock import alone
from frontdesk.systemdata.shelf import shelves
from frontdesk.systemdata.stream.cursor import Cursor
from frontdesk.systemdata.stream.delivery import Deliveries, Sent
from frontdesk.systemdata.stream.lag import Lag, lag
from frontdesk.systemdata.stream.message import Rules, UnfitError, message_of
from frontdesk.systemdata.stream.outlet import Outlet
from frontdesk.systemdata.stream.spool import Entry, Spool
from frontdesk.systemdata.stream.sweep import sweep
from frontdesk.systemdata.stream.taken import refuse_intake
from frontdesk.systemdata.stream.topics import AwayError, check_topics

_log = logging.getLogger("frontdesk")

PATIENCE = 60.0
"""Seconds without any record delivered after which a run that is to end when all is delivered gives up."""

_PAUSE = 0.2  # seconds between two looks for new records, or nine times as long as a look takes in a large book,
_LONGEST_PAUSE = 2.0  # but no longer than this
_NOTING = 1.0  # seconds between two notes
_FAREWELL = 10.0  # seconds for what is on its way when the process is to end
# Security records are found, and their keys destroyed, by what is in the book: they stay.
_EXPENDABLE = frozenset({RetentionClass.VISIT, RetentionClass.AGGREGATE})
_BACKOFF = (1.0, 2.0, 5.0, 10.0)


class Shipped(NamedTuple):
    """What a shipper did since it began."""

    delivered: int  # records that the brokers have
    expired: int  # that were not sent, as their time had come
    refused: int  # that do not belong into this stream; they stay in the book
    damaged: int  # segments of which not everything could be read
    deleted: int  # segments, delivered and not to be kept
    troubles: int  # how often it had to begin again with the brokers


class Shipper:
    """Ships one book. `run` may be called once."""

    def __init__(self, policy: Policy, directory: Path, stream: Stream) -> None:
        """Raises `BookError` where the book is not there, is one that a stream flows into, or its cursor is damaged."""
        refuse_intake(directory)
        ours = [entity.id for entity in policy.entities if policy.directory_of(entity) == directory]
        self._policy = policy
        self._directory = directory
        self._rules = Rules(stream, frozenset(ours))
        self._cursor = Cursor(directory)
        self._spool = Spool(directory, stream.classes, self._cursor.positions())
        self._deliveries = Deliveries()
        self._seldom = Seldom()
        self._delivered = self._expired = self._refused = self._damaged = self._deleted = self._troubles = 0
        self._noted = self._told = self._progress = time.monotonic()
        self._checked = self._once = False
        self._tell: Callable[[], object] = lambda: None

    def totals(self) -> Shipped:
        """What was done so far."""
        return Shipped(self._delivered, self._expired, self._refused, self._damaged, self._deleted, self._troubles)

    def lag(self) -> Lag:
        """How far the topics are behind the book. Raises `BookError`."""
        return lag(self._directory, self._rules.stream, self._cursor.positions())

    def run(self, stop: Event, *, once: bool = False, tell: Callable[[], object] = lambda: None) -> None:
        """Ship until `stop` is set, or, once, until everything that is due is delivered.

        `tell` is called once a minute. Raises `BookError` where another process ships this book or a disk fails;
        `FrontdeskError` where a topic keeps records too long, or brokers are away for long and `once` is asked.
        """
        self._tell, self._once = tell, once
        self._cursor.make()
        with alone(self._cursor.folder, "another process ships this book"):
            self._cursor.load()  # as it is now that nobody else changes it
            self._spool.go_back(self._cursor.positions())
            done = False
            while not done and not stop.is_set():
                try:
                    done = self._ship(stop)
                except AwayError as away:
                    self._begin_again(str(away), stop)

    def _ship(self, stop: Event) -> bool:
        """Ship by one producer; whether that was all."""
        if not self._checked:
            for words in check_topics(self._policy, self._rules.stream):
                self._warn(words, words)
            self._checked = True
        outlet = Outlet(self._rules.stream)
        try:
            while not stop.is_set():
                began = time.monotonic()
                found = self._pass(outlet, stop)
                if self._once and not found and not self._deliveries:
                    return True
                pause = min(max(_PAUSE, 9 * (time.monotonic() - began)), _LONGEST_PAUSE)
                outlet.poll(0 if found else pause)
                self._keep_house(outlet)
        finally:
            outlet.close(_FAREWELL)
            self._note()
        return True

    def _pass(self, outlet: Outlet, stop: Event) -> bool:
        """Send what is there and was not sent yet; whether there was anything."""
        found = False
        with closing(self._spool.read(datetime.now(UTC))) as entries:
            for entry in entries:
                found = True
                if not self._take(entry, outlet, stop):
                    break
        self._damaged += len(self._spool.damaged)
        for damage in self._spool.damaged:
            self._warn("damage", f"not all of a segment can be shipped: {damage}")
        self._spool.damaged.clear()
        return found

    def _take(self, entry: Entry, outlet: Outlet, stop: Event) -> bool:
        """Send a record, or pass over it, as soon as there is room; False where the process is to end before."""
        message = None
        if entry.line:
            try:
                message = message_of(entry, self._rules, datetime.now(UTC))
            except UnfitError as unfit:
                entry = self._pass_over(entry, str(unfit))
        sent = Sent(entry, safe=message is None)
        while self._deliveries.are_full or (
            message is not None and not outlet.send(message, lambda: self._is_safe(sent))
        ):
            if stop.is_set():
                return False
            outlet.poll(0.1)
            self._keep_house(outlet)
        self._deliveries.add(sent)
        outlet.poll(0)
        return True

    def _is_safe(self, sent: Sent) -> None:
        sent.delivered()
        self._delivered += 1
        self._progress = time.monotonic()

    def _pass_over(self, entry: Entry, reason: str) -> Entry:
        """Count a record that is not sent, and see that it stays in the book, unless its time is over."""
        if reason == "expired":
            self._expired += 1
            return entry
        self._refused += 1
        self._warn(reason, f"records that do not belong into this stream stay in the book ({reason})")
        return entry._replace(position=self._spool.keep(entry.place))

    def _keep_house(self, outlet: Outlet) -> None:
        """Note what was delivered, now and then; tell of brokers that are away, and how far it is."""
        now = time.monotonic()
        if now - self._noted >= _NOTING or self._deliveries.are_full:
            self._note()
        if outlet.trouble is not None and now - self._progress > _NOTING:
            self._warn("away", f"the brokers do not take records: {outlet.trouble}; they wait in {self._directory}")
        if now - self._told >= INTERVAL:
            self._told = now
            self._tell()
        self._lose_patience(outlet.trouble or "no answer")

    def _note(self) -> None:
        moved = self._deliveries.settle()
        self._noted = time.monotonic()
        if not moved:
            return
        self._cursor.note(moved)
        ended = [place for place, position in moved.items() if position.done]
        self._deliveries.noted()
        if not self._rules.stream.keep and ended:
            self._deleted += sweep(self._directory, self._cursor.positions(), _EXPENDABLE)
        yesterday = (datetime.now(UTC).date() - timedelta(days=1)).isoformat()
        if ended:
            self._cursor.forget((shelf.day for shelf in shelves(self._directory)), yesterday)

    def _begin_again(self, trouble: str, stop: Event) -> None:
        """Go back to what was noted, wait a while, and let another producer try."""
        self._warn("again", f"records are not shipped: {trouble}; they wait in {self._directory}")
        self._deliveries = Deliveries()
        self._spool.go_back(self._cursor.positions())
        self._checked = False  # a topic may have been made anew
        pause = _BACKOFF[min(self._troubles, len(_BACKOFF) - 1)]
        self._troubles += 1
        self._lose_patience(trouble)
        stop.wait(pause)

    def _lose_patience(self, trouble: str) -> None:
        if self._once and time.monotonic() - self._progress > PATIENCE:
            raise FrontdeskError(f"no record was delivered for {PATIENCE:.0f} seconds: {trouble}")

    def _warn(self, key: str, words: str) -> None:
        if self._seldom.admits(key):
            _log.warning("%s", words)
