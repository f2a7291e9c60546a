"""The site that is visited: plain pages that cost the same with and without a front desk before them."""

import os
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_WORKER = (b"x-worker", str(os.getpid()).encode())
_TEXT = "<!doctype html><title>Aurora Instruments</title>" + "<p>An instrument for the northern lights.</p>" * 40
_PRODUCTS = frozenset({"boreal", "corona", "arc"})


async def _page(_request: Request) -> Response:
    response = HTMLResponse(_TEXT)
    response.set_cookie("aurora_basket", "empty", httponly=True, samesite="lax")
    response.set_cookie("aurora_campaign", "autumn", httponly=True, samesite="lax")
    return response


async def _product(request: Request) -> Response:
    return HTMLResponse(_TEXT, 200 if request.path_params["product"] in _PRODUCTS else 404)


async def _stream(_request: Request) -> Response:
    async def measurements() -> AsyncIterator[str]:
        for hour in range(24):
            yield f"{hour:02},{abs(12 - hour) ** 2 / 10}\n"

    return StreamingResponse(measurements(), media_type="text/plain")


def site() -> ASGIApp:
    """The pages. Each answer says which process gave it."""
    pages = [Route(path, _page) for path in ("/", "/products", "/contact")]
    return _Signed(Starlette(routes=[*pages, Route("/products/{product}", _product), Route("/stream", _stream)]))


class _Signed:
    """Notes a request's number in its record, in the route's place, so that each can be found in the book again."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number = next((value for name, value in scope["headers"] if name == b"x-load-id"), None)
        visit = scope.get("state", {}).get("visit")
        if number is not None and visit is not None:
            visit.route = number.decode("latin-1")

        async def signed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], _WORKER]}
            await send(message)

        await self._app(scope, receive, signed)
