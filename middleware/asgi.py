"""The ASGI middleware: it receives the visit, lets the app answer, and writes one record."""

import asyncio
import atexit
import logging
import os
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from os import PathLike
from typing import NamedTuple
from weakref import WeakSet

from anyio import CapacityLimiter, to_thread
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from frontdesk.enrich import Enricher
from frontdesk.enrich.web_service import WebService
from frontdesk.geodb import EMBEDDED, Database
from frontdesk.geodb.age import Age, age_of, in_words, today
from frontdesk.geodb.copy import drop_old_copies
from frontdesk.geodb.watch import Watch
from frontdesk.middleware.answer import Ledgers
from frontdesk.middleware.board import Pin, Told, read_board
from frontdesk.middleware.complaint import complain
from frontdesk.middleware.declared import Declared, declare
from frontdesk.middleware.desk import Desk, Lookups
from frontdesk.middleware.export import Export
from frontdesk.middleware.operations import Operations
from frontdesk.middleware.reception import AccountEntity, Reception
from frontdesk.middleware.reload import Reload
from frontdesk.middleware.report import Report
from frontdesk.middleware.state import report_of
from frontdesk.middleware.statistics import DatabaseStatistics, Statistics
from frontdesk.middleware.warned import take_note
from frontdesk.policy import FrontdeskError, Policy, Treatment
from frontdesk.policy.given import checked
from frontdesk.policy.seldom import Seldom
from frontdesk.systemdata import Writer
from frontdesk.systemdata.audit import Action, audit, auditor
from frontdesk.systemdata.counts import Came
from frontdesk.systemdata.entry import elsewhere, enter
from frontdesk.systemdata.gap import Gap
from frontdesk.systemdata.hold import keeps
from frontdesk.systemdata.record import encode
from frontdesk.systemdata.room import Room
from frontdesk.systemdata.rounds import Rounds
from frontdesk.systemdata.shelf import Shelf

_VISITS = frozenset({"http", "websocket"})

_log = logging.getLogger("frontdesk")
# One of its own, for those who know that their database is old.
_age_log = logging.getLogger("frontdesk.age")


