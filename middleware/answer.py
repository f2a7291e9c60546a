"""The way back of one visit: cookies held back, the end noted, one record handed to the book."""

import logging
import time
from collections import Counter
from typing import NamedTuple

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from frontdesk.middleware.caching import for_visitor
from frontdesk.middleware.cookies import emptied, is_broken, is_deletion, is_essential
from frontdesk.middleware.desk import Desk, Seen
from frontdesk.middleware.report import Came
from frontdesk.middleware.visit import Visit
from frontdesk.policy import Treatment
from frontdesk.policy.seldom import Seldom
from frontdesk.systemdata import Exchange, Writer
from frontdesk.systemdata.concealed import NOWHERE, Concealed
from frontdesk.systemdata.contract import Contract
from frontdesk.systemdata.entry import enter
from frontdesk.systemdata.incident import Incident, Reported
from frontdesk.systemdata.minimise import MACHINES, agent_family
from frontdesk.systemdata.rounds import Rounds
from frontdesk.systemdata.shelf import Shelf

_log = logging.getLogger("frontdesk")

seldom = Seldom()
"""Which complaints of this process were told lately."""

_DISCONNECTS = (ClientDisconnect, WebSocketDisconnect)
_GOODBYES = frozenset({1000, 1001})
_SERVER_ERROR = 500
_LONGEST_TYPE = 64


class Reception(NamedTuple):
    """How one visit was received: the visit, the fields that were read, where it is led, and whence it comes."""

    visit: Visit
    seen: Seen
    move: str | None = None
    address: Concealed = NOWHERE


class Answer:
    """What the app answers to one visit. It ends with the desk that it began with, whatever is swapped meanwhile."""

    __slots__ = (
        "_address",
        "_book",
        "_complete",
        "_counts",
        "_desk",
        "_error",
        "_gone",
        "_rounds",
        "_scope",
        "_seen",
        "_send",
        "_status",
        "_visit",
        "_written",
    )

    def __init__(
        self,
        desk: Desk,
        book: Writer,
        rounds: Rounds,
        counts: Counter[str | Came],
        scope: Scope,
        send: Send,
        reception: Reception,
    ) -> None:
        self._desk = desk
        self._book = book
        self._rounds = rounds
        self._counts = counts
        self._scope = scope
        self._send = send
        self._visit = reception.visit
        self._seen = reception.seen
        self._address = reception.address
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
        message = self.for_visitor(message)
        self._note(message)
        try:
            await self._send(message)
        except OSError:  # how servers say that the client went away
            self._gone = True
            raise
        # Behind a server error an exception may follow, which the record should name.
        if self._complete and (self._status or 0) < _SERVER_ERROR:
            self.finish()

    def fail(self, error: BaseException) -> None:
        """Note how the app ended without an answer, or in the middle of one."""
        if self._gone or isinstance(error, _DISCONNECTS) or not isinstance(error, Exception):
            self._gone = self._gone or not self._complete
            return
        self._error = _error_type(error)
        if self._status is None:
            self._status = _SERVER_ERROR  # the server, or an outer layer, says so in our place

    def finish(self) -> None:
        """Write the record, once."""
        if self._written:
            return
        self._written = True
        try:
            at, visit, entity = time.time(), self._visit, self._visit.entity
            bot = agent_family(self._seen.user_agent) in MACHINES
            self._rounds.counts.add(at, entity, visit.treatment, visit.signals, bot=bot)
            self._counts[visit.treated, entity.id, visit.arrived.finding.record.type] += 1
            daily_id = self._rounds.daily_id(self._address, entity, at) if not visit.objected else None
            seen = self._seen
            record = self._desk.record(visit, at, seen.user_agent, self._exchange(), daily_id, seen.referrer)
            if record is not None:
                enter(record, self._book)
        except Exception as error:  # noqa: BLE001 - no request fails because of its record
            self._book.lost("encode_error", self._shelf("visit"))
            complain(error)

    def end(self) -> None:
        """Write the record, hand over what was noted in the visit, and let go of the address."""
        self.finish()
        noted, address = self._visit.end(), self._address
        self._address = NOWHERE
        if noted.incidents:
            self._report(noted.incidents, address)
        if noted.contracts:
            self._tell(noted.contracts)

    def _report(self, incidents: list[Incident], address: Concealed) -> None:
        visit = self._visit
        try:
            for incident in incidents:
                told = (visit.network_type, visit.entity, self._exchange())
                self._rounds.report(Reported(incident, address, *told, stays=visit.signals.gpc))
        except Exception as error:  # noqa: BLE001 - no request fails because of its record
            self._book.lost("encode_error", self._shelf("security"))
            complain(error)

    def _tell(self, contracts: list[Contract]) -> None:
        try:
            for contract in contracts:
                enter(self._desk.contract(self._visit, contract), self._book)
        except Exception as error:  # noqa: BLE001 - no request fails because of its record
            self._book.lost("encode_error", self._shelf("audit"))
            complain(error)

    def _shelf(self, retention_class: str) -> Shelf:
        """Where a record is missing of which nothing could be made."""
        return Shelf(retention_class, "", self._desk.policy.default_entity)

    def _note(self, message: Message) -> None:
        kind = message.get("type")
        if kind in {"http.response.start", "websocket.http.response.start"}:
            status = message.get("status")
            self._status = status if isinstance(status, int) else None
        elif kind == "http.response.body":
            self._complete = not message.get("more_body", False)
        elif kind == "http.response.pathsend":
            self._complete = True
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

    def for_visitor(self, message: Message) -> Message:
        """The message as this visitor gets it."""
        if message.get("type") == "http.response.start":
            message = self._for_caches(message)
        return message if self._visit.treated is Treatment.FULL else self._without_cookies(message)

    def _for_caches(self, message: Message) -> Message:
        try:
            headers = for_visitor(message.get("headers") or (), self._visit, self._desk.router)
        except (TypeError, ValueError, AttributeError):
            return message  # no headers that a server would take either
        return {**message, "headers": headers} if headers else message

    def _without_cookies(self, message: Message) -> Message:
        try:
            headers = list(message.get("headers") or ())
            kept = [pair for name, value in headers if (pair := self._permitted(name, value))]
        except (TypeError, ValueError, AttributeError):
            return message  # no headers that a server would take either
        self._counts["cookies_held_back"] += len(headers) - len(kept)
        return {**message, "headers": kept} if headers else message

    def _permitted(self, name: bytes, value: bytes) -> tuple[bytes, bytes] | None:
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


def _route(scope: Scope) -> str | None:
    """The template that a router matched: Starlette's and FastAPI's routers leave the route in the scope."""
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else None


def _error_type(error: BaseException) -> str:
    """The name of an exception's class, where it is a plain one: a class can be made at run time, with any name."""
    name = type(error).__name__
    return name if name.isascii() and name.isidentifier() and len(name) <= _LONGEST_TYPE else "_OTHER"


def complain(error: Exception) -> None:
    """Say that something went wrong in here, of each place in the code once a minute at most.

    The error's own text stays out of the log: it may hold an address.
    """
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame else "unknown place"
    name = _error_type(error)
    if seldom.admits((name, where)):
        _log.error("a visit was not noted as it should be: %s at %s", name, where)
