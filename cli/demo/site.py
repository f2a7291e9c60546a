"""The example site: Aurora Instruments, a fictional group whose companies the policy names."""

import hashlib
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import NamedTuple

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from frontdesk.cli.demo.sight import sight
from frontdesk.geodb import Manifest
from frontdesk.middleware import Visit
from frontdesk.policy import Entity, Policy

PRODUCTS: Mapping[str, str] = {
    "boreal": "Boreal, a spectrometer for polar light",
    "corona": "Corona, an all-sky camera that needs no darkness",
    "arc": "Arc, a magnetometer for field stations",
}
"""What the group sells, by the last part of its page's path."""

COOKIES: Mapping[str, str] = {
    "aurora_basket": "empty",
    "aurora_campaign": "autumn",
    "aurora_returning": "no",
}
"""The cookies that each page sets. The example policy calls the basket's essential, and no other."""

_TEXT = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
_PAGE = Template(_TEXT)
_STYLES = re.findall(r"<style>(.*?)</style>", _TEXT, re.DOTALL)
_HASHES = " ".join(f"'sha256-{b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" for style in _STYLES)
# Nothing is loaded from elsewhere, and of styles only the page's own, by its hash. What caches may do is left to the
# front desk: it knows that each page tells of its visitor.
_HEADERS = {
    "content-security-policy": (
        f"default-src 'none'; style-src {_HASHES}; img-src 'self'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
# What is the same for everybody, anybody may store.
_STORED = {"cache-control": "public, max-age=3600", "x-content-type-options": "nosniff"}
_ROBOTS = "User-agent: *\nDisallow: /stream\n"
_SIGN = Path(__file__).with_name("aurora.svg").read_text(encoding="utf-8")
_DB_IP = "<a href='https://db-ip.com'>IP Geolocation by DB-IP</a>"


class _Page(NamedTuple):
    """A page's own part: its heading and its content as HTML."""

    heading: str
    content: str


def site(policy: Policy, manifest: Manifest) -> Starlette:
    """The app, to be mounted behind a front desk with the same policy."""
    credits_ = _credits(manifest)

    def answer(request: Request, page: _Page, status: int = 200) -> HTMLResponse:
        visit = request.state.visit
        rows = sight(visit, policy, COOKIES)
        seen = "\n".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows)
        text = _PAGE.substitute(
            heading=escape(page.heading),
            content=page.content,
            banner=visit.banner(),
            menu=_menu(visit),
            sites=_sites(visit),
            seen=seen,
            credits=credits_,
            version=policy.version,
        )
        response = HTMLResponse(text, status, _HEADERS)
        for name, value in COOKIES.items():
            if name not in request.cookies:
                response.set_cookie(name, value, httponly=True, samesite="lax")
        return response

    async def home(request: Request) -> Response:
        return answer(request, _home(policy))

    async def products(request: Request) -> Response:
        return answer(request, _products(request.state.visit))

    async def product(request: Request) -> Response:
        name = request.path_params["product"]
        if name not in PRODUCTS:
            raise HTTPException(404)
        return answer(request, _product(name))

    async def contact(request: Request) -> Response:
        return answer(request, _contact(policy, request.state.visit.entity))

    async def missing(request: Request, _error: Exception) -> Response:
        page = _Page("No such page", "<p>Nothing is kept at this address. The menu leads to what there is.</p>")
        return answer(request, page, 404)

    return Starlette(
        routes=[
            Route("/", home),
            Route("/products", products),
            Route("/products/{product}", product),
            Route("/contact", contact),
            Route("/stream", _stream),
            Route("/aurora.svg", _sign),
            Route("/favicon.ico", _sign),
            Route("/robots.txt", _robots),
        ],
        exception_handlers={404: missing},
    )


async def _stream(_request: Request) -> Response:
    """Measurements, sent one at a time: an answer whose length nobody knows beforehand."""

    async def measurements() -> AsyncIterator[str]:
        yield "hour,brightness in kilorayleigh\n"
        for hour in range(24):
            yield f"{hour:02},{abs(12 - hour) ** 2 / 10}\n"

    return StreamingResponse(measurements(), headers=_HEADERS, media_type="text/plain")


async def _sign(_request: Request) -> Response:
    return Response(_SIGN, headers=_STORED, media_type="image/svg+xml")


async def _robots(_request: Request) -> Response:
    return PlainTextResponse(_ROBOTS, headers=_STORED)


def _menu(visit: Visit) -> str:
    """Links to the pages, which carry the choice of a visitor of whom nothing may be remembered."""
    pages = {"/": "Home", "/products": "Products", "/contact": "Contact"}
    return " ".join(f'<a href="{escape(visit.link(path))}">{name}</a>' for path, name in pages.items())


def _sites(visit: Visit) -> str:
    """The sites of the group, each a link but the one that is open."""
    return "".join(
        f"<li><span aria-current='true'>{escape(site.entity.legal_name)}</span></li>"
        if site.here
        else f"<li><a href='{escape(site.address)}' rel='nofollow'>{escape(site.entity.legal_name)}</a></li>"
        for site in visit.sites()
    )


def _home(policy: Policy) -> _Page:
    companies = "".join(
        f"<li><strong>{escape(entity.legal_name)}</strong> {escape(', '.join(entity.hosts))}</li>"
        for entity in policy.entities
    )
    return _Page(
        "Instruments for the northern lights",
        "<p>A group that does not exist, with a site that does: it shows what a front desk sees of its"
        " visitors, and what it leaves alone.</p>"
        f"<h2>The companies of the group</h2><ul>{companies}</ul>",
    )


def _products(visit: Visit) -> _Page:
    items = "".join(
        f"<li><a href='{escape(visit.link(f'/products/{name}'))}'>{escape(text)}</a></li>"
        for name, text in PRODUCTS.items()
    )
    return _Page("Products", f"<ul>{items}</ul><p><a href='/stream'>A night's measurements</a>, as a stream.</p>")


def _product(name: str) -> _Page:
    heading, _, rest = PRODUCTS[name].partition(", ")
    return _Page(heading, f"<p>{escape(rest[:1].upper() + rest[1:])}. Not for sale, being fictional.</p>")


def _contact(policy: Policy, yours: Entity) -> _Page:
    others = "".join(f"<li>{escape(entity.legal_name)}</li>" for entity in policy.entities if entity != yours)
    return _Page(
        "Contact",
        f"<p>Your company of the group is <strong>{escape(yours.legal_name)}</strong>."
        f" You may ask any other one as well:</p><ul>{others}</ul>",
    )


def _credits(manifest: Manifest) -> str:
    """The attributions that the database's licences ask for; DB-IP's is a link."""
    return "<br>".join(_DB_IP if "db-ip.com" in line else escape(line) for line in manifest.attributions)