class _Front(NamedTuple):
    """What receives requests: changed as a whole, so that each request meets one policy and one database throughout."""

    desk: Desk
    declared: Declared
    operations: Operations | None


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
            policy: a policy, or the file that it is in. A file that is changed is followed without a restart.
            account_entity: gives, of a request's scope, the id of the entity that the visitor's account has its
                contract with, or None. It is asked whenever an answer needs it, so it must not wait for anything.

        Raises:
            FrontdeskError: the policy, the database or the book's folder is wrong; the message says what to do.
        """
        self.app = app
        self._account_entity = account_entity
        self.counts: Counter[str] = Counter()
        self._fault: FrontdeskError | None = None
        self._reload: Reload | None = None
        self._told_of_age = False
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

    def _open(self, given: Policy | str | PathLike[str]) -> None:
        take_note()
        if isinstance(given, Policy):
            policy = checked(given)
        else:
            self._reload = Reload(os.fspath(given), self._follow)
            policy = self._reload.policy
        file = policy.database.file or EMBEDDED
        settings, directory = policy.web_service, policy.log.directory
        self.web_service = WebService(settings, directory) if settings else None
        database = Database(file)
        self._watch = Watch(file, self.change_over, new_day=lambda: self._renew(self._database), beside=self._look)
        room = Room(policy.log.max_total_bytes, policy.log.min_free_ratio, keeps)
        self.book = Writer(directory, elsewhere=elsewhere(policy), gap_line=self._gap_line, room=room)
        collector = policy.opentelemetry
        self.export = Export(collector, policy) if collector else None
        self.book.listener = self.export.hear if self.export else None
        self._pin = Pin(directory, self.report)
        self.rounds = Rounds(policy, self.book, self._beside_rounds)
        self._use(policy, database)
        self._reception = Reception(Ledgers(self.book, self.rounds, self.counts), self._wake, self._account_entity)
        _all.add(self)

    @property
    def policy(self) -> Policy:
        """The policy that visitors are received under."""
        return self.desk.policy

    @property
    def desk(self) -> Desk:
        """The desk that is in use."""
        return self._front.desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind not in _VISITS or self._fault is not None:
            await self._beside_visits(scope, receive, send)
            return
        desk, declared, operations = self._front
        if kind == "http" and (resource := declared.find(scope)):
            await declare(resource, scope["method"], send)
            return
        if operations is not None and operations.are_asked(scope, desk):
            await operations.answer(scope, send)
            return
        answer = self._reception.welcome(desk, scope, send)
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
        self._testify("database_swap", told)

    def _follow(self, policy: Policy) -> None:
        """Receive visitors under another policy from now on; a visit under way ends with the one it began with."""
        before = self.policy.version
        self.rounds.follow(policy)
        front = self._front_of(policy, self._enricher)
        self.book.admit(elsewhere(policy))
        desk = self.desk
        self._lookups = self._lookups.and_(desk.lookups())
        self._front = front
        desk.retire()
        self._testify("policy_reload", {"before": before, "after": policy.version})

    def _testify(self, action: Action, told: Mapping[str, str]) -> None:
        policy = self.policy
        entity = auditor(policy, policy.log.directory)
        try:
            enter(audit(self.desk.recorder.tags, time.time(), action, entity, told), self.book)
        except Exception as error:  # noqa: BLE001 - what was changed over to is in use by now
            self.book.lost("encode_error", Shelf("audit", "", entity.id))
            complain(error)

    def _renew(self, database: Database) -> None:
        desk = self.desk
        self._lookups = self._lookups.and_(desk.lookups())
        self._use(self.policy, database)
        desk.retire()

    def _use(self, policy: Policy, database: Database) -> None:
        self._enricher = Enricher(database)
        self._front = self._front_of(policy, self._enricher)
        self._warn_of_age(database, self._enricher.age)
        self._database = database
        if database.file != EMBEDDED:
            drop_old_copies(database.file, database.manifest)

    def _front_of(self, policy: Policy, enricher: Enricher) -> _Front:
        ids = self.rounds.ids if policy.visitors.daily_id else None
        settings = policy.operations
        operations = Operations(settings, self.report, self.told) if settings else None
        return _Front(Desk(policy, enricher, self.web_service, ids), Declared(policy.signals), operations)

    def _look(self) -> None:
        if self._reload is not None:
            self._reload.look()

    def _beside_rounds(self) -> None:
        self.desk.forget()
        self._pin.show()

    def statistics(self) -> Statistics:
        """The counters of this process."""
        return self._statistics(self.rounds.counts.total())

    def _statistics(self, ended: Counter[Came]) -> Statistics:
        counts, reload = self.counts, self._reload
        return Statistics(
            ended.total(),
            sum(count for (treatment, _, _), count in ended.items() if treatment != Treatment.FULL),
            sum(count for (treatment, _, _), count in ended.items() if treatment == Treatment.COUNT),
            counts["cookies_held_back"],
            counts["forwarding_refused"],
            counts["troubles"],
            self._watch.swaps,
            self._watch.refused,
            reload.taken if reload else 0,
            reload.refused if reload else 0,
            self.book.statistics(),
            self._database_statistics(),
            self.web_service.statistics() if self.web_service else None,
        )

    def told(self) -> Told:
        """What all processes of the book tell of themselves, this one as it is now."""
        self._pin.show()
        return read_board(self.policy.log.directory)

    def report(self) -> Report:
        """What this process tells of itself."""
        exported = self.export.statistics() if self.export else None
        lookups = self._lookups.and_(self.desk.lookups())
        ended = self.rounds.counts.total()
        return report_of(self._statistics(ended), ended, lookups, self.policy.version, self._began, exported)

    def _database_statistics(self) -> DatabaseStatistics:
        manifest = self._database.manifest
        age = age_of(manifest, today())
        return DatabaseStatistics(manifest.name, manifest.build_date, age.days, age.state)

    def _gap_line(self, gap: Gap) -> tuple[bytes, Shelf]:
        record = self.desk.recorder.gap(gap)
        return encode(record), Shelf.of(record)

    def _wake(self) -> None:
        """Start what works beside requests: at the first request, and in each process that a server forks."""
        self._watch.start()
        self.rounds.start()

    def _warn_of_age(self, database: Database, age: Age) -> None:
        """At start, with a new database, and once a day; of the embedded one, which breaks no licence, once only."""
        told = in_words(database.manifest.name, age)
        if told and not (self._told_of_age and database.file == EMBEDDED) and self._told_seldom.admits(told):
            self._told_of_age = True
            _age_log.warning("%s", told)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the lifespan on; close the book when the app has shut down, before the server is told so."""
        self.book.open()
        self.rounds.start()
        # Nobody is to be received under a policy that was changed since it was read.
        if self._reload is not None:
            self._reload.catch_up()
        self._watch.start()

        async def closing(message: Message) -> None:
            if message["type"] in {"lifespan.shutdown.complete", "lifespan.shutdown.failed"}:
                self._watch.stop()
                # A limiter of its own: the app's threads may all be busy, and closing may not wait for them.
                await to_thread.run_sync(self._close, limiter=CapacityLimiter(1))
            await send(message)

        await self.app(scope, receive, closing)

    def _close(self) -> None:
        self._reception.awake = False
        if self.web_service:
            self.web_service.close()
        self.rounds.stop()
        self.desk.forget()
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
        self._reception.awake = False
        self.desk.forget()
        self.counts.clear()
        self.rounds.start_afresh()
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
