"""Servers under test: each a process of its own with its workers, what it writes in a folder, ended by its own id."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

from .served import ENVIRONMENT

_TICK = os.sysconf("SC_CLK_TCK")
_PATIENCE = 30.0
_APP = "loadtests.served:app"
_ROOT = Path(__file__).parents[1]


def uvicorn(port: int, workers: int, variant: str) -> list[str]:
    """The command of uvicorn for a variant. Only the variants that are its own switch its extras on."""
    command = [sys.executable, "-m", "uvicorn", "--factory", _APP, "--port", str(port), "--workers", str(workers)]
    command += ["--loop", "uvloop", "--http", "httptools"]
    command += ["--access-log"] if variant == "access_log" else ["--no-access-log", "--log-level", "warning"]
    if variant == "server_proxy_headers":
        return [*command, "--proxy-headers", "--forwarded-allow-ips", "127.0.0.1"]
    return [*command, "--no-proxy-headers"]


def granian(port: int, workers: int, variant: str) -> list[str]:
    """The command of granian for a variant."""
    command = [sys.executable, "-m", "granian", _APP, "--factory", "--interface", "asgi", "--loop", "uvloop", "--no-ws"]
    command += ["--port", str(port), "--workers", str(workers)]
    return [*command, "--access-log"] if variant == "access_log" else [*command, "--log-level", "warning"]


class Server:
    """A server that runs, with everything that it says in a file."""

    def __init__(self, command: list[str], port: int, log: Path, told: dict[str, object] | None = None) -> None:
        self.port = port
        environment = os.environ | {ENVIRONMENT: json.dumps(told or {}), "PYTHONWARNINGS": "ignore"}
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                command, stdout=out, stderr=subprocess.STDOUT, env=environment, cwd=_ROOT, start_new_session=True
            )
        self._log = log

    def wait(self) -> Self:
        """Wait until it answers."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                    connection.sendall(b"GET /seen HTTP/1.1\r\nhost: www.aurora.example\r\nconnection: close\r\n\r\n")
                    if connection.recv(16).startswith(b"HTTP/1.1 "):
                        return self
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"the server does not answer: {self._log.read_text('utf-8', 'replace')[-500:]}")

    def processor(self) -> float:
        """Seconds of the processor that it has taken, with all its workers."""
        session, spent = self._process.pid, 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == session:
                spent += int(fields[11]) + int(fields[12])
        return spent / _TICK

    def stop(self) -> None:
        """End it and its workers, if it has not ended by itself."""
        if self._process.poll() is not None:
            return
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
