"""What the front desk costs under a real server, end to end, beside what an operator could run instead, in one run.

`make bench-server` runs it: uvicorn and granian, one and two workers, an app that does nothing and one that does 1 ms
of work. wrk asks as fast as the server answers, each variant in turn, round by round in an order that changes, and what
counts are the ratios within a round: the generator shares the machine with the servers. The last line is one JSON
object.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from frontdesk.geodb import Database

from . import nginx, vendors, wrk
from .rounds import machine, ratio
from .scopes import Traffic, networks_of, traffic
from .serving import Server, free_port, granian, uvicorn
from .wrk import Driven

_CONNECTIONS = 32
_COUNT = 40_000
_PER_VISITOR = 10
_WORK = 0.001
_SERVERS: dict[str, Callable[[int, int, str], list[str]]] = {"uvicorn": uvicorn, "granian": granian}
VARIANTS = ("none", "server_proxy_headers", "access_log", "usual", "floor", "frontdesk")
# Against an app that does nothing, and against one that works: the other, the least ratio of requests a second.
_GOALS = {"idle": {"floor": 0.9, "access_log": 1.5, "usual": 5.0}, "work": {"none": 0.97}}
_MOST_P99 = 1.1
_TIMES = ("p50", "p99", "p999")
_LEAST_ROUNDS = 2


class Run(NamedTuple):
    """One variant in one round: what wrk counted, and the microseconds of processor for each request."""

    driven: Driven
    processor: float


class Bench(NamedTuple):
    """What all rounds need: a folder, the City database, the requests, and how long and how often to ask."""

    folder: Path
    city: Path
    requests: Path
    seconds: float
    rounds: int


def start(bench: Bench, server: str, workers: int, work: float) -> dict[str, Server]:
    """Start a server for each variant, all at once, so that they can be asked in turn."""
    found: dict[str, Server] = {}
    for variant in VARIANTS:
        if server == "granian" and variant == "server_proxy_headers":
            continue  # granian has no such thing
        folder = bench.folder / f"{server}-{workers}-{work}-{variant}"
        folder.mkdir()
        port = free_port()
        mounted = "none" if variant in {"server_proxy_headers", "access_log"} else variant
        told = {"variant": mounted, "work": work, "folder": str(folder), "city": str(bench.city)}
        found[variant] = Server(_SERVERS[server](port, workers, variant), port, folder / "server.log", told)
    return found


def measure(bench: Bench, servers: dict[str, Server]) -> dict[str, list[Run]]:
    """Ask each server in turn, round by round."""
    order, random = list(servers), Random(1)
    found: dict[str, list[Run]] = {name: [] for name in order}
    try:
        for server in servers.values():
            server.wait()
        for number in range(bench.rounds + 1):
            random.shuffle(order)
            for name in order:
                before = servers[name].processor()
                driven = wrk.drive(servers[name].port, bench.requests, bench.seconds if number else 1, _CONNECTIONS)
                spent = servers[name].processor() - before
                if driven.failed:
                    raise AssertionError(f"{name}: {driven.failed} requests failed")
                if number:  # the first round warms up
                    found[name].append(Run(driven, spent / driven.requests * 1e6))
    finally:
        for server in servers.values():
            server.stop()
    return found


def report(title: str, kind: str, found: dict[str, list[Run]]) -> dict[str, Any]:
    """Print one table, and whether the goals are reached; the same for a file."""
    print(f"\n{title:34} {'req/s':>7} {'of bare':>8} {'us CPU added':>13} {'p50 ms':>7} {'p99 ms':>7} {'p99.9':>7}")
    base = found.get("none") or found["plain"]
    told: dict[str, Any] = {}
    for name, runs in found.items():
        of_bare = ratio(_rates(runs), _rates(base))
        added = statistics.median(run.processor - bare.processor for run, bare in zip(runs, base, strict=True))
        middle = [statistics.median(getattr(run.driven, field) for run in runs) / 1e3 for field in _TIMES]
        rate = statistics.median(_rates(runs))
        times = " ".join(f"{each:7.2f}" for each in middle)
        print(f"{name:34} {rate:7,.0f} {of_bare.median:8.3f} {added:13.1f} {times}")
        told[name] = {"rate": rate, "of_bare": of_bare._asdict(), "processor_added": added}
        told[name] |= dict(zip(_TIMES, middle, strict=True))
    for other, goal in _GOALS.get(kind, {}).items():
        against = ratio(_rates(found["frontdesk"]), _rates(found[other]))
        told[f"frontdesk_to_{other}"] = _goal(f"requests a second to {other}", against.median, goal, least=True)
    if kind == "work":
        tails = [[float(run.driven.p99) for run in found[name]] for name in ("frontdesk", "none")]
        told["p99_to_none"] = _goal("p99 to none", ratio(*tails).median, _MOST_P99, least=False)
    return told


def _rates(runs: list[Run]) -> list[float]:
    return [run.driven.rate for run in runs]


def _goal(what: str, found: float, goal: float, *, least: bool) -> float:
    reached = found >= goal if least else found <= goal
    words = "at least" if least else "at most"
    print(f"  frontdesk, {what}: {found:.3f}; goal {words} {goal}: {'reached' if reached else 'missed'}")
    return found


def prepare(folder: Path, seconds: float, rounds: int) -> Bench:
    """Write what the servers and the generator read."""
    database = Database()
    hot, cold = traffic(database, _COUNT)
    # A visitor opens a page and what belongs to it: every tenth request is from an address that has not come lately.
    mixed = [cold.addresses[at] if at % _PER_VISITOR == 0 else hot.addresses[at] for at in range(_COUNT)]
    wrk.write_requests(Traffic("mixed", mixed).scopes(0, len(mixed)), folder / "requests")
    city = vendors.write_shape("City", networks_of(cold.addresses, database), folder)
    return Bench(folder, city, folder / "requests", seconds, rounds)


def measure_nginx(bench: Bench) -> dict[str, Any]:
    """What the same would cost in nginx."""
    ports = {"plain": free_port(), "geoip2": free_port()}
    commands = nginx.commands(bench.folder, bench.city, ports)
    if commands is None:
        print(f"\n{nginx.MISSING}; skipped")
        return {}
    servers = {name: Server(command, ports[name], bench.folder / f"{name}.out") for name, command in commands.items()}
    return report("nginx, one worker", "nginx", measure(bench, servers))


def main() -> None:
    """Measure everything, print the tables, and write them to a file if wanted."""
    parser = argparse.ArgumentParser(prog="make bench-server", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2, help="of each variant in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--servers", nargs="+", choices=_SERVERS, default=list(_SERVERS))
    parser.add_argument("--workers", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--out", type=Path, help="a file for all figures, as JSON")
    asked = parser.parse_args()
    if wrk.find() is None:
        sys.exit(wrk.MISSING)
    where = machine()
    print(f"{where}\n{asked.rounds} rounds of {asked.seconds:g} s, {_CONNECTIONS} connections, wrk on the same machine")
    told: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        bench = prepare(Path(folder), asked.seconds, max(asked.rounds, _LEAST_ROUNDS))
        for server in asked.servers:
            for workers in asked.workers:
                for kind, work in (("idle", 0.0), ("work", _WORK)):
                    name = f"{server}, {workers} worker{'s' * (workers > 1)}, {'1 ms of work' if work else 'no work'}"
                    told[name] = report(name, kind, measure(bench, start(bench, server, workers, work)))
        told["nginx"] = measure_nginx(bench)
    if asked.out:
        asked.out.write_text(json.dumps({"machine": where, **told}, indent=1) + "\n")
    print("\n" + json.dumps({name: _ratios(of) for name, of in told.items() if _ratios(of)}))


def _ratios(of: dict[str, Any]) -> dict[str, float]:
    """What goals are set for."""
    return {each: round(found, 3) for each, found in of.items() if each.startswith(("frontdesk_to", "p99_to"))}


if __name__ == "__main__":
    main()
