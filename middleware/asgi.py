"""The ASGI middleware: it receives the visit, lets the app answer, and writes one record."""

import asyncio
import atexit
import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date
from os import PathLike
from typing import NamedTuple
from weakref import WeakSet

from anyio import CapacityLimiter, to_thread
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from frontdesk import systemdata
from frontdesk.enrich import Enricher, web_service
from frontdesk.enrich.web_service import WebService
from frontdesk.geodb import EMBEDDED, Database
from frontdesk.geodb.age import Age, State, age_of, in_words, today
from frontdesk.geodb.copy import drop_old_copies
from frontdesk.geodb.watch import Watch
from frontdesk.middleware.answer import Answer, Ledgers, complain
from frontdesk.middleware.asked import NOTHING_ASKED, Asked
from frontdesk.middleware.board import Pin, Told, read_board
from frontdesk.middleware.declared import Declared, declare
from frontdesk.middleware.desk import Desk, Lookups
from frontdesk.middleware.export import Export
from frontdesk.middleware.operations import Operations
from frontdesk.middleware.pace import Pace
from frontdesk.middleware.report import Came, Report
from frontdesk.middleware.seen import Seen
from frontdesk.middleware.server_error import ANSWER, bring_back
from frontdesk.middleware.state import report_of
from frontdesk.middleware.visit import Account, Visit
from frontdesk.middleware.warned import take_note
from frontdesk.policy import Entity, FrontdeskError, Policy, Treatment, load
from frontdesk.policy.seldom import Seldom
from frontdesk.systemdata import Writer
from frontdesk.systemdata.audit import audit, auditor
from frontdesk.systemdata.entry import elsewhere, enter
from frontdesk.systemdata.gap import Gap
from frontdesk.systemdata.hold import keeps
from frontdesk.systemdata.incident import Incident
from frontdesk.systemdata.record import encode
from frontdesk.systemdata.room import Room
from frontdesk.systemdata.rounds import Rounds
from frontdesk.systemdata.shelf import Shelf
from frontdesk.systemdata.tags import Tags

AccountEntity = Callable[[Scope], str | None]
"""Gives the id of the entity that an account has its contract with."""

_VISITS = frozenset({"http", "websocket"})
_NO_PEER = (None, None)

_log = logging.getLogger("frontdesk")
# One of its own, for those who know that their database is old.
_age_log = logging.getLogger("frontdesk.age")


class DatabaseStatistics(NamedTuple):
    """The network database in use, and how old it is."""

    name: str
    build_date: date
    age: int  # days since its newest source was made
    state: State  # of its oldest source: fresh, stale or expired


class Statistics(NamedTuple):
    """What the front desk did since it started, in this process."""

    visits: int
    objected: int  # visits whose visitor asked not to be tracked
    counted: int  # of these, the ones of which nothing at all was written
    cookies_held_back: int
    forwarding_refused: int  # visits that brought forwarding elements which were not believed
    troubles: int  # visits that could not be looked up, and were received as strangers
    swaps: int  # databases that were changed over to
    databases_refused: int  # databases that were refused, the old one staying
    book: systemdata.Statistics
    database: DatabaseStatistics
    web_service: web_service.Statistics | None  # None where the policy has none


