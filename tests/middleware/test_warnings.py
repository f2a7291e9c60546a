"""Trouble that comes again and again is told of once a minute at most, wherever it is logged, and counted."""

import logging
from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from frontdesk.geodb.age import Age, SourceAge, State
from frontdesk.geodb.watch import Watch
from frontdesk.middleware import FrontDesk
from frontdesk.policy import Policy
from frontdesk.systemdata import Writer
from frontdesk.systemdata.rounds import Rounds

from .inside import unrecordable


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock by which warnings are spaced, and no other."""
    now = [5000.0]
    monkeypatch.setattr("frontdesk.policy.seldom.time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def test_a_look_up_that_fails_in_each_request_is_told_of_once_a_minute(
    policy: Policy, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, clock: list[float]
) -> None:
    desk = FrontDesk(PlainTextResponse("hello"), policy=policy)
    monkeypatch.setattr("frontdesk.geodb.reader.Database.told", lambda *_: 1 / 0)
    before = desk.report().totals.counts["warnings"]
    with caplog.at_level(logging.ERROR, "frontdesk"):
        for _ in range(30):
            TestClient(desk, client=("132.239.0.1", 1)).get("/")
        clock[0] += 61
        for _ in range(30):
            TestClient(desk, client=("132.239.0.1", 1)).get("/")
    assert desk.statistics().troubles == 60
    assert len([line for line in caplog.messages if "ZeroDivisionError" in line]) == 2
    assert desk.report().totals.counts["warnings"] == before + 2


def test_an_error_in_one_place_does_not_hide_one_in_another(
    policy: Policy, caplog: pytest.LogCaptureFixture, clock: list[float]
) -> None:
    desk = FrontDesk(PlainTextResponse("hello"), policy=policy, account_entity=lambda _: [].pop())
    with caplog.at_level(logging.ERROR, "frontdesk"):
        for _ in range(5):
            TestClient(unrecordable(desk, ZeroDivisionError), client=("132.239.0.1", 1)).get("/")
    errors = [line.split(": ")[1].split(" at ")[0] for line in caplog.messages if "a visit was not noted" in line]
    assert sorted(errors) == ["IndexError", "ZeroDivisionError"]


def test_a_class_with_a_name_of_its_own_making_is_not_told_by_it(
    policy: Policy, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    evil = type("from 203.0.113.77", (Exception,), {})

    def broken(*_: object) -> None:
        raise evil

    desk = FrontDesk(PlainTextResponse("hello"), policy=policy)
    monkeypatch.setattr("frontdesk.geodb.reader.Database.told", broken)
    TestClient(desk, client=("132.239.0.1", 1)).get("/")
    assert "_OTHER" in caplog.text
    assert "203.0.113.77" not in caplog.text


def test_databases_that_are_refused_again_and_again_are_told_of_once_a_minute(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, clock: list[float]
) -> None:
    watch = Watch(tmp_path / "networks.mmdb", lambda _: None)
    for _ in range(10):
        watch._open()
    clock[0] += 61
    watch._open()
    assert watch.refused == 11
    assert len(caplog.messages) == 2


def test_rounds_that_fail_each_time_are_told_of_once_a_minute(
    policy: Policy, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, clock: list[float]
) -> None:
    rounds = Rounds(policy, Writer(policy.log.directory))
    monkeypatch.setattr(rounds, "counts", SimpleNamespace(take=lambda *_: 1 / 0))
    for _ in range(10):
        rounds._go(0.0, counts_before=0.0)
    clock[0] += 61
    rounds._go(0.0, counts_before=0.0)
    assert len(caplog.messages) == 2


def test_an_old_database_that_is_put_in_place_again_and_again_is_told_of_once_a_minute(
    policy: Policy, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, clock: list[float]
) -> None:
    desk = FrontDesk(PlainTextResponse("hello"), policy=policy)
    caplog.clear()
    old = Age(90, State.STALE, (SourceAge("a", "a.csv", None, 90, None, State.STALE),), frozenset())
    database = SimpleNamespace(file=policy.log.directory, manifest=SimpleNamespace(name="networks"))
    for _ in range(10):
        desk._warn_of_age(database, old)  # type: ignore[arg-type]
    assert len(caplog.messages) == 1
    clock[0] += 61
    desk._warn_of_age(database, old)  # type: ignore[arg-type]
    assert len(caplog.messages) == 2


def test_the_last_warnings_stand_in_the_report_and_still_reach_whoever_reads_the_log(
    policy: Policy, caplog: pytest.LogCaptureFixture
) -> None:
    desk = FrontDesk(PlainTextResponse("hello"), policy=policy)
    log = logging.getLogger("frontdesk")
    for number in range(9):
        log.warning("trouble %d", number)
    log.warning("x" * 10_000)
    log.info("no trouble")
    assert "trouble 8" in caplog.text
    last = desk.report().warnings
    assert [warned.text for warned in last[:-1]] == ["trouble 5", "trouble 6", "trouble 7", "trouble 8"]
    assert last[-1].text == "x" * 400
