"""Attempts against routing, each refused: open redirects, injected headers, hosts, poisoned caches, cookies."""

import asyncio

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Message

from frontdesk.middleware import FrontDesk

from ..systemdata.keeping import records_in
from .sites import AMERICAN, COOKIE, GERMAN, SWISS, MakeSite, Site

OURS = ("https://www.example.com/", "https://www.example.de/")


@pytest.mark.parametrize(
    "value",
    [
        "evil.example",
        "https://evil.example",
        "//evil.example",
        "de@evil.example",
        "de.evil.example",
        "de%00",
        "de%0d%0alocation:%20https://evil.example",
        "DE",
        " de",
        "de&region=com",
        "~~de",
        "%7Ede%20",
        "../de",
        "de" * 5000,
    ],
)
def test_an_open_redirect_is_refused_whatever_the_query_says(value: str, site: MakeSite) -> None:
    told = site("redirect_with_consent").get(f"/?region={value}")
    assert (told.status, told.location, told.cookie) == (200, None, None)


@pytest.mark.parametrize(
    "path",
    ["//evil.example/", "/\\evil.example", "/%2F%2Fevil.example", "/products/%5Cevil", "/products/a;x", "/@evil"],
)
def test_an_open_redirect_is_refused_whatever_the_path_says(path: str, site: MakeSite) -> None:
    told = site().get(f"{path}?region=de")
    assert told.location in {None, "https://www.example.de/?region=de"}


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"x_forwarded_host": "evil.example"},
        {"forwarded": "host=evil.example"},
        {"host": "www.example.com@evil.example"},
        {"host": "www.example.com.evil.example"},
        {"x_original_url": "https://evil.example/", "x_rewrite_url": "https://evil.example/"},
    ],
)
def test_no_host_of_a_stranger_s_ever_stands_in_an_answer(headers: dict[str, str], site: MakeSite) -> None:
    for path in ("/", "/?region=de"):
        told = site("redirect").get(path, address=SWISS, **headers)
        assert "evil" not in (told.location or "") + told.headers.get("link", "") + told.text
        assert told.location is None or told.location.startswith(OURS)


@pytest.mark.parametrize(
    "path",
    ["/products/a%0d%0aset-cookie:%20x=1", "/products/a%0aX:1", "/products/%C2%85x", "/products/%E2%80%A8"],
)
def test_no_header_can_be_injected_by_a_path(path: str, site: MakeSite) -> None:
    told = site().get(f"{path}?region=de")
    assert told.location == "https://www.example.de/?region=de"
    assert "x" not in told.headers
    assert (told.cookie or "").startswith(f"{COOKIE}=de;")


def test_no_answer_that_differs_by_place_can_poison_a_cache(site: MakeSite) -> None:
    sites = site("redirect")
    for address in (GERMAN, AMERICAN, SWISS):
        for path in ("/", "/?region=de", "/plain", "/entity"):
            assert sites.get(path, address=address).cache == "private, no-store"


@pytest.mark.parametrize(
    "field",
    [
        "X-Accel-Expires",  # nginx heeds it before Cache-Control
        "CDN-Cache-Control",
        "Cloudflare-CDN-Cache-Control",
        "Netlify-CDN-Cache-Control",
        "Surrogate-Control",
        "Edge-Control",
        "Expires",
        "Cache-Control",
    ],
)
def test_no_field_for_one_cache_brings_an_answer_in_that_is_kept_out(field: str, site: MakeSite) -> None:
    async def page(request: Request) -> Response:
        return PlainTextResponse(str(request.state.visit.country), headers={field: "600", "x-app": "1"})

    sites = site()
    sites.desk = FrontDesk(Starlette(routes=[Route("/", page)]), policy=sites.desk.policy)
    told = sites.get()
    named = {name.lower(): value for name, value in told.headers.items() if "control" in name or "expires" in name}
    assert named == {"cache-control": "private, no-store"}
    assert told.headers["x-app"] == "1"


