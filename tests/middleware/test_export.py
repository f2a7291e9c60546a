"""Records for an OpenTelemetry collector, which here is a real HTTP server that reads OTLP."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from frontdesk.middleware import FrontDesk
from frontdesk.middleware.export import MOST_WAITING, Export, attributes
from frontdesk.policy import FrontdeskError, Policy, RetentionClass, Treatment
from frontdesk.policy.model import OpenTelemetry, Recipient, Signals

from ..conftest import ReadBook

PRINCETON = "128.112.0.77"
HOST = {"host": "de.aurora.example"}


class Collector(ThreadingHTTPServer):
    """Takes logs, or answers with a status, when it is let."""

    daemon_threads = True

    def __init__(self) -> None:
        self.status = 200
        self.let = threading.Event()
        self.let.set()
        self.got: list[ExportLogsServiceRequest] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1/logs"

    def logs(self) -> list[dict[str, Any]]:
        """Every log, its attributes as plain values beside what the log itself says."""
        return [
            {each.key: plain(each.value) for each in log.attributes}
            | {"event": log.event_name, "at": log.time_unix_nano, "observed": log.observed_time_unix_nano}
            for request in self.got
            for resource in request.resource_logs
            for scope in resource.scope_logs
            for log in scope.log_records
        ]


class Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.let.wait(20)
        if self.server.status == 200:
            request = ExportLogsServiceRequest()
            request.ParseFromString(body)
            self.server.got.append(request)
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def plain(value: Any) -> Any:
    kind = value.WhichOneof("value")
    told = getattr(value, kind)
    return [plain(each) for each in told.values] if kind == "array_value" else told


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.let.set()
        server.shutdown()
        thread.join()


def exporting(policy: Policy, collector: Collector, **changes: Any) -> Policy:
    told: dict[str, Any] = {"entities": ("aurora-de",), **changes}
    return msgspec.structs.replace(policy, opentelemetry=OpenTelemetry(endpoint=collector.endpoint, **told))


def site() -> Starlette:
    return Starlette(routes=[Route("/", lambda _: PlainTextResponse("hello"))])


def visit(desk: FrontDesk, **headers: str) -> None:
    with TestClient(desk, client=("127.0.0.1", 1)) as client:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        client.get("/", headers={"x-forwarded-for": PRINCETON} | HOST | sent)


def agency(policy: Policy, collector: Collector) -> Policy:
    recipient = Recipient(
        id="agency",
        legal_name="Agency",
        country="DK",
        entities=("aurora-de",),
        classes=(RetentionClass.VISIT,),
        purposes=("marketing_analytics",),
    )
    policy = msgspec.structs.replace(policy, recipients=(recipient,))
    return exporting(policy, collector, entities=(), recipient="agency")


def test_a_record_arrives_as_it_stands_in_the_book(policy: Policy, collector: Collector, read_book: ReadBook) -> None:
    desk = FrontDesk(site(), policy=exporting(policy, collector))
    visit(desk)
    (record,) = read_book()
    (log,) = [each for each in collector.logs() if each["event"] == "frontdesk.visit"]
    told = {name: value for name, value in log.items() if name not in {"event", "at", "observed"}}
    assert told == {k: v for k, v in record.items() if v is not None and k not in {"timestamp", "event_name"}}
    assert told["frontdesk.retention.expires_at"] == record["frontdesk.retention.expires_at"]
    assert log["at"] == log["observed"]
    assert f"{log['at'] / 1e9:.3f}"[-3:] == record["timestamp"][-4:-1]
    (resource,) = {str(each.resource) for request in collector.got for each in request.resource_logs}
    assert "frontdesk" in resource
    assert desk.report().totals.counts["export_sent"] == len(collector.logs())


def test_of_a_visitor_who_objected_only_the_counts_are_sent(policy: Policy, collector: Collector) -> None:
    desk = FrontDesk(site(), policy=exporting(policy, collector))
    visit(desk, dnt="1")
    visit(desk, sec_gpc="1")
    assert {each["event"] for each in collector.logs()} == {"frontdesk.aggregate"}
    assert desk.report().totals.counts["export_withheld"] == 2


@pytest.mark.parametrize(("headers", "sent"), [({}, 2), ({"dnt": "1"}, 0), ({"sec_gpc": "1"}, 0)])
def test_of_a_visitor_who_objected_no_contract_and_no_incident_is_sent(
    headers: dict[str, str], sent: int, policy: Policy, collector: Collector, read_book: ReadBook
) -> None:
    def page(request: Request) -> PlainTextResponse:
        request.state.visit.contracting_entity(account="account-77")
        request.state.visit.report_incident("brute_force", account="account-77")
        return PlainTextResponse("hello")

    desk = FrontDesk(Starlette(routes=[Route("/", page)]), policy=exporting(policy, collector))
    visit(desk, **headers)
    events = [each["event"] for each in collector.logs()]
    assert len([event for event in events if event in {"frontdesk.contract", "frontdesk.security"}]) == sent
    assert [len(read_book("security")), len(read_book("audit"))] == [1, 1]


def test_other_companies_records_stay_here(policy: Policy, collector: Collector) -> None:
    desk = FrontDesk(site(), policy=exporting(policy, collector))
    visit(desk, host="jp.aurora.example")
    visit(desk)
    assert {each["frontdesk.entity"] for each in collector.logs()} == {"aurora-de"}


@pytest.mark.parametrize(("entities", "sent"), [(("aurora-de",), 1), (("aurora-de", "aurora-com"), 0)])
def test_a_record_that_may_not_leave_its_company_goes_to_that_companys_own_collector_only(
    policy: Policy, collector: Collector, entities: tuple[str, ...], sent: int
) -> None:
    policy = msgspec.structs.replace(policy, signals=Signals(gpc=Treatment.FULL))
    desk = FrontDesk(site(), policy=exporting(policy, collector, entities=entities))
    visit(desk, sec_gpc="1")
    visits = [each for each in collector.logs() if each["event"] == "frontdesk.visit"]
    assert [each["frontdesk.transfer"] for each in visits] == ["entity"] * sent


def test_a_recipient_gets_what_recipients_get(policy: Policy, collector: Collector) -> None:
    policy = msgspec.structs.replace(agency(policy, collector), signals=Signals(gpc=Treatment.FULL))
    desk = FrontDesk(site(), policy=policy)
    visit(desk)
    visit(desk, sec_gpc="1")
    visit(desk, host="jp.aurora.example")
    visit(desk, x_forwarded_for=f"garbage, {PRINCETON}")  # noted as an incident besides
    logs = collector.logs()
    assert [each["event"] for each in logs] == ["frontdesk.visit"] * 2
    for log in logs:
        assert log["frontdesk.purposes"] == ["marketing_analytics"]
        assert (log["frontdesk.entity"], log["frontdesk.transfer"]) == ("aurora-de", "recipients")
        assert "frontdesk.visitor.daily_id" not in log
        assert PRINCETON not in repr(log)


def test_a_collector_that_stands_still_keeps_no_request_waiting_and_costs_only_its_own_records(
    policy: Policy, collector: Collector, read_book: ReadBook
) -> None:
    collector.let.clear()
    desk = FrontDesk(site(), policy=exporting(policy, collector))
    assert desk.export is not None
    visit(desk)  # its lifespan ends, and with it what can be sent
    for _ in range(MOST_WAITING + 100):
        desk.export.hear({"frontdesk.entity": "aurora-de"})
        assert len(desk.export._waiting) <= MOST_WAITING
    assert len(read_book()) == 1
    collector.let.set()
    desk.export.close(20)
    deadline = time.monotonic() + 20
    while (told := sum(desk.export.statistics())) < MOST_WAITING + 100 and time.monotonic() < deadline:
        time.sleep(0.01)  # the thread that stood still has its last batch to count
    assert told >= MOST_WAITING + 100, "each is sent, or counted as not sent"


@pytest.mark.parametrize("status", [400, 403, 500])
def test_a_collector_that_refuses_is_warned_of_once_and_counted(
    policy: Policy, collector: Collector, caplog: pytest.LogCaptureFixture, read_book: ReadBook, status: int
) -> None:
    collector.status = status
    desk = FrontDesk(site(), policy=exporting(policy, collector))
    for _ in range(3):
        visit(desk)
    assert len(read_book()) == 3
    told = [line for line in caplog.messages if line.startswith("records are not exported")]
    assert told == ["records are not exported to OpenTelemetry: the collector did not take them"]
    assert desk.report().totals.counts["export_failed"] >= 3
    assert collector.got == []


def test_where_nobody_listens_nothing_but_the_export_is_lost(policy: Policy, read_book: ReadBook) -> None:
    nobody = OpenTelemetry(endpoint="http://127.0.0.1:9/v1/logs", entities=("aurora-de",))
    desk = FrontDesk(site(), policy=msgspec.structs.replace(policy, opentelemetry=nobody))
    visit(desk)
    assert len(read_book()) == 1
    assert desk.report().totals.counts["export_sent"] == 0


def test_every_record_is_sent_withheld_dropped_or_failed(policy: Policy, collector: Collector) -> None:
    settings = OpenTelemetry(endpoint=collector.endpoint, entities=("aurora-de",))
    export = Export(settings, policy)
    record = {"timestamp": "2026-11-25T10:00:00.123Z", "event_name": "frontdesk.visit"}
    number = 3 * MOST_WAITING
    for each in range(number):
        entity = "aurora-de" if each % 3 else "aurora-jp"
        export.hear(record | {"frontdesk.entity": entity, "frontdesk.transfer": "recipients"})
    export.close(20)
    told = export.statistics()
    assert sum(told) == number
    assert told.sent == len(collector.logs()) > 0
    assert told.withheld > 0
    assert told.failed == 0


def test_what_is_nested_is_sent_as_json_and_what_is_not_there_not_at_all() -> None:
    record = {"timestamp": "x", "event_name": "y", "a": {"b": [1]}, "c": ["d"], "e": None, "f": True, "g": 1.5}
    assert attributes(record) == {"a": '{"b": [1]}', "c": ["d"], "f": True, "g": 1.5}


def test_after_a_fork_the_child_sends_its_own(policy: Policy, collector: Collector) -> None:
    script = """
