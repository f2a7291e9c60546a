"""Where a request's time goes in the front desk: each step alone, and every function of ours under the profiler.

`make profile` runs it. The steps are timed one by one in tight loops, so that they are cheaper than in a server, where
caches are cold; what counts is how they compare. The profiler's own cost is in its table, and is the same for each
call.
"""

import argparse
import asyncio
import cProfile
import json
import logging
import pstats
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from frontdesk.geodb import Database
from frontdesk.middleware import FrontDesk
from frontdesk.middleware.answer import Answer
from frontdesk.middleware.caching import for_visitor
from frontdesk.middleware.seen import Seen
from frontdesk.systemdata import Writer
from frontdesk.systemdata.shelf import Place

from .rounds import machine
from .scopes import Scope, traffic
from .site import TEMPLATE, site
from .variants import example, make

_TIMES, _ROUNDS = 2_000, 9
_REQUESTS = 5_000
_TOP = 30
_HEADERS = [(b"content-length", b"2"), (b"content-type", b"text/plain; charset=utf-8")]

Step = Callable[[], object]


class _Route:
    path = TEMPLATE


async def _send(_: Any) -> None:
    pass


def steps(desk: FrontDesk, scope: Scope) -> dict[str, Step]:
    """The steps of one request, by name, in the order in which they are taken."""
    inner, at = desk.desk, time.time()
    desk.book.buffer.capacity = 1 << 30  # so that no line is dropped while handing over is timed
    scope = scope | {"route": _Route()}
    seen = Seen(scope["headers"])
    asked = inner.ask("GET", scope["path"], b"", seen)
    visit, greeting = inner.welcome("127.0.0.1", seen, asked)
    answer = Answer(inner, desk._reception.ledgers, scope, _send, visit, None, greeting.address)  # noqa: SLF001
    exchange, guest = answer._exchange(), inner.guest(visit)  # noqa: SLF001
    standing = guest.standing
    if standing is None:
        raise AssertionError("this visit is written")
    ids, packed = desk.rounds.ids, greeting.address.reveal()
    if ids is None or packed is None:
        raise AssertionError("the example policy has daily ids")
    daily_id = ids.of(packed, standing.entity, at)
    text, place = inner.recorder.text(at, standing, exchange, daily_id)
    guests = inner._guests  # noqa: SLF001
    client = inner.find("127.0.0.1", inner.forwarding(seen))
    return {
        "is it a declared resource?": lambda: desk._front.declared.find(scope),  # noqa: SLF001
        "read the header fields": lambda: Seen(scope["headers"]),
        "what is asked of routing": lambda: inner.ask("GET", scope["path"], b"", seen),
        "who came, and the visit": lambda: inner.welcome("127.0.0.1", seen, asked),
        "- never seen: the client": lambda: inner.find("127.0.0.1", inner.forwarding(seen)),
        "- never seen: who arrived": lambda: inner.arrive(client),
        "- never seen: the guest": lambda: guests.of(guest.arrived, guest.host, guest.signals, guest.user_agent),
        "the answer": lambda: Answer(inner, desk._reception.ledgers, scope, _send, visit, None, greeting.address),  # noqa: SLF001
        "the visit, in all": lambda: desk._reception.welcome(inner, scope, _send),  # noqa: SLF001
        "headers for the visitor": lambda: for_visitor(_HEADERS, visit, inner.router),
        "whose visit it was": lambda: inner.guest(visit),
        "count": lambda: desk.rounds.counts.add(at, guest.tally),
        "id of the day": lambda: ids.of(packed, standing.entity, at),
        "the exchange": answer._exchange,  # noqa: SLF001
        "the line": lambda: inner.recorder.text(at, standing, exchange, daily_id),
        "hand it to the writer": lambda: _hand_over(desk.book, text, place),
        "the record, in all": answer.finish,
    }


def timed(step: Step, times: int) -> float:
    """Microseconds of one step: the median over rounds, without the call of the loop's own."""

    def once(what: Step) -> float:
        start = time.perf_counter()
        for _ in range(times):
            what()
        return (time.perf_counter() - start) / times * 1e6

    return statistics.median(once(step) - once(_nothing) for _ in range(_ROUNDS))


def _hand_over(book: Writer, text: bytes, place: Place) -> None:
    """As a visit does."""
    buffer = book.buffer
    if buffer.put(text, place) and buffer.calls():
        book.call()


def _nothing() -> None:
    pass


async def _profiled(app: Any, scopes: list[Scope]) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    for scope in scopes:
        await app(scope, receive, _send)


def main() -> None:
    """Print the steps, then the functions."""
    parser = argparse.ArgumentParser(prog="make profile", description=__doc__)
    parser.add_argument("--cold", action="store_true", help="profile with addresses that were never seen")
    parser.add_argument("--requests", type=int, default=_REQUESTS, help="that are profiled")
    parser.add_argument("--times", type=int, default=_TIMES, help="each step is taken in each round")
    asked = parser.parse_args()
    logging.getLogger("frontdesk.age").setLevel(logging.ERROR)
    database = Database()
    hot, cold = traffic(database, max(2 * asked.requests, 100))
    print(f"{machine()}\n\n{'step':32} {'us':>6}")
    with tempfile.TemporaryDirectory() as folder:
        desk = FrontDesk(site(), policy=example(Path(folder)))
        scope = next(each for each in hot.scopes(0, 100) if len(each["headers"]) == 12)  # noqa: PLR2004 - no signal
        found = {name: timed(step, asked.times) for name, step in steps(desk, scope).items()}
        desk.rounds.stop()
        desk.book.close(timeout=30)
    for name, spent in found.items():
        print(f"{name:32} {spent:6.2f}")
    print(f"\n{asked.requests:,} requests from {'cold' if asked.cold else 'hot'} addresses under the profiler\n")
    with tempfile.TemporaryDirectory() as folder:
        variant, kind = make("frontdesk", site(), Path(folder)), cold if asked.cold else hot
        asyncio.run(_profiled(variant.app, kind.scopes(0, asked.requests)))
        profile, scopes = cProfile.Profile(), kind.scopes(asked.requests, asked.requests)
        profile.runcall(asyncio.run, _profiled(variant.app, scopes))
        pstats.Stats(profile).sort_stats("tottime").print_stats(
            "frontdesk|bench|geodb|enrich|systemdata|middleware", _TOP
        )
        variant.close()
    print(json.dumps({"steps": {name: round(spent, 3) for name, spent in found.items()}}))


if __name__ == "__main__":
    main()
