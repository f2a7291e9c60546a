"""The way back of one visit: cookies held back, the end noted, one record handed to the book."""

import time
from collections import Counter
from typing import Any, Final

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from frontdesk.middleware.caching import for_visitor, in_bytes
from frontdesk.middleware.complaint import complain, error_type
from frontdesk.middleware.cookies import emptied, is_broken, is_deletion, is_essential
from frontdesk.middleware.desk import Desk
from frontdesk.middleware.seen import plain
from frontdesk.middleware.visit import Visit
from frontdesk.systemdata import Exchange, Writer
from frontdesk.systemdata.buffer import Buffer
from frontdesk.systemdata.concealed import NOWHERE, Concealed
from frontdesk.systemdata.contract import Contract
from frontdesk.systemdata.counts import Counts
from frontdesk.systemdata.entry import enter
from frontdesk.systemdata.incident import Incident, Reported
from frontdesk.systemdata.line import Line
from frontdesk.systemdata.minimise import METHODS, SCHEMES, known_method, known_scheme
from frontdesk.systemdata.rounds import Rounds
from frontdesk.systemdata.shelf import Place, Shelf
from frontdesk.systemdata.visit import Exchanged

_DISCONNECTS = (ClientDisconnect, WebSocketDisconnect)
_GOODBYES = frozenset({1000, 1001})
_SERVER_ERROR: Final = 500
# Compared and not hashed: what an app sends as a type may be anything.
_STARTS: Final = ("http.response.start", "websocket.http.response.start")
_BODIES: Final = ("http.response.body", "websocket.http.response.body", "http.response.zerocopysend")


class Ledgers:
    """Where a front desk notes what happened. `hours` are those of the rounds, at hand for each visit."""

    __slots__ = ("book", "counts", "hours", "rounds")

    def __init__(self, book: Writer, rounds: Rounds, counts: Counter[str]) -> None:
        self.book = book
        self.rounds = rounds
        self.counts = counts
        self.hours: Counts = rounds.counts