import os, sys
from frontdesk.middleware.export import Export
from frontdesk.policy import EXAMPLE, load
from frontdesk.policy.model import OpenTelemetry

export = Export(OpenTelemetry(endpoint=sys.argv[1], entities=("aurora-de",)), load(EXAMPLE))
record = {"timestamp": "2026-11-25T10:00:00.123Z", "event_name": "frontdesk.visit",
          "frontdesk.entity": "aurora-de", "frontdesk.transfer": "recipients"}
export.hear(record | {"who": "parent"})
child = os.fork()
if child == 0:
    export.hear(record | {"who": "child"})
    export.close(10)
    os._exit(0)
os.waitpid(child, 0)
export.close(10)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, collector.endpoint],
        env=os.environ | {"PYTHONWARNINGS": "error,ignore::DeprecationWarning"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(each["who"] for each in collector.logs()) == ["child", "parent"]


def test_without_the_sdk_the_app_is_stopped_at_start(
    policy: Policy, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "frontdesk.middleware.otlp", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http._log_exporter", None)
    with pytest.raises(FrontdeskError, match=r"pip install 'frontdesk\[opentelemetry\]'"):
        FrontDesk(site(), policy=exporting(policy, collector))


def test_a_variable_of_the_sdk_that_says_nothing_sensible_stops_no_request(
    policy: Policy, collector: Collector, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("could not convert string to float")

    monkeypatch.setattr("frontdesk.middleware.otlp.Sender", broken)
    desk = FrontDesk(site(), policy=exporting(policy, collector))
    visit(desk)
    assert [line for line in caplog.messages if "OpenTelemetry" in line] == [
        "records are not exported to OpenTelemetry: ValueError"
    ]
    assert desk.report().totals.counts["export_dropped"] >= 1


def test_without_the_table_nothing_is_heard(policy: Policy) -> None:
    desk = FrontDesk(site(), policy=policy)
    assert (desk.export, desk.book.listener) == (None, None)
    assert "export_sent" not in desk.report().totals.counts
