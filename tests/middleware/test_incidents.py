"""Incidents in requests: what apps report and what the front desk itself notes, as security records."""

import logging
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from frontdesk.geodb import EMBEDDED, Database
from frontdesk.middleware import FrontDesk, Visit
from frontdesk.middleware.pace import HELD_MINUTES, MOST_IN_A_MINUTE, Pace
from frontdesk.policy import Policy, Treatment
from frontdesk.policy.model import Book, Log, Signals, Visitors
from frontdesk.policy.networks import pack
from frontdesk.systemdata import RefusedError
from frontdesk.systemdata.concealed import Concealed
from frontdesk.systemdata.ipcrypt import decrypt
from frontdesk.systemdata.keys import security_keys

from ..book import files, lines_in
from ..conftest import ReadBook
from .inside import held_by

PRINCETON = "128.112.0.77"
PROXY = ("127.0.0.1", 50_000)


def site(report: Callable[[Visit], None]) -> Starlette:
    async def page(request: Request) -> Response:
        report(request.state.visit)
        return PlainTextResponse("no", 401)

    async def later(request: Request) -> Response:
        return PlainTextResponse("yes", background=BackgroundTask(report, request.state.visit))

    return Starlette(routes=[Route("/sign-in/{id}", page), Route("/later", later)])


def visit(desk: FrontDesk, path: str = "/sign-in/7", address: str = PRINCETON, **headers: str) -> None:
    with TestClient(desk, client=PROXY) as client:
        client.get(path, headers={"x-forwarded-for": address} | headers)


def brute_force(visit: Visit) -> None:
    visit.report_incident("brute_force", account="account-7", details={"attempts": 7})


def address_in(record: dict[str, Any], directory: Path) -> bytes:
    key = security_keys(directory).get(record["timestamp"][:10])
    assert key is not None
    return decrypt(key, bytes.fromhex(record["frontdesk.security.address"]))


@pytest.mark.parametrize("address", [PRINCETON, "2001:4860:4860::8888"])
def test_an_incident_is_written_with_its_address_encrypted(
    address: str, policy: Policy, read_book: ReadBook, tmp_path: Path
) -> None:
    visit(FrontDesk(site(brute_force), policy=policy), address=address)
    (record,) = read_book("security")
    assert address_in(record, policy.log.directory) == pack(address)
    assert "client.address" not in record
    assert record["frontdesk.security.kind"] == "brute_force"
    assert (record["http.route"], record["http.response.status_code"]) == ("/sign-in/{id}", 401)
    assert len(read_book("visit")) == 1


@pytest.mark.parametrize("signals", [Signals(), Signals(dnt=Treatment.COUNT, gpc=Treatment.COUNT)])
@pytest.mark.parametrize(("signal", "transfer"), [("dnt", "recipients"), ("sec-gpc", "entity")])
def test_a_visitor_who_objected_is_in_the_security_records_still(
    signals: Signals, signal: str, transfer: str, policy: Policy, read_book: ReadBook
) -> None:
    policy = msgspec.structs.replace(policy, signals=signals)
    visit(FrontDesk(site(brute_force), policy=policy), **{signal: "1"})
    (record,) = read_book("security")
    assert record["frontdesk.transfer"] == transfer
    assert record["frontdesk.purposes"] == ["crime_prevention"]
    for told in read_book("visit"):
        assert told["frontdesk.treatment"] == "anonymous"
        assert told["frontdesk.transfer"] == transfer


def test_what_is_refused_is_not_written_and_the_app_is_told(policy: Policy, read_book: ReadBook) -> None:
    refused: list[RefusedError] = []

    def report(visit: Visit) -> None:
        for told in ({"data_class": "content"}, {"account": "jane@example.com"}, {"details": {"a": "b\nc"}}):
            with pytest.raises(RefusedError) as caught:
                visit.report_incident("odd", **told)
            refused.append(caught.value)

    visit(FrontDesk(site(report), policy=policy))
    assert len(refused) == 3
    assert read_book("security") == []


def test_an_incident_may_be_reported_until_the_request_ends(policy: Policy, read_book: ReadBook) -> None:
    kept: list[Visit] = []

    def report(visit: Visit) -> None:
        kept.append(visit)
        brute_force(visit)

    visit(FrontDesk(site(report), policy=policy), "/later")
    (record,) = read_book("security")
    assert address_in(record, policy.log.directory) == pack(PRINCETON)
    with pytest.raises(RefusedError, match="the visit is over"):
        brute_force(kept[0])


def test_incidents_of_one_visit_are_counted_and_bounded(policy: Policy, read_book: ReadBook) -> None:
    def report(visit: Visit) -> None:
        for _ in range(100):
            brute_force(visit)
        for number in range(15):
            visit.report_incident("odd", details={"number": number})
        with pytest.raises(RefusedError, match="more than 16"):
            visit.report_incident("odd", details={"number": 99})

    visit(FrontDesk(site(report), policy=policy))
    records = read_book("security")
    assert sorted(record["frontdesk.security.count"] for record in records) == [1] * 15 + [100]


def test_a_visit_holds_no_address_and_what_holds_it_shows_none(policy: Policy) -> None:
    held: list[Any] = []

    def report(visit: Visit) -> None:
        brute_force(visit)
        held.extend(held_by(visit))

    visit(FrontDesk(site(report), policy=policy))
    assert not [each for each in held if isinstance(each, Concealed)]
    assert PRINCETON not in repr(held)
    assert repr(pack(PRINCETON)) not in repr(held)
    concealed = Concealed(pack(PRINCETON))
    assert repr(concealed) == str(concealed) == "<concealed>"
    with pytest.raises(TypeError, match="not to leave the process"):
        pickle.dumps(concealed)


