"""The ASGI middleware: it receives the visit, lets the app answer, and writes one record."""

import logging
import os
import time
from collections import Counter
from os import PathLike
from typing import NamedTuple

from anyio import to_thread
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from frontdesk import systemdata
from frontdesk.enrich import Enricher
from frontdesk.geodb import EMBEDDED, Database
from frontdesk.middleware.desk import Desk, Seen
from frontdesk.middleware.visit import Visit
from frontdesk.policy import Policy, Treatment, load
from frontdesk.systemdata import Exchange, Writer
from frontdesk.systemdata.record import encode

_log = logging.getLogger("frontdesk")

_DISCONNECTS = (ClientDisconnect, WebSocketDisconnect)


class Statistics(NamedTuple):
    """What the front desk did since it started, in this process."""

    visits: int
    objected: int  # visits whose visitor asked not to be tracked
    counted: int  # of these, the ones of which nothing at all was written
    cookies_held_back: int
    forwarding_refused: int  # visits that brought forwarding elements which were not believed
    troubles: int  # visits that could not be looked up, and were received as strangers
    book: systemdata.Statistics


class FrontDesk:
    """Receives the visitors of an app.

    Mount it outermost. The app finds the visit at `request.state.visit` (`scope["state"]["visit"]` in plain ASGI), for
    HTTP and WebSocket alike. Whatever goes wrong in here, the app's answer is what it would have been without.
    """

    def __init__(self, app: ASGIApp, *, policy: Policy | str | PathLike[str]) -> None:
        """Open everything that is needed, once.

        Args:
            app: the app to receive visitors for.
            policy: a policy, or the file that it is in.

        Raises:
            FrontdeskError: the policy, the database or the book's folder is wrong; the message says what to do.
        """
        self.app = app
        self.policy = policy if isinstance(policy, Policy) else load(os.fspath(policy))
        file = self.policy.database.file
        self.desk = Desk(self.policy, Enricher(Database(file or EMBEDDED)))
        self.book = Writer(self.policy.log.directory)
        self.counts: Counter[str] = Counter()
        self._warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            await self._receive_visit(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def statistics(self) -> Statistics:
        """The counters of this process."""
        counts = self.counts
        return Statistics(
            counts["visits"],
            counts["objected"],
            counts["counted"],
            counts["cookies_held_back"],
            counts["forwarding_refused"],
            counts["troubles"],
            self.book.statistics(),
        )

    async def _receive_visit(self, scope: Scope, receive: Receive, send: Send) -> None:
        seen = self.desk.look(scope["headers"])
        client = scope.get("client")
        if client and client[1] == 0 and seen.forwarding:
            self._warn_of_rewritten_peer()
        visit = self._welcome(client[0] if client else None, seen)
        scope.setdefault("state", {})["visit"] = visit
        answer = _Answer(self, scope, send, visit, seen)
        try:
            await self.app(scope, receive, answer.send)
        except BaseException as error:
            answer.fail(error)
            raise
        finally:
            answer.finish()

    def _welcome(self, peer: str | None, seen: Seen) -> Visit:
        try:
            visit, greeting = self.desk.welcome(peer, seen)
        except Exception as error:  # noqa: BLE001 - no request fails because of the front desk
            self.counts["troubles"] += 1
            _complain(error)
            return self.desk.stranger(seen)
        self._count(visit, greeting.ignored)
        return visit

    def _count(self, visit: Visit, ignored: int) -> None:
        self.counts["visits"] += 1
        if visit.objected:
            self.counts["objected"] += 1
            if visit.treatment is Treatment.COUNT:
                self.counts["counted"] += 1
        if ignored:
            self.counts["forwarding_refused"] += 1

    def _warn_of_rewritten_peer(self) -> None:
        """A peer with port 0 and a forwarding header: the server has put the header's word in the peer's place."""
        if not self._warned:
            self._warned = True
            _log.warning(
                "the server rewrites the peer from forwarding headers before the front desk sees it;"
                " switch that off (uvicorn: --no-proxy-headers)"
            )

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the lifespan on; close the book when the app has shut down, before the server is told so."""
        self.book.open()

        async def closing(message: Message) -> None:
            if message["type"] in {"lifespan.shutdown.complete", "lifespan.shutdown.failed"}:
                await to_thread.run_sync(self.book.close)
            await send(message)

        await self.app(scope, receive, closing)


class _Answer:
    """The way back of one visit: cookies held back, status and end noted, the record written once."""

    __slots__ = ("_complete", "_desk", "_error", "_gone", "_scope", "_seen", "_send", "_status", "_visit", "_written")

    def __init__(self, desk: FrontDesk, scope: Scope, send: Send, visit: Visit, seen: Seen) -> None:
        self._desk = desk
        self._scope = scope
        self._send = send
        self._visit = visit
        self._seen = seen
        self._status: int | None = None
        self._complete = self._gone = self._written = False
        self._error: str | None = None

    async def send(self, message: Message) -> None:
        """Pass a message of the app on to the server."""
        if "headers" in message and self._visit.objected:
            message = self._without_cookies(message)
        self._note(message)
        try:
            await self._send(message)
        except OSError:  # how servers say that the client went away
            self._gone = True
            raise
        # Behind a server error an exception may follow, which the record should name.
        if self._complete and (self._status or 0) < 500:  # noqa: PLR2004
            self.finish()

    def fail(self, error: BaseException) -> None:
        """Note how the app ended without an answer, or in the middle of one."""
        if self._gone or isinstance(error, _DISCONNECTS) or not isinstance(error, Exception):
            self._gone = True
            return
        self._error = type(error).__name__
        if self._status is None:
            self._status = 500  # the server, or an outer layer, says so in our place

    def finish(self) -> None:
        """Write the record, once."""
        if self._written:
            return
        self._written = True
        desk = self._desk
        try:
            record = desk.desk.record(self._visit, time.time(), self._seen.user_agent, self._exchange())
            if record is not None:
                desk.book.put(encode(record))
        except Exception as error:  # noqa: BLE001 - no request fails because of its record
            desk.book.lost("encode_error")
            _complain(error)

    def _note(self, message: Message) -> None:
        kind = message["type"]
        if kind in {"http.response.start", "websocket.http.response.start"}:
            self._status = message["status"]
        elif kind == "http.response.body":
            self._complete = not message.get("more_body", False)
        elif kind == "websocket.accept":
            self._status = 101
        elif kind == "websocket.close":
            self._status = self._status or 403  # closed before it was accepted
            self._complete = True
        elif kind == "websocket.http.response.body":
            self._complete = not message.get("more_body", False)

    def _exchange(self) -> Exchange:
        scope, visit = self._scope, self._visit
        outcome = "error" if self._error else "complete" if self._complete and not self._gone else "disconnected"
        return Exchange(
            scope.get("method", "GET"),
            scope.get("scheme", "http"),
            visit.host,
            visit.route or _route(scope),
            self._status,
            outcome,
            self._error,
        )

    def _without_cookies(self, message: Message) -> Message:
        kept = [
            (name, value)
            for name, value in message["headers"]
            if name.lower() != b"set-cookie" or _cookie_name(value) in self._desk.policy.cookies.essential
        ]
        self._desk.counts["cookies_held_back"] += len(list(message["headers"])) - len(kept)
        return {**message, "headers": kept}


def _cookie_name(set_cookie: bytes) -> str:
    return set_cookie.partition(b"=")[0].strip().decode("latin-1")


def _route(scope: Scope) -> str | None:
    """The template that a router matched: Starlette's and FastAPI's routers leave the route in the scope."""
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else None


def _complain(error: Exception) -> None:
    """Say that something went wrong in here. The error's own text stays out of the log: it may hold an address."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame else "unknown place"
    _log.error("a visit was not noted as it should be: %s at %s", type(error).__name__, where)
