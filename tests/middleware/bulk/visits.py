"""Visits that go two ways: through the middleware, one by one, and as lines of a log."""

import asyncio
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from frontdesk.middleware import FrontDesk
from frontdesk.policy import Policy
from frontdesk.systemdata.read import read
from frontdesk.systemdata.shelf import segments

FORMAT = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
    ' "$http_x_forwarded_for" "$http_dnt" "$http_sec_gpc" "$http_host" $scheme'
)
"""What an nginx that leaves nothing out would be told to log."""

ACCEPT = ("accept", "text/html")
"""What no log tells: that a page was wanted."""


class Visit(NamedTuple):
    """One visit, as it comes in; `peer` None is a Unix socket."""

    at: int
    peer: str | None
    method: str = "GET"
    target: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    scheme: str = "https"
    status: int = 200

    def header(self, name: str) -> str | None:
        """The value of a header field."""
        return dict(self.headers).get(name)

    def line(self) -> bytes:
        """The visit as nginx would have logged it."""
        moment = datetime.fromtimestamp(self.at, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
        request = escaped(f"{self.method} {self.target} HTTP/1.1")
        names = ("referer", "user-agent", "x-forwarded-for", "dnt", "sec-gpc", "host")
        told = " ".join(f'"{escaped(self.header(name))}"' for name in names[:2])
        more = " ".join(f'"{escaped(self.header(name))}"' for name in names[2:])
        peer = self.peer or "unix:"
        return f'{peer} - - [{moment}] "{request}" {self.status} 12 {told} {more} {self.scheme}\n'.encode("latin-1")


def escaped(text: str | None) -> str:
    """A variable as nginx writes it into a log by default."""
    if not text:
        return "-"
    return "".join(f"\\x{ord(each):02X}" if each in '"\\' or not " " <= each <= "~" else each for each in text)


def received(policy: Policy, visits: Iterable[Visit]) -> list[Visit]:
    """Send visits through the middleware of a real app; their records go into the policy's book.

    Gives the visits with the status that each was answered with.
    """

    async def page(_: Request) -> PlainTextResponse:
        return PlainTextResponse("here")

    methods = ["GET", "POST", "HEAD", "PUT"]
    routes = [Route(path, page, methods=methods) for path in ("/", "/products", "/products/{product}")]
    desk = FrontDesk(Starlette(routes=routes), policy=policy)
    desk.book.open()
    answered = []
    # Between two visits the clock is right again, and by it the key of their day would be let go of.
    with patch("frontdesk.systemdata.daily_id.DailyIds.forget"):
        for visit in visits:
            with patch("frontdesk.middleware.answer.time.time", lambda at=visit.at: float(at)):
                answered.append(visit._replace(status=asyncio.run(_send(desk, visit))))
        desk._close()
    return answered


async def _send(desk: FrontDesk, visit: Visit) -> int:
    path, _, query = visit.target.partition("?")
    scope: dict[str, Any] = {
        "type": "http",
        "http_version": "1.1",
        "method": visit.method,
        "scheme": visit.scheme,
        "path": path,
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in (*visit.headers, ACCEPT)],
        "client": None if visit.peer is None else (visit.peer, 1),
        "server": ("www.aurora.example", 443),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    statuses: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await desk(scope, receive, send)
    return statuses[0]


def records(book: Path, retention_class: str = "visit") -> Iterator[dict[str, Any]]:
    """Every record of a class in a book."""
    for path in segments(book):
        if path.parents[2].name == retention_class:
            yield from map(orjson.loads, read(path))


def same(records_: Iterable[dict[str, Any]], *without: str) -> list[bytes]:
    """Records to compare: in an order of their own, without some fields."""
    return sorted(
        orjson.dumps(
            {name: value for name, value in record.items() if name not in without}, option=orjson.OPT_SORT_KEYS
        )
        for record in records_
    )