class Answer:
    """What the app answers to one visit. It ends with the desk that it began with, whatever is swapped meanwhile.

    `move` is where the visitor is led instead, if anywhere.
    """

    __slots__ = (
        "_address",
        "_complete",
        "_desk",
        "_error",
        "_gone",
        "_ledgers",
        "_referrer",
        "_scope",
        "_send",
        "_status",
        "_written",
        "move",
        "visit",
    )

    def __init__(
        self,
        desk: Desk,
        ledgers: Ledgers,
        scope: Scope,
        send: Send,
        visit: Visit,
        referrer: bytes | None = None,
        address: Concealed = NOWHERE,
    ) -> None:
        self._desk = desk
        self._ledgers = ledgers
        self._scope = scope
        self._send = send
        self.visit = visit
        self._referrer = referrer
        self._address = address
        self.move: str | None = None
        self._status: int | None = None
        self._complete = self._gone = self._written = False
        self._error: str | None = None

    def hear(self, receive: Receive) -> Receive:
        """What the app receives from. Of a WebSocket, a client that says goodbye is noted: it has not gone missing."""
        if self._scope["type"] != "websocket":
            return receive

        async def heard() -> Message:
            message = await receive()
            if message["type"] == "websocket.disconnect" and message.get("code") in _GOODBYES:
                self._complete = True
            return message

        return heard

    async def send(self, message: Message) -> None:
        """Pass a message of the app on to the server."""
        read = plain(message)
        kind = read.get("type")
        if kind == "http.response.start":
            message = self._for_caches(message)
        if self.visit.guest.objected:
            message = self._without_cookies(message)
        if kind in _BODIES:
            self._complete = not read.get("more_body", False)
        else:
            self._note(kind, message)
        try:
            await self._send(message)
        except OSError:  # how servers say that the client went away
            self._gone = True
            raise
        # Behind a server error an exception may follow, which the record should name.
        if self._complete and (self._status or 0) < _SERVER_ERROR and not self._written:
            self.finish()

    def fail(self, error: BaseException) -> None:
        """Note how the app ended without an answer, or in the middle of one."""
        if self._gone or _is_goodbye(error) or not isinstance(error, Exception):
            self._gone = self._gone or not self._complete
            return
        self._error = error_type(error)
        if self._status is None:
            self._status = _SERVER_ERROR  # the server, or an outer layer, says so in our place

    def finish(self) -> None:
        """Count the visit, and write its record."""
        self._written = True
        book = self._ledgers.book
        try:
            line = self._line(time.time())
            if line is None:
                return
            text, place = line
            buffer: Buffer = book.buffer
            buffer.put(text, place)
            if buffer.calls():
                book.call()
            if book.listener is not None:
                book.listener(Line(text, place).record())
        except Exception as error:  # noqa: BLE001 - no request fails because of its record
            book.lost("encode_error", self._shelf("visit"))
            complain(error)

    def _line(self, at: float) -> tuple[bytes, Place] | None:
        """Count the visit, and give its line, or None where the visitor is to be counted only."""
        visit, ledgers, desk = self.visit, self._ledgers, self._desk
        guest = visit.guest if visit.is_as_the_rules_say() else desk.guest(visit)
        ledgers.hours.add(at, guest.tally)
        standing = guest.standing
        if standing is None:
            return None
        daily_id = None
        if not standing.anonymous and (ids := desk.ids) is not None and (address := self._address.reveal()):
            daily_id = ids.of(address, standing.entity, at)
        return desk.recorder.text(at, standing, self._exchange(), daily_id, self._referrer, visit.outcome())

    def end(self) -> None:
        """Write the record, hand over what was noted in the visit, and let go of the address."""
        if not self._written:
            self.finish()
        noted, address = self.visit.end(), self._address
        self._address = NOWHERE
        if noted is None:
            return
        if noted.incidents:
            self._report(noted.incidents, address)
        if noted.contracts:
            self._tell(noted.contracts)

    def _report(self, incidents: list[Incident], address: Concealed) -> None:
        visit, book, rounds = self.visit, self._ledgers.book, self._ledgers.rounds
        tags = self._desk.recorder.tags
        try:
            for incident in incidents:
                told = (visit.network_type, visit.entity, Exchange(*self._exchange()))
                rounds.report(Reported(incident, address, *told, visit.signals.gpc, visit.guest.objected), tags)
        except Exception as error:  # noqa: BLE001 - no request fails because of its record
            book.lost("encode_error", self._shelf("security"))
            complain(error)

    def _tell(self, contracts: list[Contract]) -> None:
        book = self._ledgers.book
        try:
            for contract in contracts:
                enter(self._desk.contract(self.visit, contract), book, heard=not self.visit.guest.objected)
        except Exception as error:  # noqa: BLE001 - no request fails because of its record
            book.lost("encode_error", self._shelf("audit"))
            complain(error)

    def _shelf(self, retention_class: str) -> Shelf:
        """Where a record is missing of which nothing could be made."""
        return Shelf(retention_class, "", self._desk.policy.default_entity)

    def _note(self, kind: object, message: Message) -> None:
        if kind in _STARTS:
            status = plain(message).get("status")
            self._status = status if isinstance(status, int) else None
        elif kind == "http.response.pathsend":
            self._complete = True
        elif kind == "websocket.accept":
            self._status = 101
        elif kind == "websocket.close":
            self._status = self._status or 403  # closed before it was accepted
            self._complete = True

    def _exchange(self) -> Exchanged:
        visit, scope = self.visit, plain(self._scope)
        method, scheme = scope.get("method", "GET"), scope.get("scheme", "http")
        outcome = "error" if self._error else "complete" if self._complete and not self._gone else "disconnected"
        # Routers leave the route that they matched in the scope, Starlette's and FastAPI's with its template.
        route = visit.route or getattr(scope.get("route"), "path", None)
        return (
            method if method in METHODS else known_method(method),
            scheme if scheme in SCHEMES else known_scheme(scheme),
            visit.guest.host,
            route if isinstance(route, str) else None,
            self._status,
            outcome,
            self._error,
        )

    def for_visitor(self, message: Message) -> Message:
        """A message as this visitor gets it, also one that an app sends outside of the front desk."""
        if message.get("type") == "http.response.start":
            message = self._for_caches(message)
        return self._without_cookies(message) if self.visit.guest.objected else message

    def _for_caches(self, message: Message) -> Message:
        """The beginning of an answer, with what follows from the visit."""
        try:
            given = plain(message).get("headers") or ()
            headers = self._with_what_follows(given)
        except (TypeError, ValueError, AttributeError):
            return message  # no headers that a server would take either
        return message if headers is given or not headers else {**message, "headers": headers}

    def _with_what_follows(self, given: Any) -> list[Any]:
        try:
            return for_visitor(given, self.visit, self._desk.router)
        except (TypeError, AttributeError):  # text where ASGI says bytes, which uvicorn takes with h11
            return for_visitor(in_bytes(given), self.visit, self._desk.router)

    def _without_cookies(self, message: Message) -> Message:
        try:
            headers = list(message.get("headers") or ())
            kept = [pair for name, value in headers if (pair := self._permitted(name, value))]
        except (TypeError, ValueError, AttributeError):
            return message  # no headers that a server would take either
        self._ledgers.counts["cookies_held_back"] += len(headers) - len(kept)
        return {**message, "headers": kept} if headers else message

    def _permitted(self, name: Any, value: Any) -> tuple[Any, Any] | None:
        """A header as a visitor who objected may get it, or None."""
        # Browsers read a name with blanks around it as the name, and some servers take text where ASGI says bytes.
        field = name.strip().lower()
        if field not in (b"set-cookie", "set-cookie"):
            return name, value
        if not isinstance(value, bytes) or is_broken(value):
            return None
        if is_essential(value, self._desk.policy.cookies.essential):
            return name, value
        return (name, emptied(value)) if is_deletion(value) else None


def _is_goodbye(error: BaseException) -> bool:
    """Whether an error says that the client went away, also one of several that tasks ended with."""
    if isinstance(error, BaseExceptionGroup):
        return error.split(_DISCONNECTS)[1] is None
    return isinstance(error, _DISCONNECTS)
