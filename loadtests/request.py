"""What a request costs more with the front desk, beside other middlewares and the floor, in one run.

`make bench-request` runs it. Each request goes through an app of one Starlette route, in this process. Counted is the
processor's time of the whole process until nothing waits to be written, so that the writer's thread is in it. The last
line is one JSON object: the microseconds that each variant adds to a request, over hot and over cold addresses.
"""

import argparse
import gc
import json
import statistics
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

import uvloop

from frontdesk.geodb import Database

from . import vendors
from .checked import check
from .rounds import machine, ratio, speed
from .scopes import Traffic, networks_of, traffic
from .site import site
from .spent import Spent
from .variants import NAMES, UNCOMPILED, Variant, close_all, compiled, make

_REQUESTS = 2_000
_ROUNDS = 15
_MOST_COLD = 60_000
_CHECKED = 300
_GOALS = (("asgi_correlation_id", "at most", 1.0), ("floor", "at most", 2.0), ("usual", "at most", 1 / 20))


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _send(_: Any) -> None:
    pass


async def spend(variant: Variant, requests: Traffic, start: int, count: int) -> Spent:
    """Put so many requests through a variant."""
    if variant.spend is not None:
        return variant.spend(requests.name, start, count)
    scopes, app = requests.scopes(start, count)[::-1], variant.app
    gc.collect()
    gc.disable()
    try:
        processor, clock = time.process_time(), time.perf_counter()
        while scopes:  # none is kept: what a request leaves behind is free for the next, as in a server
            await app(scopes.pop(), _receive, _send)
        clock = time.perf_counter() - clock
        variant.settle()
        processor = time.process_time() - processor
    finally:
        gc.enable()
    return Spent(processor / count * 1e6, clock / count * 1e6)


async def measure(variants: dict[str, Variant], requests: Traffic, rounds: int, count: int) -> dict[str, list[Spent]]:
    """What each variant spends in each round; all get the same requests, in an order that changes."""
    order, random = list(variants), Random(1)
    found: dict[str, list[Spent]] = {name: [] for name in order}
    for number in range(rounds + 1):
        random.shuffle(order)
        for name in order:
            spent = await spend(variants[name], requests, number * count, count)
            if number:  # the first round warms up
                found[name].append(spent)
    return found


def added(found: dict[str, list[Spent]]) -> dict[str, list[float]]:
    """The microseconds of the processor that each variant adds to the bare app, round by round."""
    base = [spent.processor for spent in found["none"]]
    return {
        name: [spent.processor - other for spent, other in zip(all_of_it, base, strict=True)]
        for name, all_of_it in found.items()
    }


def report(name: str, found: dict[str, list[Spent]]) -> dict[str, Any]:
    """Print the table of one kind of addresses; the same for a file."""
    more = added(found)
    print(f"{name + ' addresses':22} {'us added':>9}  {'middle half':>17} {'by the clock':>13}")
    clock = statistics.median(spent.clock for spent in found["none"])
    told: dict[str, Any] = {}
    for each, values in more.items():
        median, low, high = speed(values)
        by_clock = statistics.median(spent.clock for spent in found[each]) - clock
        print(f"{each:22} {median:9.2f}  {low:8.2f} {high:8.2f} {by_clock:13.2f}")
        told[each] = {"median": median, "low": low, "high": high, "by_the_clock": by_clock}
    bare = statistics.median(spent.processor for spent in found["none"])
    print(f"(the bare app takes {bare:.1f} us)")
    for each in [name for name in (UNCOMPILED, "frontdesk") if name in more]:
        for other, words, goal in _GOALS:
            against = ratio(more[each], more[other])
            print(
                f"  {each} to {other}: {against.median:.3f} ({against.low:.3f} to {against.high:.3f});"
                f" goal {words} {goal:.2f}: {'reached' if against.median <= goal else 'missed'}"
            )
            told[f"{each}_to_{other}"] = against._asdict()
    print()
    return told | {"bare_app": bare}


def rounds_cover(rounds: int, count: int) -> int:
    """So many distinct addresses that no cache knows them still when they come again."""
    return min((rounds + 1) * count, _MOST_COLD)


async def run(folder: Path, database: Database, rounds: int, count: int, build: Path | None) -> dict[str, Any]:
    """Check every variant, measure and report."""
    addresses = rounds_cover(rounds, count)
    kinds = traffic(database, addresses)
    city = vendors.write_shape("City", networks_of(kinds[-1].addresses, database), folder)
    variants = {name: make(name, site(), folder, city) for name in NAMES}
    if build is not None:
        variants[UNCOMPILED] = variants.pop("frontdesk")
        variants["frontdesk"] = compiled(build, folder / "apart", addresses)
        print("frontdesk is the compiled build, as in the wheel that is shipped; frontdesk_uncompiled is plain Python")
    try:
        await check(variants, [scope for kind in kinds for scope in kind.scopes(0, min(_CHECKED, count))])
        print("every variant was checked to do its job; the floor's records equal the front desk's\n")
        return {kind.name: report(kind.name, await measure(variants, kind, rounds, count)) for kind in kinds}
    finally:
        close_all(variants.values())


def main() -> None:
    """Measure, print the tables, and write them to a file if wanted."""
    parser = argparse.ArgumentParser(prog="make bench-request", description=__doc__)
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument("--requests", type=int, default=_REQUESTS, help="requests of each variant in each round")
    parser.add_argument("--out", type=Path, help="a file for medians and intervals, as JSON")
    parser.add_argument("--compiled", type=Path, help="the folder of a compiled build, to be measured too")
    asked = parser.parse_args()
    where = machine()
    print(f"{where}\n{asked.rounds} rounds of {asked.requests:,} requests in changing order\n")
    with tempfile.TemporaryDirectory() as folder:
        told = uvloop.run(run(Path(folder), Database(), asked.rounds, asked.requests, asked.compiled))
    if asked.out:
        asked.out.write_text(json.dumps({"machine": where, **told}, indent=1) + "\n")
    names = [*NAMES, UNCOMPILED] if asked.compiled else NAMES
    print(json.dumps({kind: {name: round(told[kind][name]["median"], 2) for name in names} for kind in told}))


if __name__ == "__main__":
    main()
