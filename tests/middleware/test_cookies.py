"""Cookies held back from who objected, on every message and every kind of answer that could carry one."""

import asyncio
from functools import partial
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"set-cookie ", b"visitor=42"),  # browsers take the blank away
        (b" Set-Cookie\t", b"visitor=42"),
        (b"set-cookie", b"aurora_basket=7\r\nSet-Cookie: visitor=42"),  # hidden behind an essential one
        (b"set-cookie", b"aurora_basket=7\nSet-Cookie: visitor=42"),
        (b"set-cookie", b"aurora_basket=7\0visitor=42"),
        (b"set-cookie", b"old=; Max-Age=0\r\nSet-Cookie: visitor=42"),  # or behind a deletion
        (b"set-cookie", b"aurora_basket"),  # a value without a name
        (b"set-cookie", b"=aurora_basket=7"),
        # What is no deletion to every browser: a number that they do not read, a year that they read otherwise.
        (b"set-cookie", b"id_42=; Max-Age=+0"),
        (b"set-cookie", b"id_42=; Max-Age=0x0; Expires=Thu, 31 Dec 2099 00:00:00 GMT"),
        (b"set-cookie", "id_42=; Max-Age=\u0660".encode()),
        (b"set-cookie", b"id_42=; Max-Age=0; Max-Age=9999"),
        (b"set-cookie", b"id_42=; Expires=Tue, 01-Jan-69 00:00:00 GMT"),
        (b"set-cookie", b"id_42=; Expires=Wed, 31 Dec 2098 23:00:00 -2400"),
        (b"set-cookie", b"id_42=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Expires=Thu, 31 Dec 2099 00:00:00 GMT"),
        (b"set-cookie", b"id_42=; Expires=Thu, 99 Jan 1970 00:00:00 GMT"),
    ],
)
@pytest.mark.parametrize("signals", OBJECTIONS)
def test_no_cookie_slips_through_in_disguise(
    signals: dict[str, str], name: bytes, value: bytes, policy: Policy
) -> None:
    start = {"type": "http.response.start", "status": 200, "headers": [(name, value), (b"x-app", b"1")]}
    passed, held_back = passed_on(policy, "http", start, signals)
    assert (b"x-app", b"1") in passed["headers"]
    assert not [value for name, value in passed["headers"] if b"cookie" in name.lower()]
    assert held_back == 1


@pytest.mark.parametrize(
    "header",
    [
        ("set-cookie", "visitor=42"),  # uvicorn takes text where it parses by h11
        ("Set-Cookie", b"visitor=42"),
        (b"set-cookie", "aurora_basket=7"),
        (bytearray(b"set-cookie"), b"visitor=42"),
        (b"set-cookie", bytearray(b"visitor=42")),
    ],
)
def test_no_cookie_slips_through_as_what_is_no_bytes(header: Any, policy: Policy) -> None:
    start = {"type": "http.response.start", "status": 200, "headers": [header, (b"x-app", b"1")]}
    passed, held_back = passed_on(policy, "http", start, {"dnt": "1"})
    assert (held_back, (b"x-app", b"1") in passed["headers"], header in passed["headers"]) == (1, True, False)


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


async def told_later(_: Request, error: Exception) -> Response:
    return with_cookies(PlainTextResponse(type(error).__name__, 500))


def told_at_once(_: Request, error: Exception) -> Response:
    return with_cookies(PlainTextResponse(type(error).__name__, 500))


class Teller:
    """A handler that is an object."""

    async def __call__(self, request: Request, error: Exception) -> Response:
        return await told_later(request, error)


def where_and_who(request: Request, error: Exception) -> Response:
    return with_cookies(PlainTextResponse(f"{request.state.visit.country}", 500, {"cache-control": "max-age=60"}))


def inside(kind: type[Starlette], handler: Any, key: int | type[Exception], policy: Policy) -> Starlette:
    """An app that has the front desk added as middleware, and a handler of its own for server errors."""

    async def broken(_: Request) -> Response:
        raise RuntimeError

    app = kind(routes=[Route("/broken", broken)], exception_handlers={key: handler})
    app.add_middleware(FrontDesk, policy=policy)
    return app


@pytest.mark.parametrize("kind", [Starlette, FastAPI])
@pytest.mark.parametrize("handler", [told_later, told_at_once, Teller(), partial(told_later)])
@pytest.mark.parametrize("key", [500, Exception])
@pytest.mark.parametrize(("signals", "kept"), [({}, 2), *((each, 1) for each in OBJECTIONS)])
def test_the_page_for_server_errors_passes_through_a_front_desk_that_is_middleware(
    signals: dict[str, str],
    kept: int,
    key: int | type[Exception],
    handler: Any,
    kind: type[Starlette],
    policy: Policy,
) -> None:
    with TestClient(inside(kind, handler, key, policy), raise_server_exceptions=False) as client:
        for _ in range(3):
            client.cookies.clear()
            answer = client.get("/broken", headers=signals)
            assert (answer.status_code, answer.text) == (500, "RuntimeError")
            assert len(answer.headers.get_list("set-cookie")) == kept
            assert answer.headers["vary"] == "DNT, Sec-GPC"


def test_the_page_for_server_errors_is_kept_out_of_caches_where_it_tells_of_the_place(policy: Policy) -> None:
    asked: list[Exception] = []

    def handler(request: Request, error: Exception) -> Response:
        asked.append(error)
        return where_and_who(request, error)

    with TestClient(inside(Starlette, handler, 500, policy), raise_server_exceptions=False) as client:
        answer = client.get("/broken")
    assert (answer.text, answer.headers["cache-control"]) == ("None", "private, no-store")
    assert len(asked) == 1
    with TestClient(inside(Starlette, handler, 500, policy)) as client, pytest.raises(RuntimeError):
        client.get("/broken")  # the error goes on to the server, as ever


def test_one_front_desk_in_two_apps_brings_each_page_for_server_errors_back_once(policy: Policy) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError

    desk = FrontDesk(broken, policy=policy)
    apps = [Starlette(routes=[Mount("/", desk)], exception_handlers={500: told_at_once}) for _ in range(2)]
    clients = [TestClient(app, raise_server_exceptions=False) for app in apps]
    for _ in range(600):  # more than calls may stand in one another
        for client in clients:
            assert client.get("/").text == "RuntimeError"


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