def test_forged_headers_are_noted_once_a_minute_for_a_network(policy: Policy, read_book: ReadBook) -> None:
    desk = FrontDesk(site(lambda _: None), policy=policy)
    with TestClient(desk, client=("79.192.3.4", 1)) as client:
        for _ in range(50):
            client.get("/later", headers={"x-forwarded-for": PRINCETON})
    records = read_book("security")
    assert 1 <= len(records) <= 2, "a minute may have passed"
    assert {record["frontdesk.security.kind"] for record in records} == {"spoofed_forwarding"}
    assert address_in(records[0], policy.log.directory) == pack("79.192.3.4")
    assert desk.statistics().forwarding_refused == 50


def test_pace_counts_what_it_holds_back() -> None:
    pace = Pace()
    admitted = [pace.admit("forged", network, at) for network, at in (("a", 0), ("a", 59), ("b", 59), ("a", 60))]
    assert admitted == [1, 0, 1, 2]


def test_pace_gives_each_kind_of_event_what_it_may_write() -> None:
    pace = Pace()
    assert sum(pace.admit("forged", str(network), 0) for network in range(200)) == MOST_IN_A_MINUTE
    assert pace.admit("refused", "victim", 1) == 1


def test_pace_counts_a_source_again_once_others_do_not_come_any_more() -> None:
    pace = Pace()
    for network in range(3000):  # more than can be counted
        pace.admit("forged", str(network), 0)
    later = HELD_MINUTES * 60
    for network in range(MOST_IN_A_MINUTE):
        pace.admit("forged", f"other {network}", later)
    assert [pace.admit("forged", "victim", later + second) for second in (1, 2, 60)] == [0, 0, 3]


@given(st.lists(st.tuples(st.integers(0, 300).map(str), st.integers(0, 5)), max_size=400))
def test_pace_writes_no_more_than_it_may(events: list[tuple[str, int]]) -> None:
    pace = Pace()
    in_order = sorted(events, key=lambda event: event[1])
    admitted = [(minute, pace.admit("forged", network, minute * 60)) for network, minute in in_order]
    for minute in range(6):
        assert sum(1 for when, times in admitted if when == minute and times) <= MOST_IN_A_MINUTE
    assert sum(times for _, times in admitted) <= len(events)


def test_a_key_that_cannot_be_made_costs_the_address_and_not_the_record(
    policy: Policy, read_book: ReadBook, caplog: pytest.LogCaptureFixture
) -> None:
    desk = FrontDesk(site(brute_force), policy=policy)
    (policy.log.directory / "keys").write_text("in the way")
    with caplog.at_level(logging.WARNING, "frontdesk"):
        visit(desk)
    (record,) = read_book("security")
    assert "frontdesk.security.address" not in record
    assert "may lack its address" in caplog.text
    assert PRINCETON not in caplog.text


def test_records_and_keys_of_an_entity_lie_in_its_own_book(policy: Policy, tmp_path: Path) -> None:
    log = Log(directory=tmp_path / "book", books=(Book(of="eu", directory=tmp_path / "eu"),))
    policy = msgspec.structs.replace(policy, log=log)
    visit(FrontDesk(site(brute_force), policy=policy), address="79.192.3.4")
    assert lines_in(tmp_path / "book") == []
    assert not (tmp_path / "book" / "keys").exists()
    names = {path.relative_to(tmp_path / "eu").parts[0] for path in files(tmp_path / "eu")}
    assert names == {"visit", "security", "aggregate", "keys"}


def test_a_full_visit_has_an_id_of_the_day_where_the_policy_wants_it(policy: Policy, read_book: ReadBook) -> None:
    assert policy.visitors.daily_id
    desk = FrontDesk(site(lambda _: None), policy=policy)
    with TestClient(desk, client=PROXY) as client:
        for address in (PRINCETON, PRINCETON, "128.112.0.78"):
            client.get("/later", headers={"x-forwarded-for": address})
        client.get("/later", headers={"x-forwarded-for": PRINCETON, "dnt": "1"})
    one, again, other, objected = sorted(read_book(), key=lambda record: record["frontdesk.treatment"] == "anonymous")
    assert one["frontdesk.visitor.daily_id"] == again["frontdesk.visitor.daily_id"]
    assert one["frontdesk.visitor.daily_id"] != other["frontdesk.visitor.daily_id"]
    assert "frontdesk.visitor.daily_id" not in objected


def test_no_visit_has_an_id_where_the_policy_does_not_want_it(policy: Policy, read_book: ReadBook) -> None:
    policy = msgspec.structs.replace(policy, visitors=Visitors())
    visit(FrontDesk(site(lambda _: None), policy=policy))
    (record,) = read_book()
    assert "frontdesk.visitor.daily_id" not in record


def test_a_change_of_database_is_in_the_audit_records(policy: Policy, read_book: ReadBook) -> None:
    desk = FrontDesk(site(lambda _: None), policy=policy)
    desk.change_over(Database(EMBEDDED))
    desk.book.close()
    (record,) = read_book("audit")
    assert record["frontdesk.audit.action"] == "database_swap"
    assert record["frontdesk.audit.details"]["after"] == "frontdesk-lite"
