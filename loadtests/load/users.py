"""locust's users: people and crawlers who look at pages, and clients that send or read slowly.

Only locust's own process may import this: locust patches the standard library for gevent when it is imported.
"""

import random
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar

import gevent  # type: ignore[import-untyped]
from gevent import GreenletExit
from locust import LoadTestShape, User, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.exception import StopUser

from frontdesk.cli.demo.visitors import Visitor as Person
from frontdesk.policy import EXAMPLE, load

from .connection import Connection, Outcome
from .crowd import Call, Crowd, assemble, expected_status
from .ledger import ANSWERED, BARE, OURS, STOPPED, Entry, Ledger, now
from .shapes import SHAPES, users_at
from .target import TargetError, is_loopback, permit

_MEAN_THINK = 1.0  # seconds between two pages, before the option that stretches it
_CRAWLER_HASTE = 4


def _options(parser: LocustArgumentParser) -> None:
    parser.add_argument("--shape", choices=list(SHAPES), default="steady", help="How the number of visitors goes")
    parser.add_argument("--seconds", type=float, default=0.0, help="How long the run takes; 0 for the shape's own time")
    parser.add_argument("--think", type=float, default=1.0, help="Stretches the seconds between two pages")
    parser.add_argument("--most-requests", type=int, default=1_000_000, help="The run ends when a process sent so many")
    parser.add_argument("--bare", default="", help="URL of the same app without the front desk, asked in turn")
    parser.add_argument("--ledger", default="", include_in_web_ui=False, help="Folder for the ledgers")
    parser.add_argument(
        "--i-own-this-host", default="", include_in_web_ui=False, help="A host other than this machine, if it is yours"
    )


class Run:
    """What the users of this process share."""

    crowd: ClassVar[Crowd]
    ledger: ClassVar[Ledger | None] = None

    @staticmethod
    def add(entry: Entry) -> None:
        """Note what became of a request."""
        if Run.ledger is not None:
            Run.ledger.add(entry)


def _open(environment: Environment, **_: Any) -> None:
    Run.crowd = Crowd(assemble(load(EXAMPLE)), random.getrandbits(32))
    folder = environment.parsed_options.ledger if environment.parsed_options else ""
    if folder:
        Run.ledger = Ledger(Path(folder))


def _require_permission(environment: Environment, **_: Any) -> None:
    """In the web page another host can be written: it is refused all the same."""
    try:
        _permit(environment)
    except TargetError as refusal:
        print(f"refused: {refusal}", flush=True)
        environment.process_exit_code = 2
        if environment.runner is not None:  # no user begins, whatever this does; see `Client.on_start`
            headless = environment.parsed_options is not None and environment.parsed_options.headless
            gevent.spawn_later(0.1, environment.runner.quit if headless else environment.runner.stop)


def _flush(**_: Any) -> None:
    if Run.ledger is not None:
        Run.ledger.flush()


def _flush_last(**_: Any) -> None:
    _flush()


def _permit(environment: Environment) -> None:
    options = environment.parsed_options
    for url in (environment.host or "", options.bare if options else ""):
        if url:
            permit(str(url), options.i_own_this_host if options else None)


for _event, _listener in (
    (events.init_command_line_parser, _options),
    (events.init, _open),
    (events.test_start, _require_permission),
    (events.test_stop, _flush),
    (events.quitting, _flush_last),
):
    _event.add_listener(_listener)  # type: ignore[no-untyped-call]


class Chosen(LoadTestShape):
    """The shape that the option names."""

    use_common_options = True

    def tick(self) -> tuple[int, float] | None:
        """How many users there are now, and how fast to get there; None when the run is over."""
        options = self.runner.environment.parsed_options if self.runner else None
        if options is None:
            return None
        if Run.ledger is not None and Run.ledger.entries >= options.most_requests:
            return None
        seconds = options.seconds or SHAPES[options.shape].seconds
        users = users_at(options.shape, self._passed(), options.num_users or 1, seconds)
        return None if users is None else (users, float(max(10, users)))

    def _passed(self) -> float:
        return time.perf_counter() - self.start_time


class Client(User):
    """What all of them do: ask the app behind the front desk and the bare one in turn, and note both answers."""

    abstract = True
    kind = "page"
    sends_slowly = reads_slowly = False

    def on_start(self) -> None:
        """Refuse whatever is not ours to test, whoever asks for it."""
        try:
            _permit(self.environment)
        except TargetError:
            raise StopUser from None
        options = self.environment.parsed_options
        self._think = options.think if options else 1.0
        self._targets = {OURS: self.environment.host or ""}
        if options and options.bare:
            self._targets[BARE] = options.bare

    def wait_time(self) -> float:
        """Between two visitors."""
        return self._pause()

    @task
    def visit(self) -> None:
        """One visitor comes, looks at some pages, and goes."""
        call = Run.crowd.call()
        with ExitStack() as stack:
            source = call.visitor.way.value[1] if self._is_here() else None
            open_ = {name: stack.enter_context(Connection(url, source)) for name, url in self._targets.items()}
            for number, path in enumerate(call.pages):
                if number:
                    gevent.sleep(self._pause() / (_CRAWLER_HASTE if call.crawls else 1))
                for name in random.sample(list(open_), len(open_)):
                    self._ask(name, open_[name], path, call)

    def _ask(self, target: str, connection: Connection, path: str, call: Call) -> None:
        id_ = Run.ledger.next_id() if Run.ledger else "0"
        headers = [*self._headers(call.visitor, connection.host), ("X-Load-Id", id_)]
        began = time.perf_counter()
        try:
            told = connection.ask(path, headers, sends_slowly=self.sends_slowly, reads_slowly=self.reads_slowly)
        except GreenletExit:
            Run.add(Entry(now(), target, self.kind, id_, STOPPED, 0, expected=True, ms=0.0, worker=0))
            raise
        expected = told.status == expected_status(path.partition("?")[0])
        Run.add(Entry(now(), target, self.kind, id_, told.outcome, told.status, expected, told.ms, told.worker))
        self._tell_locust(f"{target} {path.partition('?')[0]}", told, began, expected=expected)

    def _tell_locust(self, name: str, told: Outcome, began: float, *, expected: bool) -> None:
        """For its own report and page."""
        trouble = None
        if told.outcome != ANSWERED or not expected:
            trouble = RuntimeError(f"{told.outcome}, status {told.status}")
        self.environment.events.request.fire(
            request_type="GET" if self.kind == "page" else self.kind,
            name=name,
            response_time=told.ms,
            response_length=told.length,
            exception=trouble,
            context={},
            start_time=time.time() - (time.perf_counter() - began),
        )

    def _is_here(self) -> bool:
        return all(
            is_loopback(url.partition("://")[2].rpartition(":")[0].strip("[]")) for url in self._targets.values()
        )

    def _headers(self, visitor: Person, host: str) -> list[tuple[str, str]]:
        """Elsewhere the host is the one that is asked, and who forwards is the site's own proxy."""
        if self._is_here():
            return list(visitor.headers)
        return [("Host", host), *visitor.headers[1:-1]]

    def _pause(self) -> float:
        return random.uniform(0.2, 2 * _MEAN_THINK - 0.2) * self._think


class Visitor(Client):
    """Somebody, or a crawler, who asks as fast as their line allows."""

    weight = 18


class SlowReader(Client):
    """Takes the answer in sips."""

    weight = 1
    kind = "slow-reader"
    reads_slowly = True


class SlowSender(Client):
    """Sends the request piece by piece."""

    weight = 1
    kind = "slow-sender"
    sends_slowly = True


class Prober(Client):
    """Asks without a pause: what one generator can drive at most."""

    def wait_time(self) -> float:
        """None."""
        return 0.0

    def _pause(self) -> float:
        return 0.0
