"""The middleware around real apps: what the app sees, what the browser gets, what is written."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import fastapi
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from frontdesk.middleware import FrontDesk, Visit
from frontdesk.policy import FrontdeskError, Policy, PolicyError, Treatment
from frontdesk.policy.model import Signals
from frontdesk.systemdata import fields as f

from ..book import content, files
from ..conftest import ReadBook
from .inside import unrecordable

PRINCETON = "128.112.0.77"
HOSTED = "88.99.1.1"
TELEKOM = "79.192.3.4"
PROXY = ("127.0.0.1", 50_000)


def seen(connection: HTTPConnection) -> dict[str, Any]:
    visit: Visit = connection.state.visit
    return {
        "source": visit.address_source,
        "country": visit.country,
        "subdivision": visit.subdivision,
        "network_type": visit.network_type,
        "organisation": visit.organisation.name if visit.organisation else None,
        "organisation_reason": visit.organisation_reason,
        "entity": visit.entity.id,
        "entity_reason": visit.entity_reason,
        "dnt": visit.signals.dnt,
        "gpc": visit.signals.gpc,
        "objected": visit.objected,
    }


def plain_app() -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            socket = WebSocket(scope, receive, send)
            await socket.accept()
            await socket.send_json(seen(socket))
            await socket.close()
        elif scope["type"] == "lifespan":
            for moment in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{moment}.complete"})
        else:
            await fastapi.responses.JSONResponse(seen(HTTPConnection(scope)))(scope, receive, send)

    return app


def starlette_app() -> ASGIApp:
    async def page(request: Request) -> Response:
        return fastapi.responses.JSONResponse(seen(request))

    async def live(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_json(seen(socket))
        await socket.close()

    return Starlette(routes=[Route("/products/{id}", page), WebSocketRoute("/live/{id}", live)])


def fastapi_app() -> ASGIApp:
    app = fastapi.FastAPI()

    @app.get("/products/{id}")
    async def page(request: Request) -> dict[str, Any]:
        return seen(request)

    @app.websocket("/live/{id}")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_json(seen(socket))
        await socket.close()

    return app


@pytest.fixture(params=[plain_app, starlette_app, fastapi_app])
def app(request: pytest.FixtureRequest) -> ASGIApp:
    built: ASGIApp = request.param()
    return built


def visitor(app: ASGIApp) -> TestClient:
    return TestClient(app, client=PROXY, raise_server_exceptions=False)


def test_every_kind_of_app_sees_the_visit(app: ASGIApp, policy: Policy, read_book: ReadBook) -> None:
    with visitor(FrontDesk(app, policy=policy)) as client:
        answer = client.get("/products/7", headers={"x-forwarded-for": PRINCETON})
    assert answer.json() == {
        "source": "header",
        "country": "US",
        "subdivision": None,
        "network_type": "education",
        "organisation": "Princeton University",
        "organisation_reason": None,
        "entity": "aurora-com",
        "entity_reason": "country",
        "dnt": "unset",
        "gpc": False,
        "objected": False,
    }
    (record,) = read_book()
    assert record["http.response.status_code"] == 200
    assert record["frontdesk.organisation.name"] == "Princeton University"


def test_every_kind_of_app_sees_the_visit_over_websocket(app: ASGIApp, policy: Policy, read_book: ReadBook) -> None:
    with (
        visitor(FrontDesk(app, policy=policy)) as client,
        client.websocket_connect("/live/7", headers={"x-forwarded-for": TELEKOM, "sec-gpc": "1"}) as socket,
    ):
        told = socket.receive_json()
    assert told["organisation_reason"] == "objected"
    assert told["entity"] == "aurora-de"
    (record,) = read_book()
    assert record["http.response.status_code"] == 101
    assert record["frontdesk.outcome"] == "complete"
    assert record["frontdesk.treatment"] == "anonymous"


@pytest.mark.parametrize("build", [starlette_app, fastapi_app])
def test_a_record_has_the_route_template_and_never_the_path(
    build: Callable[[], ASGIApp], policy: Policy, read_book: ReadBook, tmp_path: Path
) -> None:
    with visitor(FrontDesk(build(), policy=policy)) as client:
        client.get("/products/secret-7?token=hush", headers={"referer": "https://search.example/?q=hush"})
        client.get("/nowhere/secret-7")
    first, second = read_book()
    assert first["http.route"] == "/products/{id}"
    assert "http.route" not in second
    assert second["http.response.status_code"] == 404
    book = content(tmp_path / "book")
    assert b"secret-7" not in book
    assert b"hush" not in book


def test_a_plain_app_may_name_its_route(policy: Policy, read_book: ReadBook) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"]["visit"].route = 5 if scope["path"] == "/odd" else "/orders/{id}"
        await PlainTextResponse("")(scope, receive, send)

    desk = FrontDesk(app, policy=policy)
    visitor(desk).get("/orders/7")
    assert visitor(desk).get("/odd").status_code == 200  # where it names none
    desk.book.close()
    assert [record.get("http.route") for record in read_book()] == ["/orders/{id}", None]


# Cookies


def cookie_app(status: int = 200) -> ASGIApp:
    async def page(request: Request) -> Response:
        response = PlainTextResponse("", status_code=status)
        response.set_cookie("visitor", "42")
        response.set_cookie("aurora_basket", "7")
        response.set_cookie("aurora_basket_id", "7")
        response.raw_headers.append((b"Set-Cookie", b"Aurora_Basket=9"))
        return response

    return Starlette(routes=[Route("/", page)])


@pytest.mark.parametrize("status", [200, 302, 404, 500])
@pytest.mark.parametrize("signal", [{"dnt": "1"}, {"sec-gpc": "1"}])
def test_only_essential_cookies_reach_a_visitor_who_objected(
    signal: dict[str, str], status: int, policy: Policy
) -> None:
    desk = FrontDesk(cookie_app(status), policy=policy)
    with visitor(desk) as client:
        answer = client.get("/", headers=signal, follow_redirects=False)
    assert [cookie.partition(";")[0] for cookie in answer.headers.get_list("set-cookie")] == ["aurora_basket=7"]
    assert desk.statistics().cookies_held_back == 3


@pytest.mark.parametrize(
    ("cookie", "passed"),
    [
        ("visitor=42; Max-Age=0; Path=/", "visitor=; Max-Age=0; Path=/"),
        ("visitor=42; max-age=-1", "visitor=; max-age=-1"),
        ("visitor=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "visitor=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
        ("visitor=42; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("visitor=42; Expires=Fri, 01 Jan 2100 00:00:00 GMT", None),
        ("visitor=42; Max-Age=soon", None),
        ("visitor=42; Expires=never", None),
        ("visitor=42", None),
        ("aurora_basket", None),  # a cookie without a name
        ("=aurora_basket", None),
        (" aurora_basket =7", " aurora_basket =7"),
    ],
)
def test_a_cookie_may_be_taken_away_from_a_visitor_who_objected(
    cookie: str, passed: str | None, policy: Policy
) -> None:
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"set-cookie", cookie.encode())]})
        await send({"type": "http.response.body"})

    run(FrontDesk(app, policy=policy), {"headers": [(b"dnt", b"1")]}, sent)
    cookies = [(name, value) for name, value in sent[0]["headers"] if name == b"set-cookie"]
    assert cookies == ([(b"set-cookie", passed.encode())] if passed else [])


def test_every_cookie_reaches_a_visitor_who_did_not_object(policy: Policy) -> None:
    desk = FrontDesk(cookie_app(), policy=policy)
    with visitor(desk) as client:
        answer = client.get("/", headers={"dnt": "0", "sec-gpc": "0"})
    assert len(answer.headers.get_list("set-cookie")) == 4
    assert desk.statistics().cookies_held_back == 0


def test_a_websocket_sets_no_cookie_on_a_visitor_who_objected(policy: Policy) -> None:
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept", "headers": [(b"set-cookie", b"visitor=42")]})
        await send({"type": "websocket.close"})

    run(FrontDesk(app, policy=policy), {"type": "websocket", "headers": [(b"dnt", b"1")]}, sent)
    assert sent[0]["headers"] == []


def run(app: ASGIApp, scope: Scope, sent: list[Message] | None = None) -> None:
    """Call an app once, as a server would."""

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if sent is not None:
            sent.append(message)

    base = {"type": "http", "method": "GET", "scheme": "http", "path": "/", "client": PROXY, "headers": []}
    asyncio.run(app({**base, **scope}, receive, send))  # type: ignore[arg-type]


# Treatments


@pytest.mark.parametrize("signal", [{"dnt": "1"}, {"sec-gpc": "1"}])
def test_an_anonymous_record_says_nothing_of_the_person(
    signal: dict[str, str], policy: Policy, read_book: ReadBook
) -> None:
    with visitor(FrontDesk(starlette_app(), policy=policy)) as client:
        told = client.get(
            "/products/7",
            headers={
                "x-forwarded-for": PRINCETON,
                "user-agent": "Firefox/140",
                "referer": "https://a.example",
                **signal,
            },
        ).json()
    assert (told["organisation"], told["organisation_reason"], told["objected"]) == (None, "objected", True)
    (record,) = read_book()
    assert not {
        name
        for name in record
        if name.startswith(("client.", "user_agent.", "frontdesk.organisation", "frontdesk.network", "frontdesk.bot"))
    }
    assert not record.keys() & {f.REFERRER, f.ENTITY_SUGGESTED, f.SUGGESTED_OUTCOME}
    assert record["timestamp"].endswith(":00:00.000Z")
    assert record["frontdesk.retention.expires_at"].endswith(":00:00Z")
    assert record["geo.country.iso_code"] == "US"
    assert record["frontdesk.treatment"] == "anonymous"


def test_of_an_anonymous_visit_only_its_agent_tells_a_machine(policy: Policy, read_book: ReadBook) -> None:
    crawler, browser = "Mozilla/5.0 (compatible; Googlebot/2.1)", "Firefox/151"
    with visitor(FrontDesk(starlette_app(), policy=policy)) as client:
        for address, agent, dnt in [
            (PRINCETON, crawler, "1"),
            (HOSTED, browser, "1"),
            (PRINCETON, crawler, "0"),
            (HOSTED, browser, "0"),
            (HOSTED, crawler, "0"),
            (PRINCETON, browser, "0"),
        ]:
            client.get("/products/7", headers={"x-forwarded-for": address, "user-agent": agent, "dnt": dnt})
    told = [tuple(record.get(name) for name in (f.TREATMENT, f.SYNTHETIC, f.BOT_BY)) for record in read_book()]
    assert sorted(told, key=str) == sorted(
        [
            ("anonymous", "bot", None),
            ("anonymous", None, None),
            ("full", "bot", "agent"),
            ("full", "bot", "network"),
            ("full", "bot", "agent"),
            ("full", None, None),
        ],
        key=str,
    )
    counts = read_book("aggregate")
    assert [sum(each[name] for each in counts) for name in (f.VISITS, f.BOTS, f.BOTS_OBJECTED)] == [6, 3, 1]


@pytest.mark.parametrize(
    ("headers", "site"),
    [
        ({"referer": "https://www.Search.example/?q=hush"}, "search.example"),
        ({"referer": "https://search.example/", "dnt": "0"}, "search.example"),
        ({"referer": "https://search.example/", "dnt": "1"}, None),
        ({"referer": "https://search.example/", "sec-gpc": "1"}, None),
        ({"referer": "https://de.aurora.example/products"}, None),
        ({}, None),
    ],
)
def test_the_site_that_led_here_is_kept_of_a_visitor_who_did_not_object(
    headers: dict[str, str], site: str | None, policy: Policy, read_book: ReadBook
) -> None:
    with visitor(FrontDesk(starlette_app(), policy=policy)) as client:
        client.get("/products/7", headers=headers)
    assert [record.get(f.REFERRER) for record in read_book()] == [site]


def test_a_visitor_to_be_counted_leaves_no_record(policy: Policy, read_book: ReadBook) -> None:
    policy = msgspec.structs.replace(policy, signals=Signals(dnt=Treatment.COUNT, gpc=Treatment.FULL))
    desk = FrontDesk(starlette_app(), policy=policy)
    with visitor(desk) as client:
        client.get("/products/7", headers={"dnt": "1"})
        client.get("/products/8", headers={"sec-gpc": "1"})
    assert [record["frontdesk.treatment"] for record in read_book()] == ["full"]
    statistics = desk.statistics()
    assert (statistics.visits, statistics.objected, statistics.counted) == (2, 1, 1)


# How a visit may end


def ending_app() -> list[Route]:
    async def broken(request: Request) -> Response:
        raise LookupError("the address is 203.0.113.77")

    async def halfway() -> AsyncIterator[str]:
        yield "one"
        raise LookupError("no two")

    async def stream(request: Request) -> Response:
        async def numbers() -> AsyncIterator[str]:
            for number in range(3):
                yield str(number)

        return StreamingResponse(numbers())

    async def half(request: Request) -> Response:
        return StreamingResponse(halfway())

    async def after(request: Request) -> Response:
        def task() -> None:
            raise LookupError("too late")

        return PlainTextResponse("", background=BackgroundTask(task))

    return [Route("/broken", broken), Route("/stream", stream), Route("/half", half), Route("/after", after)]


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize(
    ("path", "status", "outcome", "error"),
    [
        ("/broken", 500, "error", "LookupError"),
        ("/stream", 200, "complete", None),
        ("/half", 200, "error", "LookupError"),
        ("/after", 200, "complete", None),
        ("/none", 404, "complete", None),
    ],
)
def test_a_record_tells_how_the_visit_ended(
    path: str, status: int, outcome: str, error: str | None, inside: bool, policy: Policy, read_book: ReadBook
) -> None:
    if inside:
        app: ASGIApp = Starlette(routes=ending_app(), middleware=[Middleware(FrontDesk, policy=policy)])
    else:
        app = FrontDesk(Starlette(routes=ending_app()), policy=policy)
    with visitor(app) as client:
        client.get(path)
    (record,) = read_book()
    assert record["http.response.status_code"] == status
    assert record["frontdesk.outcome"] == outcome
    assert record.get("error.type") == error


def test_the_app_s_own_errors_are_raised_as_they_were(policy: Policy) -> None:
    app = FrontDesk(Starlette(routes=ending_app()), policy=policy)
    with TestClient(app) as client, pytest.raises(LookupError, match="the address"):
        client.get("/broken")


def test_a_cancelled_request_is_a_disconnected_visit(policy: Policy, read_book: ReadBook) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise asyncio.CancelledError

    desk = FrontDesk(app, policy=policy)
    with pytest.raises(asyncio.CancelledError):
        run(desk, {})
    desk.book.close()
    (record,) = read_book()
    assert record["frontdesk.outcome"] == "disconnected"
    assert "http.response.status_code" not in record


def test_a_server_that_cannot_send_means_a_disconnected_visit(policy: Policy, read_book: ReadBook) -> None:
    desk = FrontDesk(PlainTextResponse("hello"), policy=policy)

    async def gone(message: Message) -> None:
        raise OSError("the client is gone")

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "path": "/", "client": PROXY, "headers": []}
    with pytest.raises(OSError, match="gone"):
        asyncio.run(desk(scope, receive, gone))
    desk.book.close()
    (record,) = read_book()
    assert record["frontdesk.outcome"] == "disconnected"


def test_a_websocket_left_by_the_client_is_a_disconnected_visit(policy: Policy, read_book: ReadBook) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        raise WebSocketDisconnect(1006)

    desk = FrontDesk(app, policy=policy)
    with pytest.raises(WebSocketDisconnect):
        run(desk, {"type": "websocket"})
    desk.book.close()
    (record,) = read_book()
    assert (record["http.response.status_code"], record["frontdesk.outcome"]) == (101, "disconnected")


@pytest.mark.parametrize(("code", "outcome"), [(1000, "complete"), (1001, "complete"), (1006, "disconnected")])
def test_a_websocket_ends_as_the_client_ends_it(code: int, outcome: str, policy: Policy, read_book: ReadBook) -> None:
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        await socket.receive_text()

    app = Starlette(routes=[WebSocketRoute("/live", live)])
    with (
        visitor(FrontDesk(app, policy=policy)) as client,
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("/live") as socket,
    ):
        socket.close(code)
    (record,) = read_book()
    assert (record["frontdesk.outcome"], record.get("error.type")) == (outcome, None)


def test_a_file_sent_by_path_is_complete(policy: Policy, read_book: ReadBook) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.pathsend", "path": "/file"})

    desk = FrontDesk(app, policy=policy)
    run(desk, {})
    desk.book.close()
    assert [record["frontdesk.outcome"] for record in read_book()] == ["complete"]


@pytest.mark.parametrize(("more", "outcome"), [({}, "complete"), ({"more_body": True}, "disconnected")])
def test_a_file_sent_without_copying_is_complete(
    more: dict[str, bool], outcome: str, policy: Policy, read_book: ReadBook
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.zerocopysend", "file": 3, **more})

    desk = FrontDesk(app, policy=policy)
    run(desk, {})
    desk.book.close()
    assert [record["frontdesk.outcome"] for record in read_book()] == [outcome]


@pytest.mark.parametrize(
    ("errors", "told"),
    [
        ([WebSocketDisconnect(1006), ClientDisconnect()], ("disconnected", None)),
        ([WebSocketDisconnect(1006), ValueError("a fault")], ("error", "ExceptionGroup")),
    ],
)
def test_a_group_of_tasks_that_a_client_left_is_a_disconnected_visit(
    errors: list[Exception], told: tuple[str, str | None], policy: Policy, read_book: ReadBook
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        raise ExceptionGroup("tasks", errors)

    desk = FrontDesk(app, policy=policy)
    with pytest.raises(ExceptionGroup):
        run(desk, {"type": "websocket"})
    desk.book.close()
    (record,) = read_book()
    assert (record["frontdesk.outcome"], record.get("error.type")) == told


def test_a_refused_websocket_is_a_403(policy: Policy, read_book: ReadBook) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.close"})

    desk = FrontDesk(app, policy=policy)
    run(desk, {"type": "websocket"})
    desk.book.close()
    assert [record["http.response.status_code"] for record in read_book()] == [403]


def test_a_lifespan_is_no_visit(policy: Policy) -> None:
    desk = FrontDesk(Starlette(), policy=policy)
    with visitor(desk):
        pass
    assert desk.statistics().visits == 0
    assert list(policy.log.directory.iterdir()) == []


def test_shutdown_seals_the_book_before_the_server_is_told(policy: Policy) -> None:
    desk = FrontDesk(starlette_app(), policy=policy)
    with visitor(desk) as client:
        client.get("/products/7")
    assert {file.suffix for file in files(policy.log.directory)} == {".zst"}
    assert desk.statistics().book.written_by_class == {"visit": 1, "aggregate": 1}


def test_an_app_can_be_started_twice(policy: Policy, read_book: ReadBook) -> None:
    desk = FrontDesk(starlette_app(), policy=policy)
    for _ in range(2):
        with visitor(desk) as client:
            client.get("/products/7")
    assert len(read_book()) == 2
    assert len(read_book("aggregate")) == 2
    assert desk.statistics().book.accepted == desk.statistics().book.written == 4


# What may not happen


def test_an_unknown_host_is_not_recorded(policy: Policy, read_book: ReadBook) -> None:
    with visitor(FrontDesk(starlette_app(), policy=policy)) as client:
        client.get("/products/7", headers={"host": "203.0.113.77"})
        client.get("/products/7", headers={"host": "JP.aurora.example:8000", "x-forwarded-for": PRINCETON})
    first, second = read_book()
    assert "server.address" not in first
    assert (second["server.address"], second["frontdesk.entity"]) == ("jp.aurora.example", "aurora-jp")
    assert second["frontdesk.entity.reason"] == "host"


def test_a_header_of_an_untrusted_peer_is_refused_and_counted(policy: Policy, read_book: ReadBook) -> None:
    desk = FrontDesk(starlette_app(), policy=policy)
    with TestClient(desk, client=("79.192.3.4", 1)) as client:
        told = client.get("/products/7", headers={"x-forwarded-for": PRINCETON}).json()
    assert (told["source"], told["country"], told["organisation_reason"]) == ("peer", "DE", "access_network")
    assert desk.statistics().forwarding_refused == 1
    assert [record["client.address"] for record in read_book()] == ["79.192.3.0/24"]
    (forged,) = read_book("security")
    assert forged["frontdesk.security.kind"] == "spoofed_forwarding"
    assert (forged["http.route"], forged["http.response.status_code"]) == ("/products/{id}", 200)


@pytest.mark.parametrize("state", [None, {}, {"mine": 1}, MappingProxyType({"mine": 1})])
def test_each_visit_has_a_state_of_its_own(state: object, policy: Policy) -> None:
    """Some servers give every request of a connection the same state."""
    desk = FrontDesk(starlette_app(), policy=policy)
    shown: list[Visit] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        shown.append(scope["state"]["visit"])
        assert set(scope["state"]) == {"visit", *(state or ())}  # type: ignore[misc]

    desk.app = app
    for headers in ([(b"dnt", b"1")], []):
        run(desk, {"state": state, "headers": headers})
    assert [visit.objected for visit in shown] == [True, False]
    assert state in (None, {}, {"mine": 1})


@pytest.mark.parametrize(
    "scope",
    [
        {"client": None},
        {"client": ("garbage", None)},
        {"client": ["127.0.0.1", 1]},
        {"client": (b"127.0.0.1", 1)},
        {"client": (1, 2, 3)},
        {"headers": iter([(b"dnt", b"1")])},
        {"headers": [[b"host", b"\xff\xfe"], [b"user-agent", b"\x00"]]},
        {"headers": [(b"x-forwarded-for", "text")]},
        {"headers": None},
        {"method": 7, "scheme": None, "route": object()},
    ],
)
def test_an_odd_scope_fails_no_request(scope: Scope, policy: Policy) -> None:
    sent: list[Message] = []
    desk = FrontDesk(PlainTextResponse("hello"), policy=policy)
    run(desk, scope, sent)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    desk.book.close()
    assert desk.statistics().book.accepted == 1


@pytest.mark.parametrize("headers", [None, [(b"a", b"b", b"c")], [("x-odd", "a=b")], 7])
def test_odd_headers_of_the_app_are_the_server_s_business(headers: object, policy: Policy) -> None:
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": "200", "headers": headers})
        await send({"type": "http.response.body"})

    run(FrontDesk(app, policy=policy), {"headers": [(b"dnt", b"1")]}, sent)
    assert sent[0] == {"type": "http.response.start", "status": "200", "headers": headers}


def test_a_thread_that_cannot_start_fails_no_request(
    policy: Policy, monkeypatch: pytest.MonkeyPatch, read_book: ReadBook
) -> None:
    sent: list[Message] = []
    desk = FrontDesk(PlainTextResponse("hello"), policy=policy)

    def none_left(_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr("threading.Thread.start", none_left)
        run(desk, {}, sent)
    assert [message.get("status") for message in sent] == [200, None]
    run(desk, {}, sent)
    desk.book.close()
    book = desk.statistics().book
    assert (book.accepted, book.written, book.dropped) == (2, 2, {})
    assert len(read_book()) == 2


def test_a_policy_that_is_given_as_an_object_is_checked_as_a_file_is(policy: Policy) -> None:
    with pytest.raises(PolicyError) as refused:
        FrontDesk(plain_app(), policy=msgspec.structs.replace(policy, default_entity="fr"))
    told = "default_entity: no entity has this id; known are aurora-com, aurora-de, aurora-jp (the policy says 'fr')"
    assert str(refused.value) == told


def test_a_full_disk_fails_no_request(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = FrontDesk(starlette_app(), policy=policy)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("frontdesk.systemdata.segment.os.write", full)
    with visitor(desk) as client:
        assert client.get("/products/7").status_code == 200
    book = desk.statistics().book
    assert (book.accepted, book.written, book.dropped) == (2, 0, {"disk_full": 2}), "the visit, and the hour's counts"


def test_a_record_that_cannot_be_built_fails_no_request(policy: Policy, caplog: pytest.LogCaptureFixture) -> None:
    desk = FrontDesk(starlette_app(), policy=policy)
    app = unrecordable(desk, ValueError, "203.0.113.77")
    with caplog.at_level(logging.ERROR, "frontdesk"), visitor(app) as client:
        assert client.get("/products/7").status_code == 200
    assert desk.statistics().book.dropped["encode_error"] >= 1
    assert "ValueError" in caplog.text
    assert "203.0.113.77" not in caplog.text


def test_a_lookup_that_fails_fails_no_request(
    policy: Policy, monkeypatch: pytest.MonkeyPatch, read_book: ReadBook
) -> None:
    desk = FrontDesk(starlette_app(), policy=policy)

    def broken(*_: object) -> None:
        raise RuntimeError("the database is gone")

    monkeypatch.setattr("frontdesk.geodb.reader.Database.told", broken)
    with visitor(desk) as client:
        told = client.get("/products/7", headers={"x-forwarded-for": PRINCETON}).json()
    assert (told["organisation_reason"], told["country"]) == ("objected", None)
    assert desk.statistics().troubles == 1


def test_a_lookup_that_fails_writes_nothing_of_whom_the_policy_only_counts(
    policy: Policy, monkeypatch: pytest.MonkeyPatch, read_book: ReadBook
) -> None:
    policy = msgspec.structs.replace(policy, signals=Signals(dnt=Treatment.FULL, gpc=Treatment.COUNT))
    desk = FrontDesk(starlette_app(), policy=policy)
    monkeypatch.setattr("frontdesk.geodb.reader.Database.told", lambda *_: 1 / 0)
    with visitor(desk) as client:
        client.get("/products/7", headers={"sec-gpc": "1"})
    assert read_book() == []


def test_a_lookup_that_fails_is_recorded_anonymously(
    policy: Policy, monkeypatch: pytest.MonkeyPatch, read_book: ReadBook
) -> None:
    desk = FrontDesk(starlette_app(), policy=policy)
    monkeypatch.setattr("frontdesk.geodb.reader.Database.told", lambda *_: 1 / 0)
    with visitor(desk) as client:
        client.get("/products/7")
    assert [record["frontdesk.treatment"] for record in read_book()] == ["anonymous"]


def test_a_server_that_rewrites_the_peer_is_warned_of_once(policy: Policy, caplog: pytest.LogCaptureFixture) -> None:
    desk = FrontDesk(starlette_app(), policy=policy)
    with TestClient(desk, client=(PRINCETON, 0)) as client:
        for _ in range(3):
            client.get("/products/7", headers={"x-forwarded-for": PRINCETON})
    assert caplog.text.count("--no-proxy-headers") == 1


def test_neither_scheme_nor_error_type_can_carry_text_of_a_stranger(policy: Policy, read_book: ReadBook) -> None:
    odd = type("Error of 203.0.113.77", (Exception,), {})

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise odd

    desk = FrontDesk(app, policy=policy)
    with pytest.raises(odd):
        run(desk, {"scheme": "203.0.113.77"})
    desk.book.close()
    (record,) = read_book()
    assert (record["url.scheme"], record["error.type"]) == ("_OTHER", "_OTHER")


def test_the_policy_may_be_a_file_and_its_faults_stop_the_app(tmp_path: Path) -> None:
    file = tmp_path / "frontdesk.toml"
    file.write_text('version = "1"\ndefault_entity = "us"\nentities = [{ id = "us", legal_name = "US Inc." }]\n')
    desk = FrontDesk(Starlette(), policy=file)
    assert desk.policy.log.directory == tmp_path / "visitors-book"
    file.write_text('version = "1"\n')
    with pytest.raises(FrontdeskError, match=r"frontdesk\.toml: entities: is missing"):
        FrontDesk(Starlette(), policy=str(file))
