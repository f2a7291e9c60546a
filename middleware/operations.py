"""What the operator's own machines are answered, instead of by the app: whether it lives, if it is in order, figures.

Only clients in the policy's networks are answered, found as all clients are. A request that brings any forwarding
header which was not believed is a stranger's: behind a proxy on this machine every peer would be this machine.
"""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Final, get_args

import orjson
from anyio import CapacityLimiter, to_thread
from msgspec import UNSET, UnsetType
from starlette.types import Scope, Send

from frontdesk.middleware.board import Told
from frontdesk.middleware.complaint import complain
from frontdesk.middleware.desk import Desk
from frontdesk.middleware.metrics import CONTENT_TYPE, Figures
from frontdesk.middleware.path import path_in_app
from frontdesk.middleware.report import Report
from frontdesk.middleware.seen import Seen, plain
from frontdesk.policy.model import ForwardingHeader
from frontdesk.policy.model import Operations as Settings

_PASSED_ON: Final = frozenset(
    {b"via", b"x-client-ip", b"x-cluster-client-ip", *(name.encode() for name in get_args(ForwardingHeader))}
)
# What all others begin with that proxies write, such as `X-Forwarded-Proto`, which some set alone.
_BY_PROXIES: Final = (b"x-forwarded", b"x-original-forwarded")
_JSON: Final = b"application/json"

_Answer = Callable[[], Awaitable[tuple[int, bytes, bytes]]]  # gives status, body and its type


class Operations:
    """Answers the operator's requests."""

    def __init__(self, settings: Settings, report: Callable[[], Report], read: Callable[[], Told]) -> None:
        """Make ready.

        Args:
            settings: the policy's.
            report: tells how this process is.
            read: tells how all processes of the book are; it may wait for a file.

        Raises:
            FrontdeskError: metrics are wanted, and Prometheus's library is not installed.
        """
        self._allow = settings.allow
        self._report = report
        paths: dict[str | UnsetType, _Answer] = {settings.health: _health, settings.ready: self._ready}
        if settings.metrics is not UNSET:
            paths[settings.metrics] = partial(self._metrics, Figures(read))
        self._answers = {path: answer for path, answer in paths.items() if path is not UNSET}
        self._limiter: CapacityLimiter | None = None

    def are_asked(self, scope: Scope, desk: Desk) -> bool:
        """Whether a request is for them, and its client may ask."""
        if scope["type"] != "http":
            return False
        try:
            return path_in_app(plain(scope)) in self._answers and self._allows(scope, desk)
        except Exception as error:  # noqa: BLE001 - no request fails because of the front desk
            complain(error)
            return False

    async def answer(self, scope: Scope, send: Send) -> None:
        """Answer a request that is for them."""
        if scope["method"] not in {"GET", "HEAD"}:
            await _respond(send, 405, b"", _JSON, allow=True)
            return
        status, body, content_type = await self._answers[path_in_app(plain(scope))]()
        await _respond(send, status, body, content_type, silent=scope["method"] == "HEAD")

    def _allows(self, scope: Scope, desk: Desk) -> bool:
        peer, _ = scope.get("client") or (None, None)
        forwarding = desk.forwarding(Seen(scope["headers"]))
        if not forwarding and any(map(_is_passed_on, scope["headers"])):
            return False
        client = desk.find(peer, forwarding)
        return client.address is not None and not client.ignored and client.address in self._allow

    async def _ready(self) -> tuple[int, bytes, bytes]:
        reasons = list(not_ready(self._report()))
        if reasons:
            return 503, orjson.dumps({"status": "not_ready", "reasons": reasons}), _JSON
        return 200, orjson.dumps({"status": "ready"}), _JSON

    async def _metrics(self, figures: Figures) -> tuple[int, bytes, bytes]:
        """Read in a thread, as it may wait for a file; one at a time, whoever asks."""
        self._limiter = self._limiter or CapacityLimiter(1)
        return 200, await to_thread.run_sync(figures.text, limiter=self._limiter), CONTENT_TYPE


def _is_passed_on(header: tuple[bytes, bytes]) -> bool:
    """Whether a header tells that a proxy passed the request on."""
    return header[0] in _PASSED_ON or header[0].startswith(_BY_PROXIES)


async def _health() -> tuple[int, bytes, bytes]:
    return 200, orjson.dumps({"status": "alive"}), _JSON


def not_ready(report: Report) -> Iterator[str]:
    """Why a process is not in order; nothing where it is."""
    if report.book != "open":
        yield f"book_{report.book}"
    if report.database.state == "expired":
        yield "database_expired"


async def _respond(
    send: Send, status: int, body: bytes, content_type: bytes, *, allow: bool = False, silent: bool = False
) -> None:
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if allow:
        headers.append((b"allow", b"GET, HEAD"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if silent else body})
