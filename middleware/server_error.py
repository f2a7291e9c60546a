"""The app's own page for server errors, which Starlette and FastAPI send outside of all middleware.

Where the front desk is added as middleware, that page would pass it by, with its cookies. So the app's handler is asked
as ever, and what it answers goes through the front desk.
"""

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any, cast
from weakref import WeakSet

from starlette.middleware.errors import ServerErrorMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ANSWER = "frontdesk.answer"
"""Where a request's scope holds what makes a message one for this visitor."""

ForVisitor = Callable[[Message], Message]
Handler = Callable[[Request, Exception], Any]

_brought_back: WeakSet[ServerErrorMiddleware] = WeakSet()


def bring_back(app: object) -> None:
    """Let the page for server errors of a Starlette or FastAPI app, if it has one, go through the front desk."""
    outermost = getattr(app, "middleware_stack", None)
    if not isinstance(outermost, ServerErrorMiddleware) or outermost.handler is None:
        return
    if outermost not in _brought_back:  # a front desk may stand in several apps, and come back to each
        outermost.handler = _through_desk(cast("Handler", outermost.handler))
        _brought_back.add(outermost)


def _through_desk(handler: Handler) -> Handler:
    # Starlette runs plain functions in a thread, so one of them stays one.
    if iscoroutinefunction(handler) or iscoroutinefunction(getattr(handler, "__call__", None)):  # noqa: B004

        async def awaited(request: Request, error: Exception) -> ASGIApp:
            return _for_visitor(await handler(request, error), request.scope.get(ANSWER))

        return awaited

    def called(request: Request, error: Exception) -> ASGIApp:
        return _for_visitor(handler(request, error), request.scope.get(ANSWER))

    return called


def _for_visitor(response: ASGIApp, for_visitor: ForVisitor | None) -> ASGIApp:
    """A response each of whose messages is made one for this visitor."""
    if for_visitor is None:
        return response

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        async def passing(message: Message) -> None:
            await send(for_visitor(message))

        await response(scope, receive, passing)

    return answering
