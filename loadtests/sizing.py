"""What a worker, a request and a record take, and what follows for a site of some size. `make sizing` prints it.

Two real servers are visited by the demo's visitors over HTTP, in turn: one with a front desk, one with the same site
without. CPU time and memory are what the kernel says of the processes. Bytes are those of a book of
visits from many thousand addresses, in segments as large as a busy site's and as small as a quiet one's. The last line
is one JSON object with all figures.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

import msgspec

from frontdesk.cli.demo.addresses import draw
from frontdesk.cli.demo.traffic import Traffic
from frontdesk.cli.demo.visitors import Visitor, forwarding
from frontdesk.enrich import Enricher
from frontdesk.geodb import EMBEDDED, Database
from frontdesk.middleware.desk import Desk
from frontdesk.middleware.seen import Seen
from frontdesk.policy import EXAMPLE, Policy, load
from frontdesk.systemdata import Exchange, Writer
from frontdesk.systemdata.seal import read_seal
from frontdesk.systemdata.shelf import segments
from frontdesk.systemdata.writer import SEGMENT_BYTES

from .load.crowd import assemble
from .load.ledger import BARE, OURS
from .load.process import cpu_seconds, private_bytes
from .load.scenarios import SCENARIOS, Ground, write_policy
from .load.server import Server
from .rounds import machine

_ROUNDS = 7
_VISITORS = 3000
_STRANGERS = 30_000  # visits from as many addresses, so that the cache of arrivals is full
_RECORDS = 60_000
_VISITS_A_DAY = (100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000)
_BUSY_HOUR = 0.1  # of a day's visits: an assumption, to be replaced by what a site's own log says
_RETENTION = (90, 760)  # days: the example policy's, and the most that a policy may say
_DAY = 86_400
_QUIET = 1_000_000  # visits a day, up to which segments are small: each hour has its own, of each company and process
_SMALL_SEGMENT = 1 << 20  # bytes, some 900 visits
_FULL = 0.5  # of a processor that a worker may use, so that it has room for what comes at once


class Worker(NamedTuple):
    """What the front desk adds to a worker."""

    cpu_us: float  # microseconds of CPU time for a request
    cpu_low: float  # the quartiles of the rounds
    cpu_high: float
    bare_us: float  # of the same app without
    memory: float  # MB of private memory that it adds, its caches being full
    bare: float
    few: float  # MB that it adds while few addresses have come
    further: float  # MB more, after as many visits from yet other addresses


class Bytes(NamedTuple):
    """What a visit takes on the disk."""

    plain: float  # while its segment is open
    sealed: float  # afterwards
    anonymous: float  # share of the visits
    largest: int  # records of the largest segment


def main() -> None:
    """Measure, and print the figures and the table."""
    visitors = assemble(load(EXAMPLE), size=_VISITORS)
    with tempfile.TemporaryDirectory() as folder:
        worker = measure_worker(Path(folder), visitors)
    with tempfile.TemporaryDirectory() as folder:
        large = measure_bytes(Path(folder) / "large", SEGMENT_BYTES)
        small = measure_bytes(Path(folder) / "small", _SMALL_SEGMENT)
    print(f"{machine()}\n{_ROUNDS} rounds of {_VISITORS:,} visits, two servers in turn; {_RECORDS:,} records\n")
    for line in [*_of_worker(worker), *_of_bytes(large, small), "", *table(worker, large, small)]:
        print(line)
    print(json.dumps({"worker": worker._asdict(), "large": large._asdict(), "small": small._asdict()}))


def measure_worker(folder: Path, visitors: Sequence[Visitor]) -> Worker:
    """Visit two servers in turn, and compare. The first round fills caches and counts for nothing."""
    ground = Ground(folder, 0)
    write_policy(ground)
    (folder / "settings.json").write_bytes(msgspec.json.encode(SCENARIOS["none"].settings))
    spent: dict[str, list[float]] = {OURS: [], BARE: []}
    with Server(folder, OURS) as ours, Server(folder, BARE) as bare:
        for number in range(_ROUNDS + 1):
            for server in (ours, bare) if number % 2 else (bare, ours):
                seconds = _visit(server, visitors)
                if number:
                    spent[server.name].append(seconds / len(visitors) * 1e6)
        few = _memory(ours) - _memory(bare)
        for server in (ours, bare):
            _visit(server, _strangers(2))
        memory = {server.name: _memory(server) for server in (ours, bare)}
        _visit(ours, _strangers(3))
        further = _memory(ours) - memory[OURS]
    ground.forget_keys()
    more = [one - other for one, other in zip(spent[OURS], spent[BARE], strict=True)]
    low, median, high = statistics.quantiles(more, n=4, method="inclusive")
    return Worker(
        median, low, high, statistics.median(spent[BARE]), memory[OURS] - memory[BARE], memory[BARE], few, further
    )


def measure_bytes(book: Path, segment_bytes: int, records: int = _RECORDS) -> Bytes:
    """Write the records of visits, and weigh the segments."""
    policy = load(EXAMPLE)
    policy = msgspec.structs.replace(policy, log=msgspec.structs.replace(policy.log, directory=book))
    writer = Writer(book, segment_bytes=segment_bytes)
    anonymous = _write(writer, policy, records)
    writer.close(timeout=60)
    seals = [(read_seal(path), path.stat().st_size) for path in segments(book)]
    written = sum(seal.records for seal, _ in seals)
    if written != records:
        raise AssertionError(f"{written} of {records} records were written")
    plain, sealed = sum(seal.size for seal, _ in seals), sum(size for _, size in seals)
    return Bytes(plain / written, sealed / written, anonymous / written, max(seal.records for seal, _ in seals))


def table(worker: Worker, large: Bytes, small: Bytes) -> list[str]:
    """What follows for sites of some size."""
    heading = f"{'visits a day':>14} {'busiest hour':>13} {'CPU':>8} {'workers':>8} {'a day':>9}"
    lines = [heading + "".join(f" {f'{days} days':>10}" for days in _RETENTION)]
    for visits in _VISITS_A_DAY:
        rate = visits * _BUSY_HOUR / 3600
        cpu = rate * worker.cpu_us / 1e6
        whole = rate * (worker.cpu_us + worker.bare_us) / 1e6
        day = visits * (small if visits <= _QUIET else large).sealed
        line = f"{visits:14,} {f'{rate:,.0f}/s':>13} {cpu:8.3f} {max(1, -int(-whole // _FULL)):8,} {weight(day):>9}"
        lines.append(line + "".join(f" {weight(day * days):>10}" for days in _RETENTION))
    return lines


def weight(size: float) -> str:
    """Bytes as people say them, in powers of ten."""
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if size < 1000:  # noqa: PLR2004 - a power of ten
            return f"{size:,.1f} {unit}"
    return f"{size / 1000:,.1f} TB"


def _memory(server: Server) -> float:
    """MB of its private memory."""
    return private_bytes(server.pids()[0]) / 1e6


def _visit(server: Server, visitors: Sequence[Visitor]) -> float:
    """CPU seconds of a server for these visits. Raises `FrontdeskError` where one is not answered."""
    (pid,) = server.pids()
    traffic = Traffic(visitors, server.port)
    before = cpu_seconds(pid)
    traffic.run(lambda: None)
    time.sleep(0.5)  # what is left is written
    spent = cpu_seconds(pid) - before
    traffic.require_answers()
    return spent


def _write(writer: Writer, policy: Policy, records: int) -> int:
    """How many of the records are anonymous."""
    database, random = Database(), Random(1)
    desk = Desk(policy, Enricher(database))
    anonymous = 0
    begun = time.time() // _DAY * _DAY
    for number, visitor in enumerate(_many(policy, database, random, records)):
        headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in visitor.headers]
        visit, _ = desk.welcome(visitor.way.value[1] or "127.0.0.1", Seen(headers))
        exchange = Exchange("GET", "https", visit.host, "/products/{product}", 200)
        standing = desk.guest(visit).standing
        if standing is None:
            raise AssertionError("the example policy writes every visit")
        daily_id = None if standing.anonymous else f"{random.getrandbits(96):032x}"
        line = desk.recorder.visit(begun + number * _DAY / records, standing, exchange, daily_id)
        writer.take(line.text, line.place)
        anonymous += standing.anonymous
        if number % 1000 == 0:
            _let_it_write(writer)
    return anonymous


def _strangers(seed: int) -> list[Visitor]:
    """Visitors from so many addresses, each another, that no cache holds them all."""
    policy, random = load(EXAMPLE), Random(seed)
    addresses = [".".join(str(random.randint(1, 223)) for _ in range(4)) for _ in range(_STRANGERS)]
    return [
        visitor._replace(address=address, headers=(*visitor.headers[:-1], forwarding(policy.proxies, address)))
        for visitor, address in zip(assemble(policy, size=_STRANGERS), addresses, strict=True)
    ]


def _many(policy: Policy, database: Database, random: Random, number: int) -> Iterator[Visitor]:
    """The demo's visitors, from many more addresses of the same kinds: what repeats itself takes little room."""
    pool = draw(database, random, dict.fromkeys(("isp", "mobile", "hosting", "unknown"), number // 4), {})
    for visitor in assemble(policy, size=number):
        others = [] if ":" in visitor.address else pool.get(database.lookup(visitor.address).type, [])
        if others:
            address = random.choice(others)
            header = forwarding(policy.proxies, address)
            yield visitor._replace(address=address, headers=(*visitor.headers[:-1], header))
        else:
            yield visitor


def _let_it_write(writer: Writer) -> None:
    while writer.statistics().buffered:
        time.sleep(0.005)


def _of_worker(worker: Worker) -> list[str]:
    return [
        _figure("CPU time that it adds to 1,000 requests, ms", worker.cpu_us)
        + f"  ({worker.cpu_low:,.1f} to {worker.cpu_high:,.1f} in the middle half of the rounds)",
        _figure("CPU time of 1,000 requests of the bare app, ms", worker.bare_us),
        _figure("private memory that it adds to a worker, few addresses, MB", worker.few),
        _figure("private memory that it adds to a worker, caches full, MB", worker.memory)
        + f"  (the bare app has {worker.bare:,.0f})",
        _figure("MB more after as many visits from yet other addresses", worker.further),
        _figure("the embedded database, mapped and shared by all workers, MB", EMBEDDED.stat().st_size / 1e6),
    ]


def _of_bytes(large: Bytes, small: Bytes) -> list[str]:
    return [
        _figure("bytes of a visit in an open segment", large.plain) + f"  ({large.anonymous:.0%} of them anonymous)",
        *(
            _figure(f"bytes of a visit, sealed in {name} segments; MB of a million", size.sealed)
            + f"  ({size.largest:,} in the largest)"
            for name, size in (("large", large), ("small", small))
        ),
    ]


def _figure(name: str, value: float) -> str:
    return f"{name:62} {value:10,.1f}"


if __name__ == "__main__":
    main()
