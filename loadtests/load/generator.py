"""The generator: locust in processes of its own, one or a master with workers, and what it can drive at most."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from socket import create_server
from types import TracebackType
from typing import NamedTuple, Self

from frontdesk.policy import FrontdeskError

from .ledger import ANSWERED, Entry, read
from .process import cpu_seconds
from .server import ROOT

PEOPLE = ("Visitor", "SlowReader", "SlowSender")
"""The users that visit; their weights stand with them."""

_PROBE_USERS = 16
_STOPPING = 20
_ENDING = 60.0  # seconds that locust may take beyond its run's time
_TICK = 0.1
_STARTING = 60.0  # seconds until it is given up
_SETTLING = 1.0  # seconds in which its users start


class Plan(NamedTuple):
    """What a run is."""

    url: str
    shape: str
    users: int
    seconds: float
    think: float
    most_requests: int
    workers: int = 0  # processes beside a master; 0 for one process that does both
    bare: str = ""
    owned: str = ""

    @property
    def wanted(self) -> float:
        """Requests a second when everybody is there: a page each second of thinking, of each app."""
        return self.users / max(self.think, 0.01) * (2 if self.bare else 1)


class Generator:
    """locust, running a plan. Its ledgers and its HTML report come to the folder."""

    def __init__(
        self, folder: Path, plan: Plan, *, classes: tuple[str, ...] = PEOPLE, report: Path | None = None
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.cpu = 0.0
        """Of one processor, the share that the busiest of its processes has used lately, at most."""
        self._plan = plan
        self._commands = _commands(folder, plan, classes, report)
        self._log = folder / "locust.log"
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._processes = [
                subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
                for command in self._commands
            ]
        patience = time.monotonic() + _STARTING
        while len(list(self.folder.glob("*.ledger"))) < len(self._processes):
            if time.monotonic() > patience or any(process.poll() is not None for process in self._processes):
                self._end()
                raise FrontdeskError(f"locust did not start; it says:\n{self._said()}")
            time.sleep(_TICK)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        """Nothing goes on after a run, however it ended."""
        for process in self._processes:
            if process.poll() is None:
                process.terminate()
        for process in self._processes:
            try:
                process.wait(_STOPPING)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def wait(self, tick: Callable[[], None] = lambda: None) -> None:
        """Wait until the run is over; `tick` is called some times a second. Raises `FrontdeskError` where it failed."""
        deadline = time.monotonic() + self._plan.seconds + _ENDING
        before, then = self._used(), time.monotonic() + _SETTLING
        while self._processes[0].poll() is None:
            if time.monotonic() > deadline:
                raise FrontdeskError(f"locust did not end in time; it says:\n{self._said()}")
            time.sleep(_TICK)
            tick()
            if time.monotonic() < then:
                before = self._used()
            elif time.monotonic() - then >= 1:
                used, now = self._used(), time.monotonic()
                shares = [(after - earlier) / (now - then) for after, earlier in zip(used, before, strict=True)]
                self.cpu = max(self.cpu, *shares)
                before, then = used, now
        if self._processes[0].returncode:
            raise FrontdeskError(f"locust failed; it says:\n{self._said()}")

    def entries(self) -> list[Entry]:
        """What became of every request."""
        for process in self._processes:
            process.wait(_STOPPING)
        return list(read(self.folder))

    def _used(self) -> list[float]:
        return [cpu_seconds(process.pid) for process in self._processes]

    def _said(self) -> str:
        return self._log.read_text("utf-8", "replace")[-2000:]


def ceiling(folder: Path, url: str, seconds: float) -> float:
    """Requests a second that one generator drives against an app, without a pause."""
    plan = Plan(url, "steady", _PROBE_USERS, seconds, 0.0, 1_000_000)
    with Generator(folder, plan, classes=("Prober",)) as probe:
        probe.wait()
        times = sorted(entry.at for entry in probe.entries() if entry.outcome == ANSWERED)
    # The middle of the run: at the beginning users come one by one.
    middle = times[len(times) // 4 : len(times) * 3 // 4]
    return (len(middle) - 1) / (middle[-1] - middle[0]) if len(middle) > 1 and middle[-1] > middle[0] else 0.0


def command(plan: Plan, folder: Path) -> list[str]:
    """How locust is started for a plan, without what makes it a master, a worker, a page or none."""
    return [
        *(sys.executable, "-m", "locust", "--locustfile", str(ROOT / "loadtests" / "locustfile.py")),
        *("--host", plan.url, "--bare", plan.bare, "--shape", plan.shape, "--users", str(plan.users)),
        *("--seconds", f"{plan.seconds:g}", "--think", f"{plan.think:g}", "--stop-timeout", str(_STOPPING)),
        *("--most-requests", str(plan.most_requests), "--ledger", str(folder), "--i-own-this-host", plan.owned),
        # What is a failure we say ourselves: a request that a kill cut off is none of the front desk's.
        *("--exit-code-on-error", "0", "--loglevel", "WARNING"),
    ]


def _commands(folder: Path, plan: Plan, classes: tuple[str, ...], report: Path | None) -> list[list[str]]:
    """One process, or a master that waits for its workers, all on this machine."""
    plain = command(plan, folder)
    headless = [*plain, "--headless", "--only-summary", *(["--html", str(report)] if report else [])]
    if not plan.workers:
        return [[*headless, *classes]]
    with create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    binding = ["--master-bind-host", "127.0.0.1", "--master-bind-port", port]
    master = [*headless, "--master", *binding, "--expect-workers", str(plan.workers), "--expect-workers-max-wait", "30"]
    worker = [*plain, "--worker", "--master-host", "127.0.0.1", "--master-port", port]
    return [[*master, *classes], *[[*worker, *classes] for _ in range(plan.workers)]]
