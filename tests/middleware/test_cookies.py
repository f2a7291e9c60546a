"""Cookies held back from who objected, on every message and every kind of answer that could carry one."""

import asyncio
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from frontdesk.middleware import FrontDesk
from frontdesk.policy import Policy

from .sites import COOKIE, MakeSite

OBJECTIONS = [{"dnt": "1"}, {"sec-gpc": "1"}, {"dnt": "1", "sec-gpc": "1"}]
NO_OBJECTIONS: list[dict[str, str]] = [{}, {"dnt": "0"}, {"sec-gpc": "0"}, {"dnt": "nonsense"}]

SENT = [
    (b"x-app", b"1"),
    (b"set-cookie", b"visitor=42"),
    (b"Set-Cookie", b"aurora_basket=7; Path=/"),
    (b"SET-COOKIE", b"Aurora_Basket=7"),
    (b"set-cookie", b"old=42; Max-Age=0"),
    (b"set-cookie", b"aurora_basket_id=7"),
]
PASSED = [
    (b"x-app", b"1"),
    (b"Set-Cookie", b"aurora_basket=7; Path=/"),
    (b"set-cookie", b"old=; Max-Age=0"),
]
MESSAGES: list[tuple[str, dict[str, Any]]] = [
    ("http", {"type": "http.response.start", "status": 200}),
    ("http", {"type": "http.response.start", "status": 302}),
    ("http", {"type": "http.response.start", "status": 304}),
    ("http", {"type": "http.response.start", "status": 404}),
    ("http", {"type": "http.response.start", "status": 500}),
    ("http", {"type": "http.response.start", "status": 200, "trailers": True}),
    ("http", {"type": "http.response.trailers", "more_trailers": False}),
    ("http", {"type": "http.response.push", "path": "/style.css"}),
    # ASGI gives a hint nothing but links; should it ever have headers, they are headers.
    ("http", {"type": "http.response.early_hint", "links": [b"</style.css>; rel=preload"]}),
    ("websocket", {"type": "websocket.accept", "subprotocol": None}),
    ("websocket", {"type": "websocket.http.response.start", "status": 403}),
]