class FrontDesk:
    """Receives the visitors of an app.

    Mount it outermost. The app finds the visit at `request.state.visit` (`scope["state"]["visit"]` in plain ASGI), for
    HTTP and WebSocket alike. Whatever goes wrong in here, the app's answer is what it would have been without.
    """

    def __init__(
        self, app: ASGIApp, *, policy: Policy | str | PathLike[str], account_entity: AccountEntity | None = None
    ) -> None:
        """Open everything that is needed, once.

        Args:
            app: the app to receive visitors for.
            policy: a policy, or the file that it is in.
            account_entity: gives, of a request's scope, the id of the entity that the visitor's account has its
                contract with, or None. It is asked whenever an answer needs it, so it must not wait for anything.

        Raises:
            FrontdeskError: the policy, the database or the book's folder is wrong; the message says what to do.
        """
        self.app = app
        self._account_entity = account_entity
        self.counts: Counter[str | Came] = Counter()
        self._awake = False
        self._warned = False
        self._fault: FrontdeskError | None = None
        self._told_of_age = False
        self._inside: object = None  # the app whose middleware this is, once it is known
        self._told_seldom = Seldom()
        self._lookups = Lookups(0, 0)
        self._began = time.time()
        try:
            self._open(policy)
        except FrontdeskError as fault:
            # Starlette makes its middleware while the server waits for the app's lifespan to begin. Raised there, a
            # fault would be taken for an app without a lifespan, and be served; told by the protocol, it stops it.
            if not _in_event_loop():
                raise
            self._fault = fault

    def _open(self, policy: Policy | str | PathLike[str]) -> None:
        take_note()
        self.policy = policy if isinstance(policy, Policy) else load(os.fspath(policy))
        file = self.policy.database.file or EMBEDDED
        settings, directory = self.policy.web_service, self.policy.log.directory
        self.web_service = WebService(settings, directory) if settings else None
        self._declared = Declared(self.policy.signals)
        self._use(Database(file))
        self._watch = Watch(file, self.change_over, new_day=lambda: self._renew(self._database))
        room = Room(self.policy.log.max_total_bytes, self.policy.log.min_free_ratio, keeps)
        self.book = Writer(directory, elsewhere=elsewhere(self.policy), gap_line=self._gap_line, room=room)
        collector = self.policy.opentelemetry
        self.export = Export(collector, self.policy) if collector else None
        self.book.listener = self.export.hear if self.export else None
        self._pin = Pin(directory, self.report)
        operations = self.policy.operations
        self._operations = Operations(operations, self.report, self.told) if operations else None
        self.rounds = Rounds(self.policy, self.book, self.pin_up)
        self._ledgers = Ledgers(self.book, self.rounds, self.counts)
        self._pace = Pace()
        _all.add(self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind not in _VISITS or self._fault is not None:
            await self._beside_visits(scope, receive, send)
            return
        if kind == "http" and (resource := self._declared.find(scope)):
            await declare(resource, scope["method"], send)
            return
        if self._operations is not None and self._operations.are_asked(scope, self.desk):
            await self._operations.answer(scope, send)
            return
        answer = self._welcome(scope, send)
        try:
            if answer.move is None:
                await self.app(scope, receive if kind == "http" else answer.hear(receive), answer.send)
            else:
                await _lead(answer.move, answer.send)
        except BaseException as error:
            answer.fail(error)
            raise
        finally:
            answer.end()

    async def _beside_visits(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What is asked besides visits: to start and to stop, and whatever else the app may know."""
        if self._fault is not None:
            await _refuse_to_start(self._fault, scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def change_over(self, database: Database) -> None:
        """Look visitors up in another database from now on; a visit under way ends with the one it began with."""
        before = self._database.manifest
        self._renew(database)
        told = {"before": before.name, "after": database.manifest.name, "sha256": database.manifest.sha256}
        entity = auditor(self.policy, self.policy.log.directory)
        enter(audit(Tags(self.policy), time.time(), "database_swap", entity, told), self.book)

    def _renew(self, database: Database) -> None:
        self._lookups = self._lookups.and_(self.desk.lookups())
        self._use(database)

    def _use(self, database: Database) -> None:
        enricher = Enricher(database)
        self.desk = Desk(self.policy, enricher, self.web_service)
        self._warn_of_age(database, enricher.age)
        self._database = database
        if database.file != EMBEDDED:
            drop_old_copies(database.file, database.manifest)

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
            self._watch.swaps,
            self._watch.refused,
            self.book.statistics(),
            self._database_statistics(),
            self.web_service.statistics() if self.web_service else None,
        )

    def pin_up(self) -> None:
        """Tell the other processes, and commands, how things are."""
        try:
            self._pin.put()
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing but the view from outside depends on it
            if self._told_seldom.admits("pin"):
                told = getattr(error, "strerror", None) or type(error).__name__
                _log.warning("metrics and `frontdesk top` are not told of process %d: %s", os.getpid(), told)

    def told(self) -> Told:
        """What all processes of the book tell of themselves, this one as it is now."""
        self.pin_up()
        return read_board(self.policy.log.directory)

    def report(self) -> Report:
        """What this process tells of itself."""
        exported = self.export.statistics() if self.export else None
        return report_of(self.statistics(), self.counts, self._lookups.and_(self.desk.lookups()), self._began, exported)

    def _database_statistics(self) -> DatabaseStatistics:
        manifest = self._database.manifest
        age = age_of(manifest, today())
        return DatabaseStatistics(manifest.name, manifest.build_date, age.days, age.state)

    def _gap_line(self, gap: Gap) -> tuple[bytes, Shelf]:
        record = self.desk.recorder.gap(gap)
        return encode(record), Shelf.of(record)

    def _welcome(self, scope: Scope, send: Send) -> Answer:
        """Receive a visit, and show it to the app."""
        desk = self.desk
        try:
            answer = self._receive(desk, scope, send)
        except Exception as error:  # noqa: BLE001 - no request fails because of the front desk
            self.counts["troubles"] += 1
            complain(error)
            answer = Answer(desk, self._ledgers, scope, send, desk.stranger())
        # In a state of this request's own: some servers share theirs.
        state = scope.get("state")
        scope["state"] = {**state, "visit": answer.visit} if isinstance(state, Mapping) else {"visit": answer.visit}
        outer = scope.get("app")
        if outer is not None:
            self._stand_inside(outer, scope, answer)
        return answer

    def _stand_inside(self, outer: object, scope: Scope, answer: Answer) -> None:
        """As the middleware of a Starlette or FastAPI app: see to the page for errors that it sends outside of it."""
        scope[ANSWER] = answer.for_visitor
        if outer is not self._inside:
            self._inside = outer
            bring_back(outer)

    def _receive(self, desk: Desk, scope: Scope, send: Send) -> Answer:
        if not self._awake:
            self._wake()
        get = scope.get
        peer, port = get("client") or _NO_PEER
        seen = Seen(scope["headers"])
        asked = NOTHING_ASKED
        if scope["type"] == "http":
            asked = desk.router.asked(get("method", ""), get("path", ""), get("query_string", b""), seen)
        account = None if self._account_entity is None else self._account(scope)
        visit, greeting = desk.welcome(peer, seen, asked, account)
        answer = Answer(desk, self._ledgers, scope, send, visit, seen.last(b"referer"), greeting.address)
        self.counts["visits"] += 1
        if port == 0 or greeting.ignored or asked.refused or asked.opens or visit.guest.treated is not Treatment.FULL:
            self._look_closer(desk, answer, asked, seen, port, ignored=greeting.ignored)
        return answer

    def _look_closer(
        self, desk: Desk, answer: Answer, asked: Asked, seen: Seen, port: int | None, *, ignored: bool
    ) -> None:
        """What is to be done for a visit with something about it."""
        visit = answer.visit
        if visit.guest.treated is not Treatment.FULL:
            self.counts["objected"] += 1
            self.counts["counted"] += visit.guest.treated is Treatment.COUNT
        if port == 0 and desk.forwarding(seen):
            self._warn_of_rewritten_peer()
        if ignored:
            self.counts["forwarding_refused"] += 1
            self._note(visit, "spoofed_forwarding")  # elements that nobody trusted wrote
        if asked.refused:
            self._note(visit, "refused_redirect")
        answer.move = desk.move(visit)

    def _wake(self) -> None:
        """Start what works beside requests: at the first request, and in each process that a server forks."""
        self._watch.start()
        self.rounds.start()
        self._awake = True

    def _account(self, scope: Scope) -> Account:
        """What asks the app for the account's entity."""

        def asked() -> Entity | None:
            try:
                return self.desk.entities.named(self._account_entity and self._account_entity(scope))
            except Exception as error:  # noqa: BLE001 - no request fails because the app cannot tell
                complain(error)
                return None

        return asked

    def _warn_of_age(self, database: Database, age: Age) -> None:
        """At start, with a new database, and once a day; of the embedded one, which breaks no licence, once only."""
        told = in_words(database.manifest.name, age)
        if told and not (self._told_of_age and database.file == EMBEDDED) and self._told_seldom.admits(told):
            self._told_of_age = True
            _age_log.warning("%s", told)

    def _note(self, visit: Visit, kind: str) -> None:
        """Note what a stranger tried, as far as the pace allows."""
        at = time.time()
        times = self._pace.admit(f"{kind} {visit.guest.arrived.network or ''}", at)
        if times:
            visit.note(Incident(kind, at, times=times))

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
        self.rounds.start()

        async def closing(message: Message) -> None:
            if message["type"] in {"lifespan.shutdown.complete", "lifespan.shutdown.failed"}:
                self._watch.stop()
                # A limiter of its own: the app's threads may all be busy, and closing may not wait for them.
                await to_thread.run_sync(self._close, limiter=CapacityLimiter(1))
            await send(message)

        await self.app(scope, receive, closing)

    def _close(self) -> None:
        self._awake = False
        if self.web_service:
            self.web_service.close()
        self.rounds.stop()
        self.book.close()
        if self.export:
            self.export.close()
        self.take_down()

    def take_down(self) -> None:
        """Tell nothing of this process any more; what it counted stays as long as other processes go on."""
        with suppress(OSError):  # the others find out by themselves
            self._pin.take_down()

    def start_afresh(self) -> None:
        """Have counted nothing, in a child after a fork; the parent's threads are the parent's."""
        self._awake = False
        self.counts.clear()
        self._lookups = Lookups(0, 0).less(self.desk.lookups())
        self._began = time.time()
        self._pin.let_go()


_all: WeakSet[FrontDesk] = WeakSet()


def _after_fork() -> None:
    for front in list(_all):
        front.start_afresh()


def _at_exit() -> None:
    for front in list(_all):
        front.take_down()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)


async def _lead(address: str, send: Send) -> None:
    """Lead the visitor to another site, this once: 302 is stored by nobody unless told to (RFC 9110 15.4.3)."""
    headers = [
        (b"location", address.encode("ascii")),
        (b"cache-control", b"private, no-store"),
        (b"content-length", b"0"),
    ]
    await send({"type": "http.response.start", "status": 302, "headers": headers})
    await send({"type": "http.response.body"})


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _refuse_to_start(fault: FrontdeskError, scope: Scope, receive: Receive, send: Send) -> None:
    """Tell the server that the app cannot start; where it does not ask, no request may pass for answered."""
    if scope["type"] != "lifespan":
        raise fault
    await receive()
    await send({"type": "lifespan.startup.failed", "message": str(fault)})
