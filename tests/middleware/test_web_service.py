"""The web service behind the middleware: who is asked about, when the answer is seen, and that nobody waits."""

import logging
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from frontdesk.enrich.web_service import Statistics, maxmind
from frontdesk.geodb import EMBEDDED, Database
from frontdesk.geodb.build import build
from frontdesk.middleware import FrontDesk
from frontdesk.policy import FrontdeskError, Policy, Treatment
from frontdesk.policy.model import Database as DatabaseTable
from frontdesk.policy.model import Signals, WebService
from frontdesk.policy.secret import Secret

from ..conftest import ReadBook
from ..enrich.web_service import maxmind_server
from ..enrich.web_service.maxmind_server import Server, insights, until

MISSED = "5.0.0.7"
PROXY = ("127.0.0.1", 50_000)
DAY = date(2026, 11, 24)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = maxmind_server.make_certificate(tmp_path_factory.mktemp("tls") / "localhost.pem")
    maxmind_server.trust(file)
    return file


@pytest.fixture
def server(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with maxmind_server.serving(certificate) as running:
        monkeypatch.setattr(maxmind, "HOST", running.host)
        running.told = lambda address: insights(
            address, network="5.0.0.0/24", organization="Example Bank plc", user_type="business"
        )
        yield running


@pytest.fixture
def asking(policy: Policy, server: Server, tmp_path: Path) -> Policy:
    """A policy with the web service, over a database that knows the country of everything and the holders of a few."""
    (tmp_path / "excluded.json").write_text('{"exclusions": [{"data_type": "network", "value": "5.0.5.0/24"}]}')
    (tmp_path / "countries.csv").write_text("5.0.0.0,5.0.255.255,DE\n")
    (tmp_path / "holders.csv").write_text(
        "5.0.1.0,5.0.1.255,64501,Example Telecom\n"
        "5.0.2.0,5.0.2.255,64502,Example Hosting\n"
        "5.0.3.0,5.0.3.255,64503,Jan Jansen t/a Jansen Logistics\n"
        "5.0.4.0,5.0.4.255,64504,Example University\n"
    )
    sources = [tmp_path / name for name in ("excluded.json", "countries.csv", "holders.csv")]
    build(sources, tmp_path / "networks.mmdb", made=DAY)
    for name, secret in (("account", maxmind_server.ACCOUNT), ("key", maxmind_server.KEY)):
        (tmp_path / name).write_text(secret)
    service = WebService(account=Secret(file=tmp_path / "account"), key=Secret(file=tmp_path / "key"), daily_limit=100)
    database = DatabaseTable(file=tmp_path / "networks.mmdb")
    return msgspec.structs.replace(policy, web_service=service, database=database)


def site() -> Starlette:
    async def page(request: Request) -> Response:
        visit = request.state.visit
        name = visit.organisation.name if visit.organisation else None
        return JSONResponse([name, visit.organisation_reason, visit.entity.id])

    return Starlette(routes=[Route("/", page)])


@pytest.fixture
def desk(asking: Policy) -> FrontDesk:
    return FrontDesk(site(), policy=asking)


@pytest.fixture
def client(desk: FrontDesk) -> Iterator[TestClient]:
    with TestClient(desk, client=PROXY) as client:
        yield client


def visit(client: TestClient, address: str, **signals: str) -> Any:
    return client.get("/", headers={"x-forwarded-for": address, **signals}).json()


def told(desk: FrontDesk) -> Statistics:
    statistics = desk.statistics().web_service
    assert statistics is not None
    return statistics


LOCAL, NAMED = [None, "unknown", "aurora-de"], ["Example Bank", None, "aurora-de"]


def test_the_visit_that_missed_gets_the_local_answer_and_a_later_one_the_organisation(
    client: TestClient, desk: FrontDesk, server: Server, read_book: ReadBook
) -> None:
    assert visit(client, MISSED) == LOCAL
    until(lambda: told(desk).answered)
    assert visit(client, MISSED) == NAMED
    assert visit(client, "5.0.0.200") == NAMED
    assert len(server.asked) == 1
    desk.book.close()
    first, second, third = read_book()
    assert first["frontdesk.organisation.reason"] == "unknown"
    for record in (second, third):
        assert record["frontdesk.organisation.source"] == "MaxMind GeoIP2 Insights"
        assert record["frontdesk.organisation.method"] == "vendor"
        assert record["client.address"] == "5.0.0.0/24"


def test_the_holder_of_an_as_is_known_for_the_network_of_the_database_under_an_answer_too(
    client: TestClient, desk: FrontDesk, server: Server, read_book: ReadBook
) -> None:
    server.told = lambda address: insights(
        address, autonomous_system_organization="Example Bank plc", user_type="business"
    )
    visit(client, MISSED)
    until(lambda: told(desk).answered)
    assert visit(client, MISSED) == NAMED
    desk.book.close()
    assert read_book()[1]["frontdesk.organisation.method"] == "as_name"
    assert read_book()[1]["frontdesk.organisation.prefix_length"] == 24


def test_an_answer_is_seen_after_a_change_of_database_too(client: TestClient, desk: FrontDesk, server: Server) -> None:
    visit(client, MISSED)
    until(lambda: told(desk).answered)
    desk.change_over(Database(desk.policy.database.file or EMBEDDED))
    assert visit(client, MISSED) == NAMED
    assert len(server.asked) == 1


@pytest.mark.parametrize("treatment", list(Treatment))
@pytest.mark.parametrize("signal", [{"dnt": "1"}, {"sec-gpc": "1"}, {"dnt": "odd"}, {"dnt": "0", "sec-gpc": "1"}])
def test_of_a_visitor_who_objects_nothing_is_asked_whatever_the_policy_says(
    signal: dict[str, str], treatment: Treatment, asking: Policy, server: Server
) -> None:
    policy = msgspec.structs.replace(asking, signals=Signals(dnt=treatment, gpc=treatment))
    desk = FrontDesk(site(), policy=policy)
    with TestClient(desk, client=PROXY) as client:
        visit(client, MISSED, **signal)
        assert told(desk).queued == 0
        visit(client, MISSED)  # somebody else there did not object
        until(lambda: told(desk).answered)
        assert visit(client, MISSED, **signal) != NAMED
    assert told(desk).queued == 1
    assert told(desk).cached == 0


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("5.0.1.7", "access_network"),
        ("5.0.2.7", "hosting"),
        ("5.0.3.7", "person"),
        ("5.0.4.7", None),
        ("5.0.5.7", "excluded"),
        ("10.0.0.7", "reserved"),
        ("192.0.2.7", "reserved"),
        ("nobody", "no_address"),
    ],
)
def test_where_the_database_has_an_answer_nothing_is_asked(
    address: str, reason: str | None, client: TestClient, desk: FrontDesk
) -> None:
    assert visit(client, address)[1] == reason
    assert told(desk).queued == 0


