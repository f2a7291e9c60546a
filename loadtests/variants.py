"""What is measured beside one another: the app without a middleware, with the front desk, and with others.

Each variant is checked to do its job before it is timed.
"""

import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from asgi_correlation_id import CorrelationIdMiddleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from frontdesk.geodb import Database
from frontdesk.middleware import FrontDesk
from frontdesk.policy import EXAMPLE, Policy, load
from frontdesk.systemdata.daily_id import day_of, memory_keys
from frontdesk.systemdata.read import read
from frontdesk.systemdata.shelf import segments

from .apart import Apart
from .floor import Floor
from .spent import Spent
from .usual import UsualWay


def _nothing() -> None:
    """Most have nothing to wait for."""


class Variant(NamedTuple):
    """An app to measure.

    `settle` waits until everything is done that the requests left behind; `written` gives the records of the visits.
    `spend` measures where that is not done in this process.
    """

    app: ASGIApp
    settle: Callable[[], None] = _nothing
    close: Callable[[], None] = _nothing
    written: Callable[[], list[dict[str, Any]]] = list
    spend: Callable[[str, int, int], Spent] | None = None


class PassThrough:
    """The least that a middleware can be."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


async def _do_nothing(request: Request, call_next: RequestResponseEndpoint) -> Response:
    return await call_next(request)


def make(name: str, app: ASGIApp, folder: Path, city: Path | None = None) -> Variant:
    """The variant of a name; what it writes lies in the folder. The usual way needs a City database."""
    match name:
        case "usual":
            return _usual(app, folder / "usual.log", city)
        case "floor":
            return _floor(app, folder)
        case "frontdesk":
            return _frontdesk(app, folder)
    if name not in _PLAIN:
        raise ValueError(f"no variant is called {name!r}")
    return Variant(_PLAIN[name](app))


_PLAIN: Mapping[str, Callable[[ASGIApp], ASGIApp]] = {
    "none": lambda app: app,
    "pass": PassThrough,
    "basehttp": lambda app: BaseHTTPMiddleware(app, dispatch=_do_nothing),
    "proxy_headers": lambda app: ProxyHeadersMiddleware(app, trusted_hosts="127.0.0.1"),  # type: ignore[dict-item, arg-type, return-value]
    "asgi_correlation_id": CorrelationIdMiddleware,
}
UNCOMPILED = "frontdesk_uncompiled"
"""What the front desk in this process is called where the compiled one is measured beside it."""
NAMES = ("none", "pass", "basehttp", "usual", "proxy_headers", "asgi_correlation_id", "floor", "frontdesk")


def example(folder: Path) -> Policy:
    """The example policy, which has every feature on, with its book in a folder."""
    policy = load(EXAMPLE)
    return msgspec.structs.replace(policy, log=msgspec.structs.replace(policy.log, directory=folder / "book"))


def _usual(app: ASGIApp, file: Path, city: Path | None) -> Variant:
    if city is None:
        raise ValueError("the usual way needs a City database")
    usual = UsualWay(app, city, file)
    return Variant(usual, close=usual.close, written=lambda: _lines(file))


def _floor(app: ASGIApp, folder: Path) -> Variant:
    file = folder / "floor.jsonl"
    floor = Floor(app, example(folder), Database(), file, _key(folder))
    return Variant(floor, floor.settle, floor.close, lambda: _lines(file))


def _frontdesk(app: ASGIApp, folder: Path) -> Variant:
    logging.getLogger("frontdesk.age").setLevel(logging.ERROR)  # the age of the embedded database is known
    policy = example(folder)
    desk = FrontDesk(app, policy=policy)

    def settle() -> None:
        while desk.book.statistics().buffered:
            time.sleep(0.02)

    def close() -> None:
        desk.rounds.stop()
        desk.book.close(timeout=30)

    def written() -> list[dict[str, Any]]:
        lines = [json.loads(line) for path in segments(policy.log.directory) for line in read(path)]
        return [record for record in lines if record["event_name"] == "frontdesk.visit"]

    return Variant(desk, settle, close, written)


def compiled(build: Path, folder: Path, addresses: int) -> Variant:
    """The front desk of another build, in a process of its own, with a book of its own."""
    apart = Apart(build, folder, addresses)
    return Variant(apart, apart.settle, apart.close, apart.written, apart.spend)


def _key(folder: Path) -> bytes:
    """The day's key, the same that the front desk has for its book in this folder."""
    keys = memory_keys(folder / "book")
    return keys.make(day_of(time.time())) if keys else bytes(16)


def _lines(file: Path) -> list[dict[str, Any]]:
    with file.open("rb") as stream:
        return [json.loads(line) for line in stream]


def close_all(variants: Iterable[Variant]) -> None:
    """End them all."""
    for variant in variants:
        with suppress(OSError):
            variant.close()
