"""The demo, as a person starts it: a real server, real HTTP, and the records that it left."""

import logging
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient

from frontdesk.cli.demo import run
from frontdesk.cli.demo.site import COOKIES, site
from frontdesk.cli.demo.visitors import Way, forwarding, population, ways_open
from frontdesk.geodb import EMBEDDED
from frontdesk.geodb.manifest import read as read_manifest
from frontdesk.middleware import FrontDesk
from frontdesk.policy import EXAMPLE, FrontdeskError, Policy, PolicyError, load
from frontdesk.policy.model import Log, Proxies
from frontdesk.systemdata import BookError
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.tags import Record

from ..book import content, lines_in
from ..conftest import forget_keys

_VISITS = 400
_UNIVERSITY = "132.239.0.1"
"""An address of the University of California."""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _run(book: Path, *, port: int | None = None, visits: int = _VISITS, policy: Path = EXAMPLE) -> None:
    port = port or _free_port()
    run(host="127.0.0.1", port=port, visits=visits, once=True, policy_file=policy, book=book)


@pytest.fixture(autouse=True)
def _no_traces(tmp_path: Path) -> Iterator[None]:
    """The demo keeps the database's age out of its log; the tests that run after it in this process do not."""
    log = logging.getLogger("frontdesk.age")
    before = log.level
    yield
    log.setLevel(before)
    forget_keys(tmp_path / "book")


def _records(book: Path) -> list[Record]:
    return [orjson.loads(line) for line in lines_in(book, "visit")]


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    return replace(load(EXAMPLE), log=Log(directory=tmp_path / "book"))


@pytest.fixture
def visitor(policy: Policy) -> Iterator[TestClient]:
    """Somebody at the site, who comes by the trusted proxy."""
    app = FrontDesk(site(policy, read_manifest(EMBEDDED)), policy=policy)
    with TestClient(app, base_url="http://www.aurora.example", client=("127.0.0.1", 50000)) as client:
        yield client


def test_demo_once_shows_who_came_and_writes_every_visit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _run(tmp_path / "book")

    shown = capsys.readouterr().out
    records = _records(tmp_path / "book")
    named = {record[f.ORGANISATION] for record in records if f.ORGANISATION in record}
    assert len(records) == _VISITS
    assert len(named) >= 10
    assert f"{len(named)} organisations" in shown
    assert re.search(rf"records written +{_VISITS}\n", re.sub(r" +\n", "\n", shown))
    assert re.search(r"^failed +0 *$", shown, re.MULTILINE)
    assert "https://db-ip.com" in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_demo_names_no_organisation_of_an_access_network(tmp_path: Path) -> None:
    _run(tmp_path / "book")

    records = _records(tmp_path / "book")
    types = {record[f.NETWORK_TYPE] for record in records if f.NETWORK_TYPE in record}
    assert {"isp", "mobile", "hosting", "unknown"} <= types
    for record in records:
        if f.ORGANISATION in record:
            assert record[f.NETWORK_TYPE] in {"education", "government"}


def test_demo_writes_no_address_that_a_visitor_came_from(tmp_path: Path, policy: Policy) -> None:
    _run(tmp_path / "book")

    written = content(tmp_path / "book")
    crowd = population(_VISITS, policy, ways_open(policy.proxies, ipv6=socket.has_ipv6))
    assert written
    for visitor in crowd:
        assert visitor.address.encode() not in written


def test_demo_counts_only_its_own_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _run(tmp_path / "book", visits=30)
    capsys.readouterr()
    _run(tmp_path / "book", visits=20)

    shown = capsys.readouterr().out
    crowds = shown[shown.index("network type") :]
    types = crowds[: crowds.index("Why nobody")]
    assert sum(int(count) for count in re.findall(r"(\d+) *$", types, re.MULTILINE)) == 20
    assert len(_records(tmp_path / "book")) == 50


def test_demo_on_an_occupied_port_names_the_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(FrontdeskError, match=rf"^port {port} on 127\.0\.0\.1 is taken .*--port$"):
            _run(tmp_path / "book", port=port)


def test_demo_with_a_missing_policy_says_so(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"absent\.toml: cannot be read"):
        _run(tmp_path / "book", policy=tmp_path / "absent.toml")


def test_demo_with_a_file_for_a_book_says_so(tmp_path: Path) -> None:
    (tmp_path / "book").write_text("not a folder")
    with pytest.raises(BookError, match="cannot be kept here"):
        _run(tmp_path / "book")


def test_page_sets_every_cookie_for_a_visitor_who_says_nothing(visitor: TestClient) -> None:
    assert set(visitor.get("/").cookies) == set(COOKIES)


@pytest.mark.parametrize("signal", ["DNT", "Sec-GPC"])
def test_page_sets_only_the_essential_cookie_for_a_visitor_who_objects(visitor: TestClient, signal: str) -> None:
    answer = visitor.get("/", headers={signal: "1", "X-Forwarded-For": _UNIVERSITY})

    assert set(answer.cookies) == {"aurora_basket"}
    assert "aurora_campaign, aurora_returning" in answer.text
    assert "University" not in answer.text


def test_page_shows_the_organisation_with_its_evidence(visitor: TestClient) -> None:
    answer = visitor.get("/products/boreal", headers={"X-Forwarded-For": _UNIVERSITY})

    assert "University of California, San Diego (education)" in answer.text
    assert "word: universit*" in answer.text
    assert "<a href='https://db-ip.com'>IP Geolocation by DB-IP</a>" in answer.text
    assert _UNIVERSITY not in answer.text


@pytest.mark.parametrize("path", ["/", "/products", "/products/arc", "/contact", "/products/none", "/none"])
def test_page_allows_nothing_but_its_own_style(visitor: TestClient, path: str) -> None:
    answer = visitor.get(path)

    assert answer.status_code == (404 if "none" in path else 200)
    assert "default-src 'none'; style-src 'sha256-" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "private, no-store"
    assert "<script" not in answer.text
    assert "$" not in answer.text


def test_stream_arrives_whole(visitor: TestClient) -> None:
    assert len(visitor.get("/stream").text.splitlines()) == 25


def test_population_is_the_same_each_time(policy: Policy) -> None:
    ways = frozenset(Way)

    assert population(50, policy, ways) == population(50, policy, ways)


def test_population_goes_only_the_ways_that_are_open(policy: Policy) -> None:
    crowd = population(200, policy, frozenset({Way.PROXY_V4}))

    assert {visitor.way for visitor in crowd} == {Way.PROXY_V4}
    assert any(":" in visitor.address for visitor in crowd)


@pytest.mark.parametrize(
    ("proxies", "expected"),
    [
        (Proxies(), ("x-forwarded-for", "10.0.0.1, 2001:db8::1")),
        (Proxies(header="forwarded"), ("forwarded", 'for="10.0.0.1", for="[2001:db8::1]"')),
        (Proxies(header="x-real-ip"), ("x-real-ip", "2001:db8::1")),
    ],
)
def test_forwarding_speaks_the_header_of_the_policy(proxies: Proxies, expected: tuple[str, str]) -> None:
    assert forwarding(proxies, "10.0.0.1", "2001:db8::1") == expected
