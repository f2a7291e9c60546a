"""The age of the database at the desk: told at start and once a day, shown in statistics, and it fails no request."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from frontdesk.geodb import EMBEDDED
from frontdesk.geodb.build import build
from frontdesk.middleware import FrontDesk
from frontdesk.policy import Policy
from frontdesk.policy.model import Database as DatabasePolicy

from ..enrich.test_finding import maxmind, sources

ADDRESS = "5.0.0.1"


def site() -> Starlette:
    def page(request: Request) -> Response:
        visit = request.state.visit
        return JSONResponse([visit.country, visit.organisation_reason])

    return Starlette(routes=[Route("/", page)])


@pytest.fixture
def aged(tmp_path: Path, policy: Policy, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Policy]:
    """The policy with a database of MaxMind's that is so many days old."""
    (tmp_path / "copies").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "copies"))

    def with_age(days: int) -> Policy:
        build(sources(tmp_path, countries=days, systems=days), tmp_path / "networks.mmdb")
        return msgspec.structs.replace(policy, database=DatabasePolicy(file=tmp_path / "networks.mmdb"))

    return with_age


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def told_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was said of the age; a thread of another test may say something of its own meanwhile."""
    return [record.getMessage() for record in caplog.records if record.name == "frontdesk.age"]


@pytest.mark.parametrize(
    ("days", "state", "answer", "lines"),
    [
        (0, "fresh", ["FR", None], []),
        (20, "stale", ["FR", None], ["is old"]),
        (40, "expired", [None, "database_expired"], ["is too old"]),
    ],
)
def test_the_age_is_told_at_start_and_shown_in_statistics(
    aged: Callable[[int], Policy],
    caplog: pytest.LogCaptureFixture,
    days: int,
    state: str,
    answer: list[str | None],
    lines: list[str],
) -> None:
    desk = FrontDesk(site(), policy=aged(days))
    with TestClient(desk, client=(ADDRESS, 1)) as client:
        assert client.get("/").json() == answer
    database = desk.statistics().database
    assert (database.name, database.state) == ("networks", state)
    assert database.build_date == datetime.now(UTC).date() - timedelta(database.age)
    assert database.age in {days, days + 1}
    assert len(told_of(caplog)) == len(lines)
    assert all(line in told for line, told in zip(lines, told_of(caplog), strict=True))
    assert desk.statistics().troubles == 0


def test_a_new_day_is_noticed_while_visitors_come(
    aged: Callable[[int], Policy], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontdesk.geodb.watch.INTERVAL", 0.01)
    day = datetime.now(UTC).date()

    def it_becomes(later: date) -> None:
        for place in ("geodb.watch", "enrich.finding", "middleware.asgi"):
            monkeypatch.setattr(f"frontdesk.{place}.today", lambda: later)

    it_becomes(day)
    desk = FrontDesk(site(), policy=aged(29))
    with TestClient(desk, client=(ADDRESS, 1)) as client:
        assert client.get("/").json() == ["FR", None]
        assert len(told_of(caplog)) == 1
        it_becomes(day + timedelta(2))
        eventually(lambda: len(told_of(caplog)) == 2)
        assert client.get("/").json() == [None, "database_expired"]
        assert "is too old" in told_of(caplog)[1]
        it_becomes(day + timedelta(3))
        eventually(lambda: len(told_of(caplog)) == 3)
    assert desk.statistics().swaps == 0
    assert desk.statistics().database.state == "expired"


def test_a_newer_database_is_used_whole_again(
    aged: Callable[[int], Policy], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontdesk.geodb.watch.INTERVAL", 0.01)
    desk = FrontDesk(site(), policy=aged(40))
    with TestClient(desk, client=(ADDRESS, 1)) as client:
        assert client.get("/").json() == [None, "database_expired"]
        build(
            [maxmind(tmp_path, "GeoLite2-Country", {"country": {"iso_code": "ES"}}, 0)],
            tmp_path / "networks.mmdb",
            force=True,
        )
        eventually(lambda: desk.statistics().swaps == 1)
        assert client.get("/").json()[0] == "ES"
    assert desk.statistics().database.state == "fresh"


def test_the_embedded_database_is_said_to_be_old_once_with_the_way_out(
    policy: Policy, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontdesk.geodb.watch.INTERVAL", 0.01)
    start = date(2026, 11, 24)
    days = [start]
    for place in ("geodb.watch", "enrich.finding", "middleware.asgi"):
        monkeypatch.setattr(f"frontdesk.{place}.today", lambda: days[-1])
    desk = FrontDesk(site(), policy=policy)
    assert EMBEDDED.name == "frontdesk-lite.mmdb"
    (told,) = told_of(caplog)
    assert told.startswith("the database frontdesk-lite is old: ")
    assert told.endswith("make a newer one with `frontdesk geodb update` or `frontdesk geodb build`")
    with TestClient(desk, client=("128.112.0.1", 1)) as client:
        before = desk.desk
        assert client.get("/").json() == ["US", None]
        days.append(start + timedelta(1))
        eventually(lambda: desk.desk is not before)
    assert len(told_of(caplog)) == 1
