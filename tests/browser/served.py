"""Apps and other programs that serve on loopback, each in a process of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_STARTING = 30.0  # seconds until a server that does not listen is given up
_STOPPING = 10.0


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@contextmanager
def app_served(factory: str, folder: Path, **settings: str) -> Iterator[int]:
    """An ASGI app in a real uvicorn, in a process of its own. Gives the port that it listens on.

    Args:
        factory: what makes the app, such as `tests.browser.example:app`: a function without arguments.
        folder: where the server's log goes.
        settings: what the factory finds in the environment.
    """
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--factory", factory, "--port", str(port), "--no-proxy-headers"]
    with listening([*command, "--no-access-log"], port, folder / f"uvicorn-{port}.log", settings):
        yield port


@contextmanager
def listening(command: Sequence[str], port: int, log: Path, settings: dict[str, str] | None = None) -> Iterator[None]:
    """A program for as long as the context is, from when it listens on."""
    environment = {**os.environ, **(settings or {})}
    with (
        log.open("wb") as told,
        subprocess.Popen(command, cwd=_ROOT, stdout=told, stderr=subprocess.STDOUT, env=environment) as process,
    ):
        try:
            _wait(process, port, log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(_STOPPING)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    patience = time.monotonic() + _STARTING
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert process.poll() is None, f"it ended at once: {log.read_text()}"
            assert time.monotonic() < patience, f"it does not listen: {log.read_text()}"
            time.sleep(0.05)
        else:
            return
