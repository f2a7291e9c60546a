"""The demo's site as a server's process makes it, and the group of companies around it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from frontdesk.cli.demo.site import site
from frontdesk.geodb import EMBEDDED
from frontdesk.geodb.manifest import read as read_manifest
from frontdesk.middleware import FrontDesk
from frontdesk.policy import EXAMPLE, load

from .cache import CAREFUL, in_front
from .needed import needed
from .served import app_served, free_port

HOSTS = ["www.aurora.example", "de.aurora.example", "jp.aurora.example"]
GERMAN, AMERICAN, JAPANESE, BRAZILIAN, HOSTED = "79.192.3.4", "132.239.0.1", "133.11.0.1", "143.107.0.1", "5.9.0.1"
"""Addresses of Deutsche Telekom, two universities, one that no company of the group serves, and a hosting network."""

_POLICY = "FRONTDESK_TEST_POLICY"
# As loud as an app can tell caches to keep everything; nginx heeds its own header before all others.
_KEEP: list[tuple[bytes, bytes]] = [
    (b"cache-control", b"public, max-age=600"),
    (b"cdn-cache-control", b"public, max-age=600"),
    (b"expires", b"Thu, 31 Dec 2099 23:59:59 GMT"),
    (b"x-accel-expires", b"600"),
]


class Group(NamedTuple):
    """The sites of the group, up and running."""

    folder: Path
    http: int
    https: int

    def at(self, company: str, path: str = "/") -> str:
        """The address of a page of the company `www`, `de` or `jp`, as a browser gets it."""
        return f"https://{company}.aurora.example:{self.https}{path}"


@contextmanager
def group(
    folder: Path, mode: str = "suggest", factory: str = "app", cache: str = CAREFUL, gpc: str = "anonymous"
) -> Iterator[Group]:
    """The demo's site under the example policy, in a real uvicorn behind a real nginx."""
    needed("nginx")
    https = free_port()
    text = EXAMPLE.read_text("utf-8").replace('mode = "suggest"', f'mode = "{mode}"')
    text = text.replace('gpc = "anonymous"', f'gpc = "{gpc}"')
    for line in ('tracking_status = { tracking = "N"', "gpc_support = {"):
        text = text.replace(f"# {line}", line)
    for host in HOSTS:
        text = text.replace(f'"https://{host}"', f'"https://{host}:{https}"')
    file = folder / "frontdesk.toml"
    file.write_text(text, "utf-8")
    with (
        app_served(f"tests.browser.example:{factory}", folder, **{_POLICY: str(file)}) as upstream,
        in_front(upstream, folder, cache, hosts=HOSTS, https=https) as ports,
    ):
        yield Group(folder, *ports)


def app() -> ASGIApp:
    """The demo's site behind the front desk."""
    policy = load(os.environ[_POLICY])
    return FrontDesk(site(policy, read_manifest(EMBEDDED)), policy=policy)


def careless() -> ASGIApp:
    """The same, of an author who has every answer stored by every cache, and sets no cookie, which could prevent it."""
    policy = load(os.environ[_POLICY])
    return FrontDesk(_kept(site(policy, read_manifest(EMBEDDED)), without=b"set-cookie"), policy=policy)


def asking() -> ASGIApp:
    """A page that asks whether its visitor objected, and one that sets a cookie: both to be stored by every cache."""

    async def objected(request: Request) -> Response:
        return PlainTextResponse(str(request.state.visit.objected))

    async def cookie(_: Request) -> Response:
        answer = PlainTextResponse("hello")
        answer.set_cookie("campaign", "autumn")
        return answer

    async def contact(request: Request) -> Response:
        return PlainTextResponse(str(request.state.visit.country))

    pages = [Route("/objected", objected), Route("/cookie", cookie), Route("/contact", contact)]
    return FrontDesk(_kept(Starlette(routes=pages)), policy=load(os.environ[_POLICY]))


def _kept(inner: ASGIApp, without: bytes = b"") -> ASGIApp:
    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [(name, value) for name, value in message["headers"] if name != without]
                message = {**message, "headers": [*headers, *_KEEP]}
            await send(message)

        await inner(scope, receive, keep)

    return answering
