"""The page as an app: which address shows what, and what becomes of a mistake."""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from frontdesk.analytics.page.access import Tokens
from frontdesk.analytics.page.answers import Answers
from frontdesk.analytics.page.asked import read
from frontdesk.analytics.page.credit import Credit
from frontdesk.analytics.page.door import Door
from frontdesk.analytics.page.errors import WORDS, PageError
from frontdesk.analytics.page.guard import Guard, to_login
from frontdesk.analytics.page.looks import Looks
from frontdesk.analytics.page.period import DAYS, Period, months
from frontdesk.analytics.page.shield import LOOPBACK_NAMES, Shield
from frontdesk.analytics.page.views import PAGES, Shown, View, Views
from frontdesk.policy import FrontdeskError, Policy

_LOGGER = logging.getLogger("frontdesk.page")
_Handler = Callable[[Request], Awaitable[Response]]


def page(
    policy: Policy,
    tokens: Tokens,
    *,
    credits: Sequence[Credit] = (),
    clock: Callable[[], float] = time.time,
) -> ASGIApp:
    """The analyst's page over the books of a policy.

    Args:
        policy: names the books, the roles and how the page is reached.
        tokens: those of its roles, as `access.tokens_of` reads them.
        credits: what the licences of the network database want shown on every page.
        clock: seconds since 1970.
    """
    looks = Looks()
    guard = Guard(policy, tokens, clock)
    door = Door(guard, looks)
    inside = _Inside(guard, looks, Views(policy, Answers(policy, clock)), credits, clock)
    app = Starlette(
        routes=[
            Route("/", _first, methods=["GET"]),
            Route("/health", _health, methods=["GET"]),
            Route("/assets/{name}", looks.asset, methods=["GET"]),
            Route("/login", door.show, methods=["GET"]),
            Route("/login", door.enter, methods=["POST"]),
            Route("/logout", door.leave, methods=["POST"]),
            *(Route(path, inside.page(view), methods=["GET"]) for path, view in inside.views.routes()),
        ],
        exception_handlers=_handlers(looks),
    )
    return Shield(app, policy.page.hosts or LOOPBACK_NAMES)


class _Inside:
    """The pages behind the guard."""

    def __init__(
        self, guard: Guard, looks: Looks, views: Views, credits: Sequence[Credit], clock: Callable[[], float]
    ) -> None:
        self.views = views
        self._guard = guard
        self._looks = looks
        self._credits = credits
        self._clock = clock

    def page(self, view: View) -> _Handler:
        """A view for somebody who may see it. What takes long runs beside the event loop."""

        async def show(request: Request) -> Response:
            who = self._guard.who(request)
            if who is None and request.query_params.get("format"):
                raise PageError(401, "An export needs a token: Authorization: Bearer …")
            if who is None:
                return to_login(request)
            self._guard.admit(who)
            today = datetime.fromtimestamp(self._clock(), UTC).date()
            asked = read(who, request.url.path, request.query_params, today)
            shown = await run_in_threadpool(self._draw, view, asked, request)
            return shown

        return show

    def _draw(self, view: View, asked: "Asked", request: Request) -> Response:
        shown = view(asked, **request.path_params)
        if asked.get("format"):
            return export(asked, shown)
        period = [Period.read(f"{days}d", asked.today) for days in DAYS]
        return self._looks.page(
            shown.template,
            asked=asked,
            pages=PAGES,
            section=shown.section,
            credits=self._credits,
            can_leave=self._guard.has_session(request),
            choices={"days": period, "months": months(asked.today)},
            **shown.context,
        )
