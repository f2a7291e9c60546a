"""Asking MaxMind: off the request path, within the limit, once for a network, and quietly when it goes wrong."""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from frontdesk.enrich.web_service import WebService, maxmind
from frontdesk.policy import FrontdeskError
from frontdesk.policy.model import WebService as Settings
from frontdesk.policy.networks import pack
from frontdesk.policy.secret import Secret

from . import maxmind_server
from .maxmind_server import KEY, Reply, Server, error, insights, until

ADDRESS = "81.2.69.160"
NEIGHBOUR = "81.2.69.200"


class Clock:
    """Seconds since 1970, which a test may change."""

    def __init__(self) -> None:
        self.now = 1_795_478_400.0 + 3_600  # 01:00 on 24 November 2026, UTC

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


Ask = Callable[[str], Any]


@pytest.fixture
def service(server: Server, settings: Settings, tmp_path: Path, clock: Clock) -> Iterator[WebService]:
    service = WebService(settings, tmp_path / "book", host=server.host, clock=clock)
    yield service
    service.close()


def find(service: WebService, address: str) -> Any:
    packed = pack(address)
    assert packed is not None
    return service.find(packed)


def test_the_first_visit_gets_nothing_and_a_later_one_the_answer(
    service: WebService, server: Server, clock: Clock
) -> None:
    server.told = lambda address: insights(address, network="81.2.69.0/24", organization="Example Bank plc")
    assert find(service, ADDRESS) is None
    until(lambda: service.statistics().answered)
    answer = find(service, ADDRESS)
    assert (answer.facts.holder.name, answer.facts.holder.prefix_length) == ("Example Bank plc", 24)
    assert (answer.source, answer.day.isoformat()) == ("MaxMind GeoIP2 Insights", "2026-11-24")
    assert server.asked == [f"/geoip/v2.1/insights/{ADDRESS}"]
    told = service.statistics()
    assert (told.queued, told.asked, told.answered, told.cached, told.networks, told.state) == (1, 1, 1, 1, 1, "open")


def test_city_plus_is_asked_where_the_policy_says_so(settings: Settings, server: Server, tmp_path: Path) -> None:
    service = WebService(msgspec.structs.replace(settings, service="city"), tmp_path, host=server.host)
    find(service, ADDRESS)
    until(lambda: service.statistics().answered)
    assert find(service, ADDRESS).source == "MaxMind GeoIP2 City Plus"
    assert server.asked == [f"/geoip/v2.1/city/{ADDRESS}"]
    service.close()


def test_one_answer_serves_its_whole_network(service: WebService, server: Server) -> None:
    asking, told = threading.Event(), threading.Event()

    def slowly(address: str) -> Reply:
        asking.set()
        told.wait(1)
        return insights(address, network="81.2.69.0/24")

    server.told = slowly
    for address in (ADDRESS, NEIGHBOUR, ADDRESS, NEIGHBOUR, "81.2.69.1"):
        find(service, address)
    asking.wait(10)
    find(service, ADDRESS)
    told.set()
    until(lambda: find(service, "81.2.69.77"))
    find(service, "81.2.70.1")
    until(lambda: service.statistics().answered == 2)
    assert [path.rpartition("/")[2] for path in server.asked] == [ADDRESS, "81.2.70.1"]


def test_of_ipv6_only_the_first_half_is_sent(service: WebService, server: Server) -> None:
    server.told = lambda address: insights(address, network="2a02:1234::/48")
    find(service, "2a02:1234:0:7:aaaa:bbbb:cccc:dddd")
    until(lambda: service.statistics().answered)
    assert server.asked == ["/geoip/v2.1/insights/2a02:1234:0:7::"]
    assert find(service, "2a02:1234:0:8::1") is not None
    assert find(service, "2a02:1234:1:8::1") is None


