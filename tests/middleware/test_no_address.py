"""No full client address is in any file, log line, exception text or metrics label, whatever way it came in."""

import logging
from pathlib import Path
from typing import Any

import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from frontdesk.middleware import FrontDesk
from frontdesk.policy import Policy

from ..book import content

# Public addresses that are not documentation space, each written in ways that a leak could take.
ADDRESSES = {
    "79.192.3.41": ("79.192.3.41", "79-192-3-41", "::ffff:79.192.3.41", "::ffff:4fc0:329", "1337983785"),
    "128.112.0.77": ("128.112.0.77", "128-112-0-77", "8070004d"),
    "2a00:1450:4001:81b::200e": ("2a00:1450:4001:81b::200e", "2a00:1450:4001:81b:", "4001:81b"),
}


def site() -> Starlette:
    async def page(request: Request) -> Response:
        request.state.visit.report_incident("odd_page", account="account-7", details={"tries": 3})
        return PlainTextResponse(repr(request.state.visit))

    async def broken(request: Request) -> Response:
        raise RuntimeError(f"no luck for {request.headers.get('x-forwarded-for')}")

    async def live(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    return Starlette(routes=[Route("/page/{id}", page), Route("/broken", broken), WebSocketRoute("/live", live)])


def requests_with(address: str) -> list[dict[str, Any]]:
    """Every place of a request that could hold an address."""
    bracketed = f"[{address}]" if ":" in address else address
    forwarding = [
        {"x-forwarded-for": address},
        {"x-forwarded-for": f"{address}, 203.0.113.9"},
        {"x-forwarded-for": f"{bracketed}:4711"},
        {"x-forwarded-for": f"{address} garbage"},
        {"x-forwarded-for": f"garbage, {address}, 127.0.0.1"},
        {"forwarded": f'for="{bracketed}"', "x-real-ip": address, "cf-connecting-ip": address},
        {"host": bracketed},
        {"host": f"{bracketed}:8000"},
        {"user-agent": f"bot/1.0 (+http://{bracketed}/)"},
        {"referer": f"http://{bracketed}/from/{address}"},
        *({"referer": f"https://{written.strip(':')}.dyn.example/"} for written in ADDRESSES[address]),
        {"referer": f"https://{address.replace(':', '-')}.dyn.example/?{address}", "user-agent": address},
        {"cookie": f"ip={address}", "authorization": address},
    ]
    signals: list[dict[str, str]] = [{}, {"dnt": "1"}, {"sec-gpc": "1"}]
    return [headers | signal for headers in forwarding for signal in signals]


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_address_leaves_the_request(
    address: str, policy: Policy, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desk = FrontDesk(site(), policy=policy)
    bodies: list[str] = []
    with caplog.at_level(logging.DEBUG, "frontdesk"):
        for peer in ("127.0.0.1", address, f"::ffff:{address}" if "." in address else address):
            with TestClient(desk, client=(peer, 0), raise_server_exceptions=False) as client:
                for headers in requests_with(address):
                    bodies.append(client.get(f"/page/{address}?ip={address}", headers=headers).text)
                    client.get(f"/nowhere/{address}", headers=headers)
                    client.get("/broken", headers=headers)
                    client.request(f"GET{address}", "/page/1", headers=headers)
                    with client.websocket_connect(f"/live?{address}", headers=headers):
                        pass
    book = content(tmp_path / "book")
    names = "".join(str(file) for file in tmp_path.rglob("*"))
    told = "\n".join([book.decode(), names, caplog.text, *bodies, repr(desk.statistics())]).lower()
    assert book.count(b"\n") > 300
    for written in ADDRESSES[address]:
        assert written not in told
    for line in book.splitlines():
        assert orjson.loads(line).get("client.address", "/24").endswith(("/24", "/48"))