def passed_on(policy: Policy, kind: str, message: Message, signals: dict[str, str]) -> tuple[Message, int]:
    """What the server gets of one message of the app, and how many cookies were counted."""
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(message)

    async def receive() -> Message:
        return {"type": f"{kind}.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(name.encode(), value.encode()) for name, value in signals.items()]
    scope = {"type": kind, "method": "GET", "scheme": "http", "path": "/", "client": ("127.0.0.1", 1)}
    desk = FrontDesk(app, policy=policy)
    asyncio.run(desk({**scope, "headers": headers}, receive, send))
    return sent[0], desk.statistics().cookies_held_back


def ours_left_out(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name.lower() in {b"set-cookie", b"x-app"}]


@pytest.mark.parametrize(("kind", "message"), MESSAGES)
@pytest.mark.parametrize("signals", OBJECTIONS)
def test_no_message_carries_a_cookie_to_who_objected(
    signals: dict[str, str], kind: str, message: dict[str, Any], policy: Policy
) -> None:
    passed, held_back = passed_on(policy, kind, {**message, "headers": list(SENT)}, signals)
    assert ours_left_out(passed["headers"]) == PASSED
    assert held_back == 3
    assert {name: value for name, value in passed.items() if name != "headers"} == message


@pytest.mark.parametrize(("kind", "message"), MESSAGES)
@pytest.mark.parametrize("signals", NO_OBJECTIONS)
def test_every_message_carries_cookies_to_who_did_not_object(
    signals: dict[str, str], kind: str, message: dict[str, Any], policy: Policy
) -> None:
    passed, held_back = passed_on(policy, kind, {**message, "headers": list(SENT)}, signals)
    assert ours_left_out(passed["headers"]) == SENT
    assert held_back == 0


@pytest.mark.parametrize(("kind", "message"), MESSAGES)
def test_a_message_without_headers_is_passed_on_as_it_is(kind: str, message: dict[str, Any], policy: Policy) -> None:
    passed, _ = passed_on(policy, kind, dict(message), {"dnt": "1"})
    assert passed == message


def with_cookies(response: Response) -> Response:
    response.set_cookie("visitor", "42")
    response.set_cookie("aurora_basket", "7")
    return response


def site(*, debug: bool = False) -> Starlette:
    """An app that sets cookies wherever it can."""

    async def moved(_: Request) -> Response:
        return with_cookies(RedirectResponse("/elsewhere"))

    async def refused(_: Request) -> Response:
        raise HTTPException(403, headers={"set-cookie": "visitor=42"})

    async def broken(_: Request) -> Response:
        raise RuntimeError

    async def told(_: Request, error: Exception) -> Response:
        return with_cookies(PlainTextResponse(type(error).__name__, 500 if isinstance(error, RuntimeError) else 404))

    async def denied(socket: WebSocket) -> None:
        await socket.send_denial_response(with_cookies(PlainTextResponse("no", 403)))

    async def live(socket: WebSocket) -> None:
        await socket.accept(headers=[(b"set-cookie", b"visitor=42"), (b"set-cookie", b"aurora_basket=7")])
        await socket.close()

    routes = [Route("/moved", moved), Route("/refused", refused), Route("/broken", broken)]
    sockets = [WebSocketRoute("/denied", denied), WebSocketRoute("/live", live)]
    return Starlette(debug=debug, routes=[*routes, *sockets], exception_handlers={Exception: told, 404: told})


@pytest.mark.parametrize("signals", OBJECTIONS)
@pytest.mark.parametrize(
    ("path", "status", "kept"),
    [
        ("/moved", 307, ["aurora_basket=7"]),
        ("/refused", 403, []),
        ("/nowhere", 404, ["aurora_basket=7"]),
        ("/broken", 500, ["aurora_basket=7"]),  # the app's own page for server errors
    ],
)
def test_no_page_of_an_app_sets_a_cookie_on_who_objected(
    path: str, status: int, kept: list[str], signals: dict[str, str], policy: Policy
) -> None:
    desk = FrontDesk(site(), policy=policy)
    with TestClient(desk, raise_server_exceptions=False) as client:
        answer = client.get(path, headers=signals, follow_redirects=False)
    assert answer.status_code == status
    assert [cookie.partition(";")[0] for cookie in answer.headers.get_list("set-cookie")] == kept
    assert desk.statistics().cookies_held_back == 1


def test_the_debug_page_sets_no_cookie_either(policy: Policy) -> None:
    with TestClient(FrontDesk(site(debug=True), policy=policy), raise_server_exceptions=False) as client:
        answer = client.get("/broken", headers={"dnt": "1"})
    assert (answer.status_code, answer.headers.get_list("set-cookie")) == (500, [])


@pytest.mark.parametrize("signals", OBJECTIONS)
def test_no_handshake_sets_a_cookie_on_who_objected(signals: dict[str, str], policy: Policy) -> None:
    desk = FrontDesk(site(), policy=policy)
    with TestClient(desk) as client:
        with pytest.raises(WebSocketDenialResponse) as denied, client.websocket_connect("/denied", headers=signals):
            pass
        kept = [cookie.partition(";")[0] for cookie in denied.value.headers.get_list("set-cookie")]
        with client.websocket_connect("/live", headers=signals) as socket:
            given: list[tuple[bytes, bytes]] = socket.extra_headers or []
    accepted = [value for name, value in given if name == b"set-cookie"]
    assert (denied.value.status_code, kept) == (403, ["aurora_basket=7"])
    assert accepted == [b"aurora_basket=7"]
    assert desk.statistics().cookies_held_back == 2


@pytest.mark.parametrize(
    ("path", "essential", "remembered"),
    [
        ("/?region=de", "", False),  # led to the site of the company that was chosen
        ("/?region=com", "", False),
        ("/?region=de", f'"{COOKIE}"', True),
        ("/?region=com", f'"{COOKIE}"', True),
    ],
)
@pytest.mark.parametrize("signals", OBJECTIONS)
def test_our_own_cookie_is_one_like_any_other(
    signals: dict[str, str], path: str, essential: str, remembered: bool, site: MakeSite
) -> None:
    told = site("redirect_with_consent", essential=essential).get(path, **signals)
    assert (told.cookie is not None) is remembered