def raw(sites: Site, hosts: list[bytes], query: bytes) -> str:
    """Everything that is answered to a request whose `Host` lines no client would send."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    headers = [*((b"host", host) for host in hosts), (b"x-forwarded-for", SWISS.encode())]
    scope = {"type": "http", "method": "GET", "scheme": "https", "path": "/", "query_string": query}
    asyncio.run(sites.desk({**scope, "headers": headers, "client": ("10.0.0.1", 1)}, receive, send))
    return repr(sent)


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        [b""],
        [b"www.example.com."],
        [b"www.example.com", b"evil.example"],
        [b"evil.example", b"www.example.com"],
        [b"www.example.com, evil.example"],
        [b"www.example.com:443@evil.example"],
        [b"www.example.com:evil.example"],
        [b"www.example.com\x00evil.example"],
        [b"www.example.com/evil.example"],
        [b"\xffevil.example"],
        [b"[::1]:evil.example"],
        [b"evil.example" * 1000],
    ],
)
def test_no_host_line_however_bent_stands_in_an_answer(hosts: list[bytes], site: MakeSite) -> None:
    sites = site("redirect")
    for query in (b"", b"region=de", b"region=com"):
        told = raw(sites, hosts, query)
        assert "evil" not in told
        assert "private, no-store" in told


@pytest.mark.parametrize(
    "cookies",
    [
        f"{COOKIE}=de; {COOKIE}=com",  # tossed in from a neighbour
        f"{COOKIE}=evil.example",
        f"{COOKIE}=",
        f"{COOKIE}=de%00",
        f'{COOKIE}="de"',
        f"x{COOKIE}=de",
        f"{COOKIE}x=de",
        f"{COOKIE} =de",
        "x=" + "y" * 20_000 + f"; {COOKIE}=d",
    ],
)
def test_a_cookie_that_is_tossed_in_or_bent_is_ignored(cookies: str, site: MakeSite) -> None:
    told = site("redirect_with_consent").get(address=AMERICAN, cookies=cookies)
    assert (told.status, told.location) == (200, None)


def test_a_form_or_a_script_changes_no_choice(site: MakeSite) -> None:
    for headers in (
        {"method": "POST"},
        {"sec_fetch_mode": "cors"},
        {"sec_fetch_mode": "no-cors", "sec_fetch_dest": "image"},
        {"sec_purpose": "prefetch"},
    ):
        told = site().get("/?region=com", **headers)
        assert (told.status, told.cookie) == (200, None)


def test_what_crosses_between_companies_holds_nothing_of_the_visitor(site: MakeSite) -> None:
    told = site("redirect_with_consent").get(
        "/products/arc?session=secret&gclid=42", cookie="de", referer="https://mail.example/secret"
    )
    assert told.location == "https://www.example.de/produkte/arc?region=de"
    assert told.cookie is None


@pytest.mark.parametrize(
    ("path", "noted"),
    [
        ("/?region=https://evil.example/", True),
        ("/?region=//evil.example", True),
        ("/?region=evil.example", True),
        ("/?region=%5C%5Cevil", True),
        ("/?region=javascript:alert", True),
        ("/?region=de&region=https://evil.example", True),
        ("/?region=de", False),
        ("/?region=~de", False),
        ("/?region=DE", False),
        ("/?region=nobody", False),
        ("/?region=", False),
        ("/?next=https://evil.example", False),
        ("/api/x?region=https://evil.example", False),
    ],
)
@pytest.mark.parametrize("signal", [{}, {"dnt": "1"}])
def test_a_redirect_that_is_refused_is_a_security_record_without_a_word_of_it(
    path: str, noted: bool, signal: dict[str, str], site: MakeSite
) -> None:
    sites = site()
    sites.get(path, address=SWISS, **signal)
    records = records_in(sites.desk.policy.log.directory)
    found = [each["frontdesk.security.kind"] for each in records if each["event_name"] == "frontdesk.security"]
    assert found == ["refused_redirect"] * noted
    assert "evil" not in repr(records)


def test_refused_redirects_fill_no_book_and_hide_behind_no_other_attempt(site: MakeSite) -> None:
    sites = site()
    with TestClient(sites.desk, client=("79.192.3.4", 1), base_url="https://www.example.com") as client:
        for _ in range(50):
            client.get("/?region=//evil.example", headers={"x-forwarded-for": "10.0.0.1"})
    records = records_in(sites.desk.policy.log.directory)
    kinds = [each["frontdesk.security.kind"] for each in records if each["event_name"] == "frontdesk.security"]
    assert set(kinds) == {"spoofed_forwarding", "refused_redirect"}
    assert len(kinds) <= 4, "a minute may have passed"
