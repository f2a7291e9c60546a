"""A real uvicorn under load that is told to stop: every answered request is in the book, once."""

import http.client
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from socket import create_server
from typing import Self

import orjson
import pytest

from frontdesk.systemdata.recover import recover
from frontdesk.systemdata.verify import verify

from ..book import lines_in
from .conftest import Figure

APP = """
from frontdesk.middleware import FrontDesk

async def page(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    scope["state"]["visit"].route = scope["path"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body"})

app = FrontDesk(page, policy="frontdesk.toml")
"""

POLICY = """
version = "1"
default_entity = "us"
entities = [{ id = "us", legal_name = "US Inc." }]
"""


class Load:
    """Clients that ask for one numbered page after the other, and remember which were answered."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._over = threading.Event()
        self.answered: dict[str, float] = {}
        self.failed: list[str] = []
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(4)]

    def _ask(self, client: int) -> None:
        number = 0
        while not self._over.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
            try:
                for _ in range(20):
                    number += 1
                    path = f"/{client}/{number}"
                    connection.request("GET", path)
                    answer = connection.getresponse()
                    answer.read()
                    if answer.status == 200:
                        self.answered[path] = time.monotonic()
                    else:
                        self.failed.append(f"{path}: {answer.status}")
            except (OSError, http.client.HTTPException) as error:
                self.failed.append(f"{path}: {error!r}")
                time.sleep(0.02)
            finally:
                connection.close()

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


def stop(server: subprocess.Popen[bytes], way: str) -> None:
    if way == "SIGTERM":
        server.send_signal(signal.SIGTERM)
    elif way != "limit":
        server.send_signal(signal.SIGINT)
        if way == "SIGINT twice":
            time.sleep(0.05)
            if server.poll() is None:
                server.send_signal(signal.SIGINT)


@pytest.mark.parametrize(
    ("way", "workers", "options"),
    [
        ("SIGTERM", 1, []),
        ("SIGTERM", 4, []),
        ("SIGINT twice", 1, []),
        ("SIGINT twice", 4, []),
        ("SIGINT", 1, ["--lifespan", "off"]),
        ("SIGTERM", 1, ["--lifespan", "off"]),
        ("limit", 1, ["--limit-max-requests", "500"]),
    ],
)
def test_a_server_that_stops_under_load(
    way: str, workers: int, options: list[str], tmp_path: Path, figure: Figure
) -> None:
    (tmp_path / "frontdesk.toml").write_text(POLICY)
    (tmp_path / "site_of_ours.py").write_text(APP)
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "site_of_ours:app", "--port", str(port), "--no-proxy-headers"]
    command += ["--workers", str(workers), "--log-level", "error", "--no-access-log", *options]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL) as server, Load(port) as load:
        try:
            deadline = time.monotonic() + 40
            while len(load.answered) < 400 and server.poll() is None:
                assert time.monotonic() < deadline, (len(load.answered), server.poll())
                time.sleep(0.01)
            time.sleep(0.5)  # so that some of them were written however fast they came
            began = time.monotonic()
            stop(server, way)
            server.wait(timeout=30)
            figure(f"seconds to stop, {way}, {workers} workers", time.monotonic() - began)
        finally:
            server.kill()
    book = tmp_path / "visitors-book"
    list(recover(book))
    records = map(orjson.loads, lines_in(book))
    found = Counter(record["http.route"] for record in records if record["event_name"] == "frontdesk.visit")
    lost = [path for path in load.answered if path not in found]
    figure(f"answered requests missing, {' '.join([way, *options])}, {workers} workers", len(lost))
    if way == "SIGTERM" and options:
        # Without a lifespan uvicorn ends by the signal itself, as by kill -9: nobody is told, not even atexit.
        assert all(began - load.answered[path] < 1.0 for path in lost)
    else:
        assert lost == []
    assert set(found.values()) == {1}
    assert all(verdict.damage is None for verdict in verify(book))
