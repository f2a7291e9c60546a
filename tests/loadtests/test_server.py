"""The server benchmark: requests as they go over the wire, servers that are started and ended, ratios and goals."""

import shutil
import socket
from pathlib import Path

import pytest

from frontdesk.loadtests import nginx, wrk
from frontdesk.loadtests.scopes import scope
from frontdesk.loadtests.server import Run, report
from frontdesk.loadtests.serving import Server, free_port, granian, uvicorn
from frontdesk.loadtests.wrk import Driven


def run(rate: float, p99: int = 1000, processor: float = 50) -> Run:
    return Run(Driven(rate, round(rate), 0, 500, p99, 2000), processor)


def test_requests_are_written_as_they_go_over_the_wire(tmp_path: Path) -> None:
    wrk.write_requests([scope("198.51.100.7"), scope("198.51.100.8")], tmp_path / "requests")
    first, second = (tmp_path / "requests").read_text().splitlines()
    assert first.startswith("GET /products/7 HTTP/1.1\\r\\nhost: ")
    assert first.endswith("\\r\\n\\r\\n")
    assert "x-forwarded-for: 198.51.100.8\\r\\n" in second


@pytest.mark.parametrize("command", [uvicorn, granian])
@pytest.mark.parametrize("variant", ["none", "floor"])
def test_a_server_answers_until_it_is_stopped(command: type, variant: str, tmp_path: Path) -> None:
    port = free_port()
    told = {"variant": variant, "work": 0.0, "folder": str(tmp_path), "city": "none"}
    server = Server(command(port, 1, variant), port, tmp_path / "server.log", told).wait()
    assert server.processor() > 0
    server.stop()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), 1)
    server.stop()


def test_a_server_that_does_not_start_is_told_by_what_it_says(tmp_path: Path) -> None:
    server = Server(["sh", "-c", "echo no such module; exit 1"], free_port(), tmp_path / "server.log")
    with pytest.raises(RuntimeError, match="no such module"):
        server.wait()


@pytest.mark.skipif(wrk.find() is None, reason=wrk.MISSING)
def test_wrk_counts_requests_and_latencies(tmp_path: Path) -> None:
    port = free_port()
    told = {"variant": "none", "work": 0.0, "folder": str(tmp_path), "city": "none"}
    server = Server(uvicorn(port, 1, "none"), port, tmp_path / "server.log", told).wait()
    try:
        wrk.write_requests([scope("198.51.100.7")], tmp_path / "requests")
        driven = wrk.drive(port, tmp_path / "requests", 1, 4)
    finally:
        server.stop()
    assert driven.failed == 0
    assert driven.requests > 0
    assert 0 < driven.p50 <= driven.p99 <= driven.p999


def test_goals_are_judged_round_by_round(capsys: pytest.CaptureFixture[str]) -> None:
    found = {
        "none": [run(1000), run(500)],
        "access_log": [run(500), run(250)],
        "usual": [run(100), run(50)],
        "floor": [run(900), run(450)],
        "frontdesk": [run(850, processor=60), run(425, processor=64)],
    }
    told = report("a server", "idle", found)
    assert told["frontdesk_to_floor"] == pytest.approx(850 / 900)
    assert told["frontdesk"]["processor_added"] == 12
    assert "frontdesk, requests a second to usual: 8.500; goal at least 5.0: reached" in capsys.readouterr().out


def test_work_has_goals_for_throughput_and_the_slowest(capsys: pytest.CaptureFixture[str]) -> None:
    found = {"none": [run(1000), run(500)], "frontdesk": [run(960, 1200), run(480, 1200)]}
    told = report("a server", "work", found)
    assert (told["frontdesk_to_none"], told["p99_to_none"]) == (0.96, 1.2)
    assert capsys.readouterr().out.count("missed") == 2


def test_nginx_is_configured_where_it_is_there_and_else_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nginx, "_MODULES", (tmp_path / "geoip2.so",))
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/sbin/nginx")
    ports = {"plain": 8001, "geoip2": 8002}
    assert nginx.commands(tmp_path, tmp_path / "City.mmdb", ports) is None
    (tmp_path / "geoip2.so").touch()
    commands = nginx.commands(tmp_path, tmp_path / "City.mmdb", ports)
    assert commands is not None
    plain, geoip2 = (Path(commands[name][-1]).read_text() for name in ports)
    assert "access_log off" in plain
    assert "listen 127.0.0.1:8002" in geoip2
    assert f"geoip2 {tmp_path / 'City.mmdb'}" in geoip2