def test_an_address_that_no_source_lists_is_asked_about(client: TestClient, desk: FrontDesk, server: Server) -> None:
    assert visit(client, "6.0.0.7")[1] == "not_listed"
    until(lambda: told(desk).answered)
    assert server.asked == ["/geoip/v2.1/insights/6.0.0.7"]


def test_no_request_waits_for_a_service_that_hangs_and_neither_does_the_shutdown(
    asking: Policy, server: Server
) -> None:
    server.told = lambda _: None
    desk = FrontDesk(site(), policy=asking)
    with TestClient(desk, client=PROXY) as client:
        visit(client, "5.0.1.7")
        began = time.monotonic()
        for last in range(20):
            assert visit(client, f"5.0.0.{last}") == LOCAL
        took = time.monotonic() - began
        until(lambda: server.asked)
        assert told(desk).answered == told(desk).failed == 0
        began = time.monotonic()
    assert took < maxmind.TIMEOUT / 2
    assert time.monotonic() - began < 1.5


def test_what_the_service_refuses_fails_no_request(client: TestClient, desk: FrontDesk, server: Server) -> None:
    server.told = lambda _: maxmind_server.error(401, "AUTHORIZATION_INVALID")
    for _ in range(3):
        assert visit(client, MISSED) == LOCAL
    until(lambda: told(desk).state == "paused")
    assert visit(client, MISSED) == LOCAL
    assert desk.statistics().troubles == 0


def test_without_the_table_there_is_no_web_service(policy: Policy) -> None:
    desk = FrontDesk(site(), policy=policy)
    with TestClient(desk, client=PROXY) as client:
        visit(client, MISSED)
    assert desk.web_service is None
    assert desk.statistics().web_service is None
    assert "frontdesk-web-service" not in {thread.name for thread in threading.enumerate()}


def test_a_secret_that_is_not_there_stops_the_start(asking: Policy, tmp_path: Path) -> None:
    (tmp_path / "key").unlink()
    with pytest.raises(FrontdeskError, match="key cannot be read: No such file"):
        FrontDesk(site(), policy=asking)


@pytest.mark.parametrize("address", ["79.192.3.41", "2a00:1450:4001:81b::200e"])
def test_no_address_and_no_key_is_left_behind(
    address: str,
    server: Server,
    asking: Policy,
    tmp_path: Path,
    read_book: ReadBook,
    caplog: pytest.LogCaptureFixture,
) -> None:
    replies = [maxmind_server.insights(address), maxmind_server.Reply(500, "text/plain", b"no")]
    server.told = lambda _: replies.pop()
    desk = FrontDesk(site(), policy=asking)
    with caplog.at_level(logging.DEBUG), TestClient(desk, client=PROXY) as client:
        visit(client, address)
        until(lambda: told(desk).state == "paused")
        until(lambda: told(desk).state == "open")
        visit(client, address)
        until(lambda: told(desk).answered)
        visit(client, address)
    book = repr(read_book()) + (tmp_path / "book" / "web-service.spent").read_text()
    written = caplog.text + book + repr(desk.statistics()) + "".join(str(file) for file in tmp_path.rglob("*"))
    for secret in (address, "4001:81b", "79-192-3-41", maxmind_server.KEY):
        assert secret not in written
