"""The demo's traffic: visitors sent over real HTTP, on kept-alive connections, a few threads at once."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException
from time import monotonic

from frontdesk.cli.demo.visitors import Visitor, Way
from frontdesk.policy import FrontdeskError

_THREADS = 3
_TIMEOUT = 10.0  # seconds for one answer
_TICK = 0.2  # seconds; as often as the book is flushed
_SERVER_ERROR = 500


class Traffic:
    """Visitors on their way, and how each was answered. A failed request is counted, never ignored."""

    def __init__(self, visitors: Sequence[Visitor], port: int) -> None:
        self.visitors = visitors
        self.port = port
        self.statuses: Counter[int] = Counter()
        self.failures: Counter[str] = Counter()
        self.ways: Counter[Way] = Counter()
        self.seconds = 0.0
        self._lock = threading.Lock()
        self._stop = threading.Event()

    @property
    def sent(self) -> int:
        """How many requests were answered or failed."""
        return self.statuses.total() + self.failures.total()

    def run(self, tick: Callable[[], None]) -> None:
        """Send every visitor, and call `tick` a few times a second; what it raises stops the rest."""
        started = monotonic()
        with ThreadPoolExecutor(_THREADS, "demo-visitors") as threads:
            under_way = {threads.submit(self._send_all, self.visitors[lane::_THREADS]) for lane in range(_THREADS)}
            try:
                while wait(under_way, _TICK).not_done:
                    tick()
            finally:
                self._stop.set()
                self.seconds = monotonic() - started
        for lane in under_way:
            lane.result()

    def require_answers(self) -> None:
        """Raise `FrontdeskError` if any request failed, or was answered with a server error."""
        wrong = self.failures.copy()
        wrong.update({f"status {status}": n for status, n in self.statuses.items() if status >= _SERVER_ERROR})
        if wrong:
            what = ", ".join(f"{reason} ({count})" for reason, count in wrong.most_common())
            raise FrontdeskError(f"{wrong.total()} of {self.sent} visits were not answered as they should be: {what}")

    def _send_all(self, visitors: Sequence[Visitor]) -> None:
        with ExitStack() as stack:
            connections = {way: self._connection(way) for way in Way}
            for connection in connections.values():
                stack.callback(connection.close)
            for visitor in visitors:
                if self._stop.is_set():
                    return
                self._send(visitor, connections[visitor.way])

    def _connection(self, way: Way) -> HTTPConnection:
        """A connection, which connects when it is first used."""
        host, source = way.value
        return HTTPConnection(host, self.port, timeout=_TIMEOUT, source_address=(source, 0) if source else None)

    def _send(self, visitor: Visitor, connection: HTTPConnection) -> None:
        try:
            connection.putrequest("GET", visitor.path, skip_host=True, skip_accept_encoding=True)
            for name, value in visitor.headers:
                connection.putheader(name, value)
            connection.endheaders()
            response = connection.getresponse()
            response.read()
        except (OSError, HTTPException) as error:
            connection.close()
            self._count(visitor.way, type(error).__name__)
        else:
            self._count(visitor.way, response.status)

    def _count(self, way: Way, outcome: int | str) -> None:
        with self._lock:
            self.ways[way] += 1
            if isinstance(outcome, int):
                self.statuses[outcome] += 1
            else:
                self.failures[outcome] += 1