def test_an_answer_expires(service: WebService, server: Server, clock: Clock) -> None:
    find(service, ADDRESS)
    until(lambda: find(service, ADDRESS))
    clock.now += 7 * 86_400 - 1
    assert find(service, ADDRESS) is not None
    clock.now += 1
    assert find(service, ADDRESS) is None
    until(lambda: service.statistics().answered == 2)
    assert service.statistics().networks == 1


@pytest.mark.parametrize("told", [error(404, "IP_ADDRESS_NOT_FOUND"), error(400, "IP_ADDRESS_RESERVED")])
def test_that_nothing_is_known_is_an_answer_too(told: Reply, service: WebService, server: Server) -> None:
    server.told = lambda _: told
    find(service, ADDRESS)
    until(lambda: find(service, ADDRESS))
    assert not any(find(service, ADDRESS).facts)
    assert (service.statistics().answered, service.statistics().failed, len(server.asked)) == (1, 0, 1)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (error(401, "AUTHORIZATION_INVALID"), "does not accept the account and the key"),
        (error(401, "LICENSE_KEY_REQUIRED"), "does not accept the account and the key"),
        (error(401, "ACCOUNT_ID_REQUIRED"), "does not accept the account and the key"),
        (error(402, "INSUFFICIENT_FUNDS"), "has no look-ups left"),
        (error(402, "OUT_OF_QUERIES"), "has no look-ups left"),
        (error(402, "PERMISSION_REQUIRED"), "may not use this service"),
        (error(403, "PERMISSION_REQUIRED"), "may not use this service"),
    ],
)
def test_a_refusal_ends_the_asking_for_a_while_with_one_warning(
    told: Reply, words: str, service: WebService, server: Server, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    server.told = lambda _: told
    find(service, ADDRESS)
    until(lambda: service.statistics().state == "paused")
    find(service, NEIGHBOUR)
    clock.now += 599
    find(service, NEIGHBOUR)
    assert len(server.asked) == 1
    clock.now += 1
    find(service, NEIGHBOUR)
    until(lambda: service.statistics().failed == 2)
    until(lambda: service.statistics().state == "paused")
    clock.now += 600  # the second pause is longer
    assert service.statistics().state == "paused"
    (warning,) = caplog.messages
    assert words in warning
    server.told = insights
    clock.now += 600
    find(service, ADDRESS)
    until(lambda: find(service, ADDRESS))
    assert service.statistics().dropped == 4


@pytest.mark.parametrize(
    "told",
    [
        Reply(500, "text/plain", b"oh dear"),
        Reply(503, "text/html", b"<h1>later</h1>"),
        Reply(429, "text/plain", b"too many"),
        Reply(415, "text/plain", b""),
        error(400, "IP_ADDRESS_INVALID"),
        Reply(404, "application/json", b"{"),
        Reply(200, "application/json", b"{"),
        Reply(200, "application/json", b"[]"),
        Reply(200, "application/json", b'{"traits": 3}'),
        Reply(200, "application/json", b'{"traits": {"organization": 3}}'),
        Reply(200, "application/json", b'{"traits": {"network": "81.2.69.0/99"}}'),
        Reply(200, "application/json", b'{"traits": {"is_anonymous": "perhaps"}}'),
        Reply(200, "application/json", b"\xff"),
        Reply(302, "text/plain", b""),
    ],
)
def test_a_failure_is_counted_and_tried_again_later(
    told: Reply, service: WebService, server: Server, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    server.told = lambda _: told
    for seconds in (1, 2, 4):
        find(service, ADDRESS)
        until(lambda: service.statistics().state == "paused")
        clock.now += seconds - 0.1
        assert service.statistics().state == "paused"
        clock.now += 0.1
        assert service.statistics().state == "open"
    assert (service.statistics().failed, service.statistics().answered) == (3, 0)
    assert len([line for line in caplog.messages if "does not answer" in line]) == 1
    server.told = insights
    find(service, ADDRESS)
    until(lambda: find(service, ADDRESS))


def test_pauses_grow_no_longer_than_five_minutes(service: WebService, server: Server, clock: Clock) -> None:
    server.told = lambda _: Reply(500, "text/plain", b"")
    for number in range(1, 13):
        find(service, ADDRESS)
        until(lambda number=number: service.statistics().failed == number)  # type: ignore[misc]
        until(lambda: service.statistics().state == "paused")
        clock.now += 300
        assert service.statistics().state == "open"


def test_no_one_listening_is_a_failure(settings: Settings, tmp_path: Path, certificate: Path) -> None:
    with maxmind_server.serving(certificate) as server:
        host = server.host
    service = WebService(settings, tmp_path, host=host)
    find(service, ADDRESS)
    until(lambda: service.statistics().failed)
    service.close()


def test_a_server_that_nobody_vouches_for_is_told_nothing(settings: Settings, tmp_path: Path) -> None:
    stranger = maxmind_server.make_certificate(tmp_path / "stranger.pem")
    with maxmind_server.serving(stranger) as server:
        service = WebService(settings, tmp_path, host=server.host)
        find(service, ADDRESS)
        until(lambda: service.statistics().failed)
        service.close()
        assert server.asked == []


def test_a_server_that_hangs_is_given_up(service: WebService, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maxmind, "TIMEOUT", 0.2)
    server.told = lambda _: None
    began = time.monotonic()
    find(service, ADDRESS)
    assert time.monotonic() - began < 0.1
    until(lambda: service.statistics().failed)


def test_closing_ends_in_time_while_the_server_hangs(service: WebService, server: Server) -> None:
    server.told = lambda _: None
    find(service, ADDRESS)
    until(lambda: server.asked)
    began = time.monotonic()
    service.close()
    assert time.monotonic() - began < 1
    assert "frontdesk-web-service" not in {thread.name for thread in threading.enumerate() if thread.is_alive()}


def test_after_closing_the_next_miss_begins_again(service: WebService, server: Server) -> None:
    find(service, ADDRESS)
    until(lambda: find(service, ADDRESS))
    service.close()
    service.close()
    assert find(service, ADDRESS) is not None
    find(service, "81.2.70.1")
    until(lambda: find(service, "81.2.70.1"))


def test_the_queue_is_bounded(service: WebService, server: Server) -> None:
    server.told = lambda _: None
    for number in range(1_200):
        find(service, f"81.2.{number // 256}.{number % 256}")
    told = service.statistics()
    assert (told.queued, told.dropped) == (1_000, 200)


def test_the_limit_of_a_day_holds_and_the_next_day_begins_again(
    settings: Settings, server: Server, tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    service = WebService(msgspec.structs.replace(settings, daily_limit=2), tmp_path, host=server.host, clock=clock)
    for last in range(5):
        find(service, f"81.2.69.{last}")
    until(lambda: service.statistics().state == "over_limit")
    find(service, "81.2.69.9")
    assert (len(server.asked), service.statistics().over_limit) == (2, 4)
    (warning,) = caplog.messages
    assert "nothing is asked until 2026-11-25 00:00:00 UTC" in warning
    clock.now += 22 * 3_600
    find(service, "81.2.69.9")
    assert len(server.asked) == 2
    clock.now += 3_600
    find(service, "81.2.69.9")
    until(lambda: find(service, "81.2.69.9"))
    assert len(server.asked) == 3
    service.close()


def test_where_nothing_can_be_counted_nothing_is_asked(service: WebService, server: Server, tmp_path: Path) -> None:
    (tmp_path / "book" / "web-service.spent").mkdir(parents=True)
    find(service, ADDRESS)
    until(lambda: service.statistics().state == "paused")
    assert server.asked == []


PROCESS = """
import sys, time
from pathlib import Path
from frontdesk.enrich.web_service import WebService
from frontdesk.policy.model import WebService as Settings
from frontdesk.policy.networks import pack
from frontdesk.policy.secret import Secret
folder, host, start = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
key = {name: Secret(file=folder / name) for name in ("account", "key")}
service = WebService(Settings(**key, daily_limit=25), folder / "book", host=host)
def ask_until(last, done):
    for number in range(start, last):
        service.find(pack(f"81.2.69.{number}"))
    deadline = time.monotonic() + 20
    while not done(service.statistics()):
        assert time.monotonic() < deadline, service.statistics()
        time.sleep(0.01)
"""


def process(code: str, tmp_path: Path, server: Server, certificate: Path, start: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", PROCESS + code, str(tmp_path), server.host, str(start)]
    environment = {"SSL_CERT_FILE": str(certificate)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_the_limit_holds_across_processes(
    settings: Settings, server: Server, certificate: Path, tmp_path: Path
) -> None:
    code = """
ask_until(start + 20, lambda told: told.state == "over_limit" or told.answered == 20)
print(service.statistics().asked)
"""
    workers = [process(code, tmp_path, server, certificate, start) for start in (0, 100)]
    told = [worker.communicate(timeout=40)[0] for worker in workers]
    assert sum(int(words.split()[-1]) for words in told) == 25, told
    assert len(server.asked) == 25


def test_a_fork_gives_the_child_a_line_of_its_own(
    settings: Settings, server: Server, certificate: Path, tmp_path: Path
) -> None:
    code = """
import os
ask_until(start + 1, lambda told: told.answered == 1)
child = os.fork()
start += 1 if child else 2
if not child:
    assert service.statistics().networks == 0
ask_until(start + 1, lambda told: told.answered == (2 if child else 1))
if child:
    _, status = os.waitpid(child, 0)
    assert status == 0
    ask_until(start + 5, lambda told: told.answered == 6)
print("done", flush=True)
"""
    told, _ = process(code, tmp_path, server, certificate, 0).communicate(timeout=40)
    assert told == "done\ndone\n"


def test_leaving_without_closing_is_quick_and_silent(
    settings: Settings, server: Server, certificate: Path, tmp_path: Path
) -> None:
    server.told = lambda _: None
    code = """
ask_until(start + 1, lambda told: told.asked == 1)
print(time.time())
"""
    told, _ = process(code, tmp_path, server, certificate, 0).communicate(timeout=40)
    assert time.time() - float(told) < 1.5


def test_neither_address_nor_key_is_in_any_log(
    service: WebService, server: Server, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    replies = iter([Reply(500, "text/plain", b"no"), error(401, "AUTHORIZATION_INVALID"), insights(ADDRESS)])
    server.told = lambda _: next(replies)
    with caplog.at_level(logging.DEBUG):
        for count in range(3):
            service._pause = (0.0, "dropped")
            find(service, ADDRESS)
            until(lambda count=count: service.statistics().asked == count + 1)  # type: ignore[misc]
            until(lambda: not service._questions)
        service.close()
    told = caplog.text + repr(service.statistics()) + repr(service) + "".join(capfd.readouterr())
    for secret in (ADDRESS, KEY, "81-2-69-160"):
        assert secret not in told


@pytest.mark.parametrize(
    ("account", "words"),
    [("me", "web_service.account in the policy: the account is a number"), ("", "holds no secret")],
)
def test_a_wrong_account_stops_the_start(account: str, words: str, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "account").write_text(account)
    with pytest.raises(FrontdeskError, match=words) as caught:
        WebService(settings, tmp_path)
    assert KEY not in str(caught.value)


def test_a_key_that_is_not_there_stops_the_start(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(FrontdeskError, match="none cannot be read"):
        WebService(msgspec.structs.replace(settings, key=Secret(file=tmp_path / "none")), tmp_path)


def test_without_maxminds_client_the_start_says_what_to_install(settings: Settings, tmp_path: Path) -> None:
    code = "import sys; sys.modules['geoip2.webservice'] = None\n" + PROCESS
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), "localhost", "0"], capture_output=True, text=True, check=False
    )
    assert "needs MaxMind's client: pip install 'frontdesk[web-service]'" in done.stderr.splitlines()[-1]
