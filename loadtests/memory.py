"""How much private memory the front desk adds to a worker, and whether it grows with the addresses that it sees.

`make bench-memory` runs it: two workers with the bare app, then two with the front desk around it and every feature on,
each put through the same requests, each request from an address of its own. Counted is what one worker has to itself
(`Private_*` in /proc/self/smaps_rollup) while the other is there: what both map, such as the database, is shared, and
not in it. The last line is one JSON object, in megabytes.
"""

import argparse
import asyncio
import json
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from starlette.types import ASGIApp

from .rounds import machine
from .site import site

_ADDRESSES = 1_000_000
_MARKS = (0.02, 0.1, 0.25, 0.5, 0.75, 1.0)
_GOAL_MB = 40
_MOST_GROWTH_MB = 2
_ROOT = Path(__file__).parents[1]
_ROLLUP = Path("/proc/self/smaps_rollup")
_PIPES: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
_SPREAD = 2_654_435_761  # odd, so that multiplying by it gives each 32-bit number once


def private() -> float:
    """The private memory of this process, in megabytes."""
    lines = _ROLLUP.read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


async def visit(app: ASGIApp, address: bytes, random: Random) -> None:
    """One request of a browser, of which a few object."""
    headers = [(b"host", b"www.aurora.example"), (b"x-forwarded-for", address)]
    headers += [(b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0")]
    headers += [(b"sec-gpc", b"1")] if random.random() < 0.1 else []  # noqa: PLR2004
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": "/products/7",
        "query_string": b"",
        "client": ("127.0.0.1", 40_000),
        "headers": headers,
    }
    await app(scope, _receive, _send)


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b""}


async def _send(_: Any) -> None:
    pass


def _mounted(variant: str, folder: Path) -> tuple[ASGIApp, Callable[[], None]]:
    """The app, and what waits until nothing waits to be written."""
    if variant == "none":
        return site(), lambda: None
    # Only here: the bare app's process is to have nothing of it, and neither is to have what other variants need.
    from frontdesk.middleware import FrontDesk  # noqa: PLC0415
    from frontdesk.policy import EXAMPLE, load  # noqa: PLC0415

    logging.getLogger("frontdesk.age").setLevel(logging.ERROR)  # the age of the embedded database is known
    policy = load(EXAMPLE)
    log = msgspec.structs.replace(policy.log, directory=folder / "book")
    desk = FrontDesk(site(), policy=msgspec.structs.replace(policy, log=log))

    def settle() -> None:
        while desk.book.statistics().buffered:
            time.sleep(0.01)

    return desk, settle


async def _go(variant: str, folder: Path, count: int) -> list[float]:
    app, settle = _mounted(variant, folder)
    random, found, at = Random(1), [], 0
    for mark in _MARKS:
        while at < count * mark:
            at += 1
            number = at * _SPREAD % (1 << 32)
            await visit(app, ".".join(map(str, number.to_bytes(4))).encode(), random)
            if at % 2_000 == 0:
                settle()  # a worker in a server waits for clients; what waits for the disk meanwhile is bounded anyway
        settle()
        found.append(private())
    return found


def measured(variant: str, count: int) -> list[float]:
    """Private memory of a worker at each mark, in megabytes, with another one beside it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "loadtests.memory", "--inside", variant, folder, "--addresses", str(count)]
        pair = [subprocess.Popen(command, cwd=_ROOT, **_PIPES) for _ in range(2)]
        told = [worker.stdout.readline() for worker in pair if worker.stdout]
        for worker in pair:
            worker.communicate()  # only now may either end: until both have told, they share
    found: list[float] = json.loads(told[0])
    return found


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="make bench-memory", description=__doc__)
    parser.add_argument("--addresses", type=int, default=_ADDRESSES)
    parser.add_argument("--inside", nargs=2, metavar=("VARIANT", "FOLDER"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.inside:
        print(json.dumps(asyncio.run(_go(asked.inside[0], Path(asked.inside[1]), asked.addresses))), flush=True)
        sys.stdin.read()
        return
    if not _ROLLUP.exists():
        sys.exit("bench-memory reads /proc/self/smaps_rollup, which only Linux has")
    print(f"{machine()}\nprivate memory of one worker of two, in MB\n")
    print(f"{'addresses':>10} {'bare':>7} {'frontdesk':>10} {'added':>7}")
    bare, ours = measured("none", asked.addresses), measured("frontdesk", asked.addresses)
    added = [one - other for one, other in zip(ours, bare, strict=True)]
    for mark, *told in zip(_MARKS, bare, ours, added, strict=True):
        print(f"{round(mark * asked.addresses):10,} {told[0]:7.1f} {told[1]:10.1f} {told[2]:7.1f}")
    growth = added[-1] - added[_MARKS.index(0.25)]
    print(
        f"\nadded {added[-1]:.1f} MB; goal at most {_GOAL_MB}: {'reached' if added[-1] <= _GOAL_MB else 'missed'}\n"
        f"from a quarter of the addresses to all of them {growth:+.1f} MB;"
        f" goal at most {_MOST_GROWTH_MB}: {'reached' if growth <= _MOST_GROWTH_MB else 'missed'}\n"
    )
    print(json.dumps({"added_mb": round(added[-1], 1), "growth_mb": round(growth, 1)}))


if __name__ == "__main__":
    main()
