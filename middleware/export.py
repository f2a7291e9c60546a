"""Records as OpenTelemetry logs, by its official SDK: a copy of the book's records for one collector, as they come.

A request only leaves its record in a bounded queue, and never waits; one thread sends what is there. The collector is
either some companies' own, or that of a recipient in the policy, who gets what `systemdata.transfer` allows. Of a
visitor who objected nothing is sent, as the moment of sending would tell when they came; the hour's counts have them.
"""

import atexit
import json
import logging
import os
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple
from weakref import WeakSet

from frontdesk.policy import FrontdeskError, Policy, Treatment
from frontdesk.policy.model import OpenTelemetry as Settings
from frontdesk.policy.seldom import Seldom
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.tags import Record
from frontdesk.systemdata.transfer import handed_over, may_have

_log = logging.getLogger("frontdesk")

MOST_WAITING = 4096
"""Records that may wait to be sent; a further one is counted as dropped."""
SHUTDOWN_TIMEOUT = 1.0
"""Seconds that closing may take."""

_BATCH = 512
_INTERVAL = 1.0  # seconds that a record may wait for others
_TIMEOUT = 10.0  # seconds for one batch, with everything that is tried again
_PLAIN = (str, bool, int, float)


class Exported(NamedTuple):
    """What became of the records, since the start, in this process."""

    sent: int
    withheld: int  # that the collector may not have
    dropped: int  # as too many waited, or were left when the process ended
    failed: int  # that the collector did not take


class Export:
    """Sends the records of one process. For any thread; after a fork the child starts afresh."""

    def __init__(self, settings: Settings, policy: Policy) -> None:
        """Make ready to send. Raises `FrontdeskError` where the SDK is not installed."""
        try:
            from frontdesk.middleware.otlp import Sender  # noqa: PLC0415 - needs an extra
        except ImportError:
            raise FrontdeskError("[opentelemetry] needs its SDK: pip install 'frontdesk[opentelemetry]'") from None
        self._open: Callable[[], Sender] = lambda: Sender(settings.endpoint, _TIMEOUT)
        self._entities = frozenset(settings.entities)
        self._recipient = next((each for each in policy.recipients if each.id == settings.recipient), None)
        self._seldom = Seldom()
        self.start_afresh()
        _all.add(self)

    def start_afresh(self) -> None:
        """Hold nothing and have no thread: at first, and in a child after a fork."""
        self._waiting: deque[Record] = deque()
        self._counts: Counter[str] = Counter()
        self._starting = threading.Lock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def hear(self, record: Record) -> None:
        """Take a copy of a record that is entered into the book. It never waits."""
        if len(self._waiting) >= MOST_WAITING:
            self._counts["dropped"] += 1
            return
        self._waiting.append(record)
        if self._thread is None:
            self._start()
        elif len(self._waiting) >= _BATCH:
            self._wake.set()

    def statistics(self) -> Exported:
        """The counters of this process."""
        return Exported(*(self._counts[name] for name in Exported._fields))

    def close(self, timeout: float = SHUTDOWN_TIMEOUT) -> None:
        """Send what waits; what is left after `timeout` seconds is counted as dropped."""
        with self._starting:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._stopping.set()
            self._wake.set()
            thread.join(timeout)
        self._counts["dropped"] += len(self._waiting)
        self._waiting.clear()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._stopping = threading.Event()
                thread = threading.Thread(
                    target=self._run, args=(self._stopping,), name="frontdesk-opentelemetry", daemon=True
                )
                with suppress(RuntimeError):  # no more threads to be had: the next record tries again
                    thread.start()
                    self._thread = thread

    def _run(self, stopping: threading.Event) -> None:
        try:
            sender = self._open()
        except Exception as error:  # noqa: BLE001 - a variable of the SDK's that says nothing sensible
            self._complain(type(error).__name__)
            return
        last = False
        while not last:
            self._wake.wait(_INTERVAL)
            self._wake.clear()
            last = stopping.is_set()
            while self._waiting:
                if batch := list(self._batch()):
                    self._send(sender.send, batch)
        sender.close()

    def _batch(self) -> Iterator[Record]:
        """Records that the collector may have, as it gets them."""
        for _ in range(min(len(self._waiting), _BATCH)):
            try:
                record = self._waiting.popleft()
            except IndexError:  # given up meanwhile
                return
            given = self._given(record)
            if given is None:
                self._counts["withheld"] += 1
            else:
                yield given

    def _given(self, record: Record) -> Record | None:
        if record.get(f.TREATMENT, Treatment.FULL) != Treatment.FULL:
            return None
        if self._recipient is not None:
            return handed_over(self._recipient, record) if may_have(self._recipient, record) else None
        stays = record.get(f.TRANSFER) != "recipients"
        return None if (stays and len(self._entities) > 1) or record.get(f.ENTITY) not in self._entities else record

    def _send(self, send: Callable[[list[Record]], bool], batch: list[Record]) -> None:
        try:
            taken = send(batch)
        except Exception as error:  # noqa: BLE001 - whatever it is, there is a next batch
            taken = False
            self._complain(type(error).__name__)
        else:
            if not taken:
                self._complain("the collector did not take them")
        self._counts["sent" if taken else "failed"] += len(batch)

    def _complain(self, told: str) -> None:
        if self._seldom.admits():
            with suppress(Exception):  # a log handler that fails is not to end the thread
                _log.warning("records are not exported to OpenTelemetry: %s", told)


def nanoseconds(text: str) -> int:
    """A record's time in nanoseconds since 1970."""
    return round(datetime.fromisoformat(text).timestamp() * 1000) * 1_000_000


def attributes(record: Record) -> dict[str, Any]:
    """A record's fields as attributes: plain values and lists of text as they are, what is nested as JSON."""
    return {
        name: value if isinstance(value, _PLAIN) or _is_texts(value) else json.dumps(value, default=str)
        for name, value in record.items()
        if value is not None and name not in {f.TIMESTAMP, f.EVENT_NAME}
    }


def _is_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)


_all: WeakSet[Export] = WeakSet()


def _after_fork() -> None:
    for export in list(_all):
        export.start_afresh()


def _at_exit() -> None:
    for export in list(_all):
        export.close()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)
