"""The guard at the door: every page but a few is for somebody who may, at a pace that a person has."""

import re
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from frontdesk.analytics.page.access import Proxied, Tokens, Who, bearer
from frontdesk.analytics.page.asked import path_of
from frontdesk.analytics.page.errors import PageError
from frontdesk.analytics.page.pace import Pace, network_of
from frontdesk.analytics.page.session import Sessions
from frontdesk.analytics.page.shield import LOOPBACK_NAMES, host_of
from frontdesk.policy import Policy
from frontdesk.policy.analysts import Analyst

_TRIES, _ALL_TRIES = 10, 120  # wrong tokens in a minute: of one network, and of all
_PAGES, _ALL_PAGES = 240, 1200  # pages in a minute: of one role or user, and of all
_MINUTE, _HOUR = 60, 3600
_LONGEST_NEXT = 1000
# One slash, then a letter: `//host` and `/\\host` would be other sites.
_OWN_PATH = re.compile(r"/([a-z][!-~]*)?")


class Guard:
    """Knows people by their proxy, their token or their session."""

    def __init__(self, policy: Policy, tokens: Tokens, clock: Callable[[], float]) -> None:
        page = policy.page
        self.tokens = tokens
        self.proxied = Proxied(policy)
        self.sessions = Sessions(clock, idle=page.idle_minutes * _MINUTE, whole=page.session_hours * _HOUR)
        self._tries = Pace(clock, each=_TRIES, together=_ALL_TRIES)
        self._pages = Pace(clock, each=_PAGES, together=_ALL_PAGES)

    def who(self, request: Request) -> Who | None:
        """Who asks, or None for somebody who has to log in. Raises `PageError` for one who may not."""
        user = self.proxied.user(request)
        if user is not None:
            analyst = self.proxied.find(user)
            if analyst is None:
                raise PageError(403, "Your proxy knows you, but no role of the policy has your name.")
            return Who(analyst, user)
        token = bearer(request)
        if token is not None:
            analyst = self.analyst(request, token)
            if analyst is None:
                raise PageError(401, "That token is not known here.")
            return Who(analyst, analyst.name)
        return self.sessions.find(request.cookies.get(cookie_name(request), ""))

    def has_session(self, request: Request) -> bool:
        """Whether somebody came by a session, which they can end."""
        return self.proxied.user(request) is None and bearer(request) is None

    def analyst(self, request: Request, token: str) -> Analyst | None:
        """The role of a token. A wrong one is counted, and too many of them are not even looked at."""
        network = network_of(request.client.host if request.client else None)
        if wait := self._tries.wait(network):
            raise PageError(429, "Too many wrong tokens came from your network.", wait)
        found = self.tokens.find(token)
        if found is None:
            self._tries.count(network)
        return found

    def admit(self, who: Who) -> None:
        """Count a page of somebody. Raises `PageError` where it is one too many in this minute."""
        if wait := self._pages.wait(who.name):
            raise PageError(429, "Pages are opened faster here than a person reads.", wait)
        self._pages.count(who.name)


def to_login(request: Request) -> Response:
    """Where somebody goes who has to log in first, and comes back from."""
    return RedirectResponse(f"/login?next={quote(here(request), safe='')}", 303)


def here(request: Request) -> str:
    """The address of a request, from its path on."""
    return path_of(request) + (f"?{request.url.query}" if request.url.query else "")


def comes_from_elsewhere(request: Request) -> bool:
    """Whether a link of another site led here, so that the browser keeps the session's cookie back this once."""
    told = [request.headers.get(name) for name in ("sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest")]
    return told == ["cross-site", "navigate", "document"] and wants_page(request)


def own_path(text: str) -> str:
    """A path of this page to go on to; its first page for anything that could lead elsewhere."""
    return text if len(text) <= _LONGEST_NEXT and _OWN_PATH.fullmatch(text) else "/"


def is_own_form(request: Request) -> bool:
    """Whether a form was sent by a page of ours: the browser says so itself, or names the origin."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc == request.headers.get("host")


def cookie_name(request: Request) -> str:
    """The session's cookie. Over plain http, which only loopback may use, no browser takes a `__Host-` name."""
    return "__Host-frontdesk" if is_secure(request) else "frontdesk-session"


def is_secure(request: Request) -> bool:
    """Whether the browser is to send the cookie over https only: always, but on this very machine."""
    return request.url.scheme == "https" or host_of(request.scope) not in LOOPBACK_NAMES


def wants_page(request: Request) -> bool:
    """Whether a page is wanted, or the plain answer that a script can read."""
    return not request.query_params.get("format") and bearer(request) is None
