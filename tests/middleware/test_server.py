"""Under a real uvicorn: a fault stops it with one clear line; a graceful stop loses nothing."""

import http.client
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server

import orjson
import pytest
from websockets.frames import CloseCode
from websockets.sync.client import connect

from frontdesk.systemdata.read import read

from ..book import files, lines_in

APP = """
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from fastapi import FastAPI
from frontdesk.middleware import FrontDesk

def page(request: Request):
    return PlainTextResponse(request.state.visit.address_source)

async def live(socket):
    await socket.accept()
    await socket.send_text(socket.state.visit.organisation.name)
    await socket.receive_text()

inside = Starlette(
    routes=[Route("/", page), WebSocketRoute("/live/{id}", live)],
    middleware=[Middleware(FrontDesk, policy="frontdesk.toml")],
)
fast = FastAPI()
fast.add_api_route("/", page)
fast.add_middleware(FrontDesk, policy="frontdesk.toml")
"""

POLICY = """
version = "1"
default_entity = "us"
entities = [{ id = "us", legal_name = "US Inc." }]
[proxies]
trusted = ["127.0.0.1"]
"""


@contextmanager
def serve(folder: Path, app: str, port: int) -> Iterator[subprocess.Popen[str]]:
    (folder / "site_of_ours.py").write_text(APP)
    command = [sys.executable, "-m", "uvicorn", f"site_of_ours:{app}", "--port", str(port), "--no-proxy-headers"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            yield server
        finally:
            server.kill()


@pytest.fixture
def port() -> int:
    with create_server(("127.0.0.1", 0)) as free:
        number: int = free.getsockname()[1]
    return number


def get(port: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    deadline = time.monotonic() + 20
    while True:
        try:
            connection.request("GET", "/", headers={"x-forwarded-for": "128.112.0.77"})
            return connection.getresponse().read().decode()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        finally:
            connection.close()


@pytest.mark.parametrize("app", ["inside", "fast"])
@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (
            POLICY.replace("127.0.0.1", "10.0.0.1/8"),
            "frontdesk.toml:6: proxies.trusted: '10.0.0.1/8' has host bits set",
        ),
        (POLICY + "[database]\nfile = 'none.mmdb'\n", "none.mmdb: does not exist"),
        (POLICY + "[log]\ndirectory = 'site_of_ours.py/book'\n", "book: the visitors' book cannot be kept here"),
    ],
)
def test_a_fault_stops_the_server_with_one_clear_line(
    broken: str, words: str, app: str, tmp_path: Path, port: int
) -> None:
    (tmp_path / "frontdesk.toml").write_text(broken)
    with serve(tmp_path, app, port) as server:
        told, _ = server.communicate(timeout=30)
    assert server.returncode != 0
    assert len([line for line in told.splitlines() if words in line]) == 1
    assert "Traceback" not in told


@pytest.mark.parametrize("app", ["inside", "fast"])
def test_a_graceful_stop_writes_every_visit(app: str, tmp_path: Path, port: int) -> None:
    (tmp_path / "frontdesk.toml").write_text(POLICY)
    with serve(tmp_path, app, port) as server:
        assert [get(port) for _ in range(20)] == ["header"] * 20
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=30)
    (segment,) = files(tmp_path / "visitors-book" / "visit")
    records = [orjson.loads(line) for line in read(segment)]
    assert segment.name.endswith(".jsonl.zst")
    assert [record["http.route"] for record in records] == ["/"] * 20


def test_a_websocket_is_one_visit(tmp_path: Path, port: int) -> None:
    (tmp_path / "frontdesk.toml").write_text(POLICY)
    with serve(tmp_path, "inside", port) as server:
        get(port)
        for end in (CloseCode.NORMAL_CLOSURE, CloseCode.INTERNAL_ERROR):
            with connect(
                f"ws://127.0.0.1:{port}/live/7", additional_headers={"x-forwarded-for": "128.112.0.77"}
            ) as socket:
                assert socket.recv(timeout=10) == "Princeton University"
                socket.close(end)
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=30)
    _, *visits = (orjson.loads(line) for line in lines_in(tmp_path / "visitors-book", "visit"))
    told = [(visit["http.route"], visit["http.response.status_code"], visit["frontdesk.outcome"]) for visit in visits]
    assert told == [("/live/{id}", 101, "complete"), ("/live/{id}", 101, "disconnected")]
