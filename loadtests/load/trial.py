"""A trial: servers, visitors and what goes wrong, from the start to the account."""

import threading
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import msgspec

from .account import Account, counted_in, settle
from .generator import Generator, Plan, ceiling
from .ledger import BARE, OURS, Entry, now
from .limits import Found
from .measures import added, cpu_ratio, cut_by_others, failed, growth, p99
from .process import cpu_seconds, private_bytes
from .scenarios import Ground, Scenario, unmount, write_policy
from .served import Counted
from .server import Server

_PROBE_SECONDS = 3.0
_JOINING = 10.0


class Outcome(NamedTuple):
    """What a trial showed."""

    plan: Plan
    entries: list[Entry]
    found: Found
    failures: list[Entry]
    cut_by_others: int
    account: Account | None  # None where the book is not ours to read
    wrong: list[str]  # what the scenario says did not go as it must
    notes: dict[str, int]
    ceiling: float | None  # requests a second that one generator can drive
    generator_cpu: float  # of one processor
    memory: dict[str, float]  # MB of private memory of one process at the end, by app
    cpu_ms: dict[str, float]  # milliseconds of CPU time for a request, by app


def try_here(folder: Path, plan: Plan, scenario: Scenario, *, compare: bool, report: Path | None) -> Outcome:
    """Serve the site here, have it visited, let go wrong what the scenario says, and settle the account.

    Args:
        folder: an empty folder for everything that the trial writes.
        plan: who comes; the URLs in it are filled in here.
        scenario: what goes wrong.
        compare: whether the bare app is served and asked too, and the generator measured beforehand.
        report: where locust's HTML report goes.
    """
    ground = Ground(folder, plan.seconds)
    write_policy(ground)
    (folder / "settings.json").write_bytes(msgspec.json.encode(scenario.settings))
    scenario.prepare(ground)
    watched = _Watched()
    with ExitStack() as stack:
        stack.callback(ground.forget_keys)
        if scenario.mounts:
            stack.callback(unmount, ground)
        ours = ground.server = stack.enter_context(Server(folder, OURS, workers=scenario.workers))
        servers = [ours, *([stack.enter_context(Server(folder, BARE))] if compare else [])]
        most = ceiling(folder / "probe", servers[-1].url, _PROBE_SECONDS) if compare else None
        plan = plan._replace(url=ours.url, bare=servers[1].url if compare else "")
        injecting = threading.Thread(target=ground.run, args=(scenario.inject,), name="fault")
        with Generator(folder / "run", plan, report=report) as generator:
            watched.begin(servers)
            injecting.start()
            try:
                generator.wait(lambda: watched.look(ours))
            finally:
                ground.over.set()
                injecting.join(_JOINING)
            watched.end(servers)
            entries = generator.entries()
        ours.stop()
        counted = counted_in(folder)
        account = settle(entries, ground.books, counted, ground.kills)
        wrong = [*ground.trouble, *_wrong(ours, counted), *scenario.wrong(ground, account, counted)]
    return _outcome(plan, entries, ground, account, watched)._replace(
        wrong=wrong, ceiling=most, generator_cpu=generator.cpu, notes=dict(ground.notes)
    )


def try_there(folder: Path, plan: Plan, *, report: Path | None) -> Outcome:
    """Have a host visited that is served elsewhere: of its book and its memory nothing can be told."""
    with Generator(folder / "run", plan, report=report) as generator:
        generator.wait()
        entries = generator.entries()
    ground = Ground(folder, plan.seconds)
    return _outcome(plan, entries, ground, None, _Watched())._replace(generator_cpu=generator.cpu)


class _Watched:
    """CPU time and memory of the servers during a run."""

    def __init__(self) -> None:
        self.samples: list[tuple[float, int, int]] = []
        self.cpu: dict[str, float] = {}
        self.memory: dict[str, float] = {}
        self._before: dict[int, float] = {}

    def begin(self, servers: list[Server]) -> None:
        self._before = {pid: cpu_seconds(pid) for server in servers for pid in server.pids()}

    def look(self, server: Server) -> None:
        at = now()
        if not self.samples or at - self.samples[-1][0] >= 0.5:  # noqa: PLR2004 - twice a second
            self.samples += [(at, pid, private_bytes(pid)) for pid in server.pids()]

    def end(self, servers: list[Server]) -> None:
        for server in servers:
            pids = server.pids()
            self.cpu[server.name] = sum(cpu_seconds(pid) - self._before.get(pid, 0.0) for pid in pids)
            self.memory[server.name] = max((private_bytes(pid) for pid in pids), default=0) / 1e6


def _outcome(plan: Plan, entries: list[Entry], ground: Ground, account: Account | None, watched: _Watched) -> Outcome:
    failures = failed(entries, ground.disturbed)
    found = Found(
        failed=len(failures),
        p99_ms=p99(entries, OURS),
        added_ms=added(entries),
        cpu_ratio=cpu_ratio(watched.cpu, entries),
        dropped=account.dropped if account else None,
        unaccounted=account.unaccounted + account.twice + account.strange + account.damaged if account else None,
        growth_mb=growth(watched.samples),
    )
    answered = {name: sum(entry.target == name and entry.status > 0 for entry in entries) for name in watched.cpu}
    return Outcome(
        plan=plan,
        entries=entries,
        found=found,
        failures=failures,
        cut_by_others=cut_by_others(entries, ground.disturbed),
        account=account,
        wrong=[],
        notes={},
        ceiling=None,
        generator_cpu=0.0,
        memory=watched.memory,
        cpu_ms={name: 1000 * cpu / answered[name] for name, cpu in watched.cpu.items() if answered[name]},
    )


def _wrong(server: Server, counted: list[Counted]) -> list[str]:
    """What must not be, whatever goes wrong."""
    troubles = sum(told.troubles for told in counted)
    lost = [told.pid for told in counted if told.accepted != told.written + told.buffered + sum(told.dropped.values())]
    said = server.log.read_text("utf-8", "replace")
    return [
        *([f"{troubles} visits were received as strangers, because something failed"] if troubles else []),
        *(f"process {pid} does not know where every line went" for pid in lost),
        *([f"the server's log has a traceback:\n{said[-2000:]}"] if "Traceback" in said else []),
    ]
