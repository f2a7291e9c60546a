"""Shield: what every answer says to a browser, and what no request may be, whatever the page."""

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
"""By which names this machine is asked for itself."""

_LONGEST_TARGET = 4096
_METHODS = frozenset({"GET", "HEAD", "POST"})

CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""No script, nothing inline, nothing of another origin."""

HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
    "x-robots-tag": "noindex, nofollow",
}
NEVER_STORED = "private, no-store"


class Shield:
    """Wraps the page: hosts that it does not go by are refused, and every answer has its headers."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def shielded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", NEVER_STORED)
            await send(message)

        await (self._refusal(scope) or self._app)(scope, receive, shielded)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        if host_of(scope) not in self._hosts:
            return PlainTextResponse("This page does not go by that name.\n", 421)
        if scope["method"] not in _METHODS:
            return PlainTextResponse("This page only answers GET, HEAD and POST.\n", 405, {"allow": "GET, HEAD, POST"})
        if len(scope.get("raw_path", b"")) + len(scope["query_string"]) > _LONGEST_TARGET:
            return PlainTextResponse("That address is longer than any page has.\n", 414)
        return None


def host_of(scope: Scope) -> str:
    """The host that was asked for, without its port; empty where there is not exactly one."""
    hosts = Headers(scope=scope).getlist("host")
    if len(hosts) != 1:
        return ""
    name = hosts[0].lower()
    host, colon, port = name.rpartition(":")
    return host if colon and port.isdigit() else name
