"""What the operator's machines are answered, and nobody else."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from frontdesk.middleware import FrontDesk
from frontdesk.middleware.board import Pin
from frontdesk.policy import FrontdeskError, Policy
from frontdesk.policy.model import Operations, Proxies
from frontdesk.policy.networks import Networks
from frontdesk.systemdata.disk import DISK

from ..conftest import ReadBook
from .reports import report

PROXY, OPERATOR, STRANGER = "10.0.0.1", "10.9.0.7", "132.239.0.1"


def site() -> Starlette:
    async def page(request: Request) -> Response:
        return PlainTextResponse("the app's own", headers={"set-cookie": "a=b"})

    return Starlette(routes=[Route("/{path:path}", page, methods=["GET", "POST"])])


@pytest.fixture
def operated(policy: Policy) -> Policy:
    return msgspec.structs.replace(
        policy,
        proxies=Proxies(trusted=Networks([PROXY])),
        operations=Operations(
            allow=Networks([OPERATOR, "127.0.0.1", "fd00::/8"]),
            health="/-/health",
            ready="/-/ready",
            metrics="/metrics",
        ),
    )


def ask(desk: FrontDesk, path: str, peer: str = OPERATOR, method: str = "GET", **headers: str) -> Any:
    with TestClient(desk, client=(peer, 4711)) as client:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.request(method, path, headers=sent)


def values(text: str) -> dict[str, float]:
    """The samples, each by its name with its labels in order."""
    return {
        f"{sample.name}{sorted(sample.labels.items()) or ''}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_health_is_answered_as_long_as_the_process_lives(operated: Policy, read_book: ReadBook) -> None:
    desk = FrontDesk(site(), policy=operated)
    answer = ask(desk, "/-/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    assert desk.statistics().visits == 0
    assert read_book() == []


@pytest.mark.parametrize(
    ("peer", "headers", "answered"),
    [
        (OPERATOR, {}, True),
        ("::ffff:10.9.0.7", {}, True),
        ("fd00::1", {}, True),
        ("127.0.0.1", {}, True),
        (STRANGER, {}, False),
        (PROXY, {"x_forwarded_for": OPERATOR}, True),
        (PROXY, {"x_forwarded_for": f"{OPERATOR}, {STRANGER}"}, False),
        (PROXY, {"x_forwarded_for": STRANGER}, False),
        (PROXY, {"x_forwarded_for": f"{STRANGER}, {OPERATOR}"}, False),  # something was not believed
        (PROXY, {}, False),
        (STRANGER, {"x_forwarded_for": OPERATOR}, False),
        (OPERATOR, {"x_forwarded_for": OPERATOR}, False),  # a proxy on an operator's machine that nobody told us of
        ("127.0.0.1", {"x_forwarded_for": "127.0.0.1"}, False),
        ("127.0.0.1", {"forwarded": "for=127.0.0.1"}, False),
        ("127.0.0.1", {"x_real_ip": STRANGER}, False),
        ("127.0.0.1", {"via": "1.1 proxy"}, False),
        ("127.0.0.1", {"x_forwarded_proto": "https"}, False),  # all that some proxies send
        ("127.0.0.1", {"x_forwarded_host": "www.aurora.example"}, False),
        ("127.0.0.1", {"x_original_forwarded_for": STRANGER}, False),
        ("127.0.0.1", {"x_client_ip": STRANGER}, False),
        ("127.0.0.1", {"x_cluster_client_ip": STRANGER}, False),
        (PROXY, {"x_forwarded_for": OPERATOR, "x_forwarded_proto": "https"}, True),
        ("testclient", {}, False),
    ],
)
@pytest.mark.parametrize("path", ["/-/health", "/-/ready", "/metrics"])
def test_only_clients_in_the_policys_networks_are_answered(
    operated: Policy, path: str, peer: str, headers: dict[str, str], answered: bool
) -> None:
    desk = FrontDesk(site(), policy=operated)
    answer = ask(desk, path, peer, **headers)
    assert answer.status_code == 200
    assert (answer.text != "the app's own") == answered
    assert desk.statistics().visits == (0 if answered else 1)


@pytest.mark.parametrize("path", ["/-/health/", "/-", "/x/-/health", "/METRICS"])
def test_other_paths_are_the_apps(operated: Policy, path: str) -> None:
    assert ask(FrontDesk(site(), policy=operated), path).text == "the app's own"


def test_without_the_table_every_path_is_the_apps(policy: Policy) -> None:
    for path in ("/health", "/ready", "/metrics", "/-/health"):
        assert ask(FrontDesk(site(), policy=policy), path, "127.0.0.1").text == "the app's own"


def test_only_reading_is_allowed(operated: Policy) -> None:
    desk = FrontDesk(site(), policy=operated)
    refused = ask(desk, "/-/ready", method="POST")
    assert (refused.status_code, refused.headers["allow"], refused.text) == (405, "GET, HEAD", "")
    head = ask(desk, "/-/ready", method="HEAD")
    assert (head.status_code, head.text, int(head.headers["content-length"]) > 0) == (200, "", True)


def test_ready_says_why_it_is_not(operated: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = FrontDesk(site(), policy=operated)
    with TestClient(desk, client=(OPERATOR, 1)) as client:
        assert (client.get("/-/ready").status_code, client.get("/-/ready").json()) == (200, {"status": "ready"})
        desk.book.buffer.trouble = "disk_full"
        told = client.get("/-/ready")
        assert (told.status_code, told.json()) == (503, {"status": "not_ready", "reasons": ["book_degraded"]})
        desk.book.buffer.trouble = None
        changed = msgspec.structs.replace(report().database, state="expired")
        monkeypatch.setattr(desk._front.operations, "_report", lambda: report(database=changed, book="closed"))
        told = client.get("/-/ready")
        assert (told.status_code, told.json()["reasons"]) == (503, ["book_closed", "database_expired"])
        assert client.get("/-/health").status_code == 200


def test_metrics_count_the_visits_of_this_worker_to_the_very_last(operated: Policy) -> None:
    desk = FrontDesk(site(), policy=operated)
    with TestClient(desk, client=(PROXY, 1)) as client:
        for headers in ({}, {}, {"dnt": "1"}, {"sec-gpc": "1"}):
            client.get("/", headers={"x-forwarded-for": STRANGER, "host": "de.aurora.example", **headers})
        client.get("/", headers={"x-forwarded-for": f"garbage, {STRANGER}"})
        answer = client.get("/metrics", headers={"x-forwarded-for": OPERATOR})
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    told = values(answer.text)
    assert told["frontdesk_visits_total[('entity', 'aurora-de'), ('kind', 'education'), ('treatment', 'full')]"] == 2
    assert (
        told["frontdesk_visits_total[('entity', 'aurora-de'), ('kind', 'withheld'), ('treatment', 'anonymous')]"] == 2
    )
    assert told["frontdesk_cookies_held_back_total"] == 2
    assert told["frontdesk_forwarding_refused_total"] == 1
    assert told["frontdesk_lookups_total[('answer', 'made')]"] == 4
    assert told["frontdesk_lookups_total[('answer', 'cached')]"] == 1
    assert told["frontdesk_workers"] == 1
    assert told["frontdesk_database_state[('database', 'frontdesk-lite'), ('state', 'expired')]"] == 0


def test_metrics_of_one_worker_tell_of_all_and_go_back_with_none(operated: Policy) -> None:
    desk = FrontDesk(site(), policy=operated)
    book = operated.log.directory
    with TestClient(desk, client=(OPERATOR, 1)) as client:
        other = Pin(book, report)
        other.put()
        while_both = values(client.get("/metrics").text)
        assert while_both["frontdesk_workers"] == 2
        assert while_both["frontdesk_cookies_held_back_total"] == 4
        other.take_down()
        left = values(client.get("/metrics").text)
    assert (left["frontdesk_workers"], left["frontdesk_workers_ended_total"]) == (1, 1)
    assert left["frontdesk_cookies_held_back_total"] == 4
    assert left["frontdesk_book_queue_bytes"] == 0


def test_where_the_board_cannot_be_kept_requests_are_answered_and_one_warning_tells(
    operated: Policy, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    desk = FrontDesk(site(), policy=operated)

    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(DISK, "make_folder", full)
    caplog.clear()
    for _ in range(3):
        desk._pin.show()
    assert [message.partition(" of process")[0] for message in caplog.messages] == [
        "metrics and `frontdesk top` are not told"
    ]
    assert caplog.messages[0].endswith(": No space left on device")


def test_metrics_without_the_library_stop_the_app_at_start(operated: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "prometheus_client", None)
    with pytest.raises(FrontdeskError, match=r"pip install 'frontdesk\[metrics\]'"):
        FrontDesk(site(), policy=operated)


def test_a_fault_in_here_leaves_the_request_to_the_app(operated: Policy) -> None:
    desk = FrontDesk(site(), policy=operated)
    odd: Any = (OPERATOR, 4711, "no server says so much of a client")
    with TestClient(desk, client=odd) as client:
        assert client.get("/-/health").text == "the app's own"
