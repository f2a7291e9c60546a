"""The app that is measured: one page by a router's template, and one that tells what a middleware made of a request."""

import time

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

PATH = "/products/7"
TEMPLATE = "/products/{product}"
SEEN = "/seen"
"""The page that tells what of a request reached the app."""


def site(work: float = 0.0) -> Starlette:
    """The app; `work` is how many seconds of a processor each page takes."""

    async def product(_: Request) -> Response:
        if work:
            _work(work)
        return PlainTextResponse("ok")

    return Starlette(routes=[Route(TEMPLATE, product), Route(SEEN, _seen)])


async def _seen(request: Request) -> Response:
    client = request.client.host if request.client else None
    visit = getattr(request.state, "visit", None)
    return JSONResponse({"client": client, "visit": visit is not None})


def _work(seconds: float) -> None:
    """Keep the processor busy, as a template or a serializer would."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass
