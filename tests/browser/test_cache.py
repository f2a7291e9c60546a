"""A real nginx with its proxy cache: what it stores, whom it serves that to, and what it must be told to do wrong.

The app behind it says of every answer that all caches may keep it; the front desk alone knows better.
"""

import http.client
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import NamedTuple

import pytest

from .cache import CAREFUL, CARELESS, CLIENT, DISREGARDING
from .conftest import OpenGroup
from .example import AMERICAN, BRAZILIAN, GERMAN, HOSTS, JAPANESE, Group, group

CACHES = [CAREFUL, CARELESS]
NAMES = ["careful", "careless"]
VISITORS: list[tuple[str, Mapping[str, str]]] = [
    (GERMAN, {}),
    (AMERICAN, {}),
    (JAPANESE, {}),
    (BRAZILIAN, {}),
    ("unknown", {}),
    (AMERICAN, {"dnt": "1"}),
    (AMERICAN, {"sec-gpc": "1"}),
    (GERMAN, {"cookie": "__Host-frontdesk-choice=aurora-com"}),
    (GERMAN, {"cookie": "__Host-frontdesk-choice=aurora-de"}),
    (GERMAN, {"accept-language": "de"}),
]
# Pages; one that is missing; and paths for machines, of which the demo has no page, so that it answers with its own.
PAGES = ["/", "/products/arc", "/contact", "/none", "/aurora-sitemap.xml", "/.well-known/security.txt"]
SAME_FOR_ALL = ["/aurora.svg", "/robots.txt", "/.well-known/dnt/", "/.well-known/dnt/a/b", "/.well-known/gpc.json"]

Ask = Callable[..., "Answer"]


class Answer(NamedTuple):
    """What nginx answered, and whether from its cache."""

    status: int
    cached: str | None
    headers: http.client.HTTPMessage
    text: str


def ask(
    site: Group, path: str, address: str, sent: Mapping[str, str] = {}, host: str = HOSTS[0], method: str = "GET"
) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", site.http, timeout=30)
    try:
        connection.request(method, path, headers={"host": f"{host}:{site.https}", CLIENT: address, **sent})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers["x-cache-status"], answer.headers, answer.read().decode())
    finally:
        connection.close()


@pytest.fixture(params=CACHES, ids=NAMES)
def site(request: pytest.FixtureRequest, sites: OpenGroup) -> Group:
    """The demo, of a careless author, behind a careful and a careless cache."""
    return sites("redirect", factory="careless", cache=request.param)


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Group]]:
    """Starts a group whose cache is empty."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(group(tmp_path_factory.mktemp("group"), **settings))


@pytest.mark.parametrize("path", PAGES)
def test_no_visitor_gets_the_page_of_another(path: str, site: Group) -> None:
    told = [[ask(site, path, address, sent) for address, sent in VISITORS] for _ in range(3)]
    assert told[0][0].text != told[0][1].text
    for again in told:
        assert {answer.cached for answer in again} <= {"MISS", "EXPIRED"}
        assert {answer.headers["cache-control"] for answer in again} == {"private, no-store"}
        assert not {"x-accel-expires", "expires", "cdn-cache-control"} & {name.lower() for name in again[0].headers}
        assert [answer.text for answer in again] == [answer.text for answer in told[0]]


def test_nobody_s_host_serves_a_page_to_ours(site: Group) -> None:
    for host in (*HOSTS, "evil.example", "www.aurora.example.evil.example", "", "www.aurora.example."):
        assert ask(site, "/contact", GERMAN, host=host).cached in {"MISS", None}
    assert ask(site, "/contact", AMERICAN).cached == "MISS"


@pytest.mark.parametrize(
    ("path", "address", "sent"),
    [
        ("/", JAPANESE, {}),  # led by the place
        ("/contact?region=aurora-de", BRAZILIAN, {}),  # by a choice in the address
        ("/products", GERMAN, {"cookie": "__Host-frontdesk-choice=aurora-de"}),  # by one that is remembered
    ],
)
def test_a_redirect_is_stored_by_no_cache(path: str, address: str, sent: Mapping[str, str], site: Group) -> None:
    for _ in range(3):
        led = ask(site, path, address, sent)
        assert (led.status, led.cached, led.headers["cache-control"]) == (302, "MISS", "private, no-store")
    assert ask(site, path.partition("?")[0], AMERICAN).status == 200


@pytest.mark.parametrize("path", SAME_FOR_ALL)
def test_what_is_the_same_for_everybody_is_served_from_the_cache(path: str, site: Group) -> None:
    first = ask(site, path, GERMAN)
    assert first.status == 200
    for address, sent in VISITORS:
        answer = ask(site, path, address, sent)
        assert (answer.cached, answer.text) == ("HIT", first.text)
        assert answer.headers["set-cookie"] is None


@pytest.mark.parametrize("cache", CACHES, ids=NAMES)
def test_what_depends_on_the_signals_is_stored_for_each_apart(cache: str, fresh: Callable[..., Group]) -> None:
    site = fresh(factory="asking", cache=cache)
    signals: list[dict[str, str]] = [{}, {"dnt": "1"}, {"sec-gpc": "1"}, {"dnt": "1", "sec-gpc": "1"}, {"dnt": "0"}]
    expected = ["False", "True", "True", "True", "False"]
    for status in ("MISS", "HIT"):
        told = [ask(site, "/objected", GERMAN, sent) for sent in signals]
        assert [(answer.text, answer.cached) for answer in told] == [(each, status) for each in expected]


@pytest.mark.parametrize("cache", CACHES, ids=NAMES)
@pytest.mark.parametrize("first", [{}, {"dnt": "1"}])
def test_an_answer_without_its_cookies_is_served_to_nobody_who_did_not_object(
    first: Mapping[str, str], cache: str, fresh: Callable[..., Group]
) -> None:
    site = fresh(factory="asking", cache=cache)
    for sent in (first, {}, {"dnt": "1"}, {}, {"dnt": "1"}):
        answer = ask(site, "/cookie", GERMAN, sent)
        assert (answer.headers["set-cookie"] is None) is bool(sent)
        assert answer.headers["vary"] == "DNT, Sec-GPC"


@pytest.mark.parametrize(
    ("ignored", "mixed"),
    [("X-Accel-Expires Expires Set-Cookie", False), ("Vary", False), ("Cache-Control", True)],
)
def test_a_cache_must_heed_cache_control_and_nothing_else(
    ignored: str, mixed: bool, fresh: Callable[..., Group]
) -> None:
    site = fresh(factory="careless", cache=f"{CARELESS} proxy_ignore_headers {ignored};")
    german, american = ask(site, "/contact", GERMAN), ask(site, "/contact", AMERICAN)
    assert (german.text == american.text) is mixed


def test_a_cache_that_disregards_all_headers_mixes_visitors(fresh: Callable[..., Group]) -> None:
    site = fresh(factory="careless", cache=DISREGARDING)
    assert ask(site, "/contact", GERMAN).text == ask(site, "/contact", AMERICAN, {"dnt": "1"}).text


def test_a_cache_that_disregards_vary_mixes_those_who_objected_with_others(fresh: Callable[..., Group]) -> None:
    site = fresh(factory="asking", cache=f"{CAREFUL} proxy_ignore_headers Vary;")
    assert ask(site, "/objected", GERMAN).text == ask(site, "/objected", GERMAN, {"dnt": "1"}).text == "False"
    assert ask(site, "/contact", GERMAN).cached == "MISS"
    assert ask(site, "/contact", AMERICAN).cached == "MISS"
