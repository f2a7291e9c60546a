"""What the group declares at well-known addresses: the tracking status (TPE 7) and the support of GPC.

They are the same for everybody, are cached by anybody, set no cookie, and no visit to them is noted.
"""

from typing import Final, NamedTuple

import orjson
from msgspec import to_builtins
from starlette.types import Scope, Send

from frontdesk.middleware.path import path_in_app
from frontdesk.middleware.seen import plain
from frontdesk.policy.model import Signals

_GPC: Final = "/.well-known/gpc.json"
_DNT: Final = "/.well-known/dnt"
# TPE 7.1: behaviour that tracks more is published a day before, so a day is as long as an answer may be kept.
_DAY = b"public, max-age=86400"


class _Resource(NamedTuple):
    content_type: bytes
    body: bytes


class Declared:
    """Answers the well-known addresses that the policy says something of; the app answers the others."""

    def __init__(self, signals: Signals) -> None:
        self._gpc: _Resource | None = None
        self._dnt: _Resource | None = None
        if signals.gpc_support:
            support = {"gpc": signals.gpc_support.gpc, "lastUpdate": signals.gpc_support.last_update.isoformat()}
            self._gpc = _Resource(b"application/json", orjson.dumps(support))
        if signals.tracking_status:
            status = to_builtins(signals.tracking_status)
            if "same_party" in status:
                status["same-party"] = status.pop("same_party")
            self._dnt = _Resource(b"application/tracking-status+json", orjson.dumps(status))

    def find(self, scope: Scope) -> _Resource | None:
        """The resource that a request asks for, if it is one of these."""
        path = path_in_app(plain(scope))
        if not isinstance(path, str) or not path.startswith("/.well-known/"):
            return None
        if path == _GPC:
            return self._gpc
        # Below stand the request-specific resources, whose id may hold slashes; the site-wide one holds for each.
        return self._dnt if path == _DNT or path.startswith(_DNT + "/") else None


async def declare(resource: _Resource, method: str, send: Send) -> None:
    """Answer with a declared resource."""
    if method not in {"GET", "HEAD"}:
        headers = [(b"allow", b"GET, HEAD"), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 405, "headers": headers})
        await send({"type": "http.response.body"})
        return
    headers = [
        (b"content-type", resource.content_type),
        (b"content-length", str(len(resource.body)).encode()),
        (b"cache-control", _DAY),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": resource.body if method == "GET" else b""})
