"""The page as an app: which address shows what, and what becomes of a mistake."""

import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, ExceptionHandler

from frontdesk.analytics.accounts import Accounts
from frontdesk.analytics.errors import ForbiddenError, QuestionError
from frontdesk.analytics.page.access import Tokens
from frontdesk.analytics.page.answers import Answers
from frontdesk.analytics.page.asked import Asked, path_of, read
from frontdesk.analytics.page.credit import Origin
from frontdesk.analytics.page.door import Door
from frontdesk.analytics.page.errors import WORDS, PageError
from frontdesk.analytics.page.export import export
from frontdesk.analytics.page.guard import Guard, comes_from_elsewhere, here, to_login, wants_page
from frontdesk.analytics.page.looks import Looks
from frontdesk.analytics.page.period import DAYS, Period, months
from frontdesk.analytics.page.shield import LOOPBACK_NAMES, Shield
from frontdesk.analytics.page.shown import Ground, View
from frontdesk.analytics.page.views import PAGES, VIEWS
from frontdesk.analytics.page.views.refused import refused
from frontdesk.policy import FrontdeskError, Policy

_log = logging.getLogger("frontdesk")

_Handler = Callable[[Request], Awaitable[Response]]


def page(
    policy: Policy,
    tokens: Tokens,
    origin: Origin,
    *,
    accounts: Accounts | None = None,
    clock: Callable[[], float] = time.time,
) -> ASGIApp:
    """The analyst's page over the books of a policy.

    Args:
        policy: names the books, the roles and how the page is reached.
        tokens: those of its roles, as `access.tokens_of` reads them.
        origin: the network database, with the credits that its licences want shown on every page.
        accounts: the group's own list, where one is to be told by account.
        clock: seconds since 1970.
    """
    looks = Looks()
    guard = Guard(policy, tokens, clock)
    door = Door(guard, looks)
    inside = _Inside(guard, looks, Ground(policy, Answers(policy, clock, accounts), origin), clock)
    app = Starlette(
        routes=[
            Route("/", _first),
            Route("/health", _health),
            Route("/assets/{name}", looks.asset),
            Route("/login", door.show, methods=["GET"]),
            Route("/login", door.enter, methods=["POST"]),
            Route("/logout", door.leave, methods=["POST"]),
            *(Route(path, inside.page(view)) for path, view in VIEWS.items()),
        ],
        exception_handlers=_handlers(looks),
    )
    return Shield(app, policy.page.hosts or LOOPBACK_NAMES)


class _Inside:
    """The pages behind the guard."""

    def __init__(self, guard: Guard, looks: Looks, ground: Ground, clock: Callable[[], float]) -> None:
        self._guard = guard
        self._looks = looks
        self._ground = ground
        self._clock = clock
        known = ground.answers.has_accounts
        self._pages = [each for each in PAGES if known or each.path != "/accounts"]

    def page(self, view: View) -> _Handler:
        """A view, for somebody who may see it. The book is read in a thread: the event loop waits for nothing."""

        async def show(request: Request) -> Response:
            who = self._guard.who(request)
            if who is None:
                if comes_from_elsewhere(request):
                    return self._looks.page("onward.html", to=here(request))
                if wants_page(request):
                    return to_login(request)
                raise PageError(401, "An export needs a token: Authorization: Bearer …")
            self._guard.admit(who)
            asked = read(who, path_of(request), request.query_params, self._today())
            return await run_in_threadpool(self._draw, view, asked, request)

        return show

    def _draw(self, view: View, asked: Asked, request: Request) -> Response:
        status = 200
        try:
            shown = view(self._ground, asked, **request.path_params)
        except ForbiddenError as error:
            if not wants_page(request):
                raise PageError(403, f"{error}.") from None
            shown, status = refused(asked, error), 403
        if asked.get("format"):
            return export(shown, asked, self._ground.origin.credits)
        return self._looks.page(
            shown.template,
            status,
            asked=asked,
            pages=self._pages,
            section=shown.section,
            credits=self._ground.origin.credits,
            can_leave=self._guard.has_session(request),
            choices={"days": [Period.read(f"{days}d", asked.today) for days in DAYS], "months": months(asked.today)},
            **shown.context,
        )

    def _today(self) -> date:
        return datetime.fromtimestamp(self._clock(), UTC).date()


async def _first(_request: Request) -> Response:
    return RedirectResponse(PAGES[0].path, 303)


async def _health(_request: Request) -> Response:
    return PlainTextResponse("ok\n")


def _handlers(looks: Looks) -> dict[int | type[Exception], ExceptionHandler]:
    """Each mistake in words, as a page to a browser and as a line to a script; never with what it was."""

    def say(request: Request, status: int, why: str, wait: int = 0) -> Response:
        headers = {"retry-after": str(wait)} if wait else {}
        if status == 401:  # noqa: PLR2004
            headers["www-authenticate"] = "Bearer"
        said = WORDS.get(status, WORDS[500])
        if not wants_page(request):
            return PlainTextResponse(f"{said.heading}. {why}\n", status, headers)
        answer = looks.page("error.html", status, code=status, said=said, why=why)
        answer.headers.update(headers)
        return answer

    async def mistaken(request: Request, error: Exception) -> Response:
        if isinstance(error, QuestionError):
            return say(request, 400, f"{error}.")
        if isinstance(error, PageError):
            return say(request, error.status, error.why, error.wait)
        if isinstance(error, HTTPException):
            return say(request, error.status_code, "")
        return say(request, 500, "")

    async def unreadable(request: Request, error: Exception) -> Response:
        _log.error("the analyst's page cannot be shown: %s", error)
        return say(request, 503, "")

    return {
        PageError: mistaken,
        QuestionError: mistaken,
        HTTPException: mistaken,
        FrontdeskError: unreadable,
        Exception: mistaken,
    }
