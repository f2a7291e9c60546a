"""A server under test: a real uvicorn with processes of its own, on this machine only."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from socket import create_connection, create_server
from types import TracebackType
from typing import Self

from frontdesk.policy import FrontdeskError

from .served import FOLDER

ROOT = Path(__file__).resolve().parents[2]
"""The checkout, from where the load tests can be imported."""

_STARTING = 30.0  # seconds until a server that does not come up is given up
_STOPPING = 30.0
_APPS = {"ours": "front_desk", "bare": "bare"}


class Server:
    """uvicorn with one worker or several, serving the site with a front desk (`ours`) or without (`bare`)."""

    def __init__(self, folder: Path, name: str, *, workers: int = 1) -> None:
        self.name = name
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._workers = workers
        self._process: subprocess.Popen[bytes] | None = None
        self.log = folder / f"{name}.log"

    def __enter__(self) -> Self:
        """Start, and wait until every worker serves. Raises `FrontdeskError` where they do not."""
        (self._folder / "workers").mkdir(exist_ok=True)
        (self._folder / "tmp").mkdir(mode=0o700, exist_ok=True)
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command(),
                cwd=ROOT,
                env={**os.environ, FOLDER: str(self._folder), "TMPDIR": str(self._folder / "tmp")},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        patience = time.monotonic() + _STARTING
        while len(self.pids()) < self._workers or not self._listens():  # a worker is ready a moment before it listens
            if self._process.poll() is not None or time.monotonic() > patience:
                self.stop()
                raise FrontdeskError(f"the server did not start; it says:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.02)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def pids(self) -> list[int]:
        """The processes that serve now."""
        ready = (self._folder / "workers").glob(f"{self.name}-*.ready")
        pids = [int(path.stem.rpartition("-")[2]) for path in ready]
        return sorted(pid for pid in pids if _is_alive(pid))

    def renew(self) -> None:
        """Have every worker replaced, one after the other."""
        if self._process is not None:
            self._process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """Shut down gracefully; the book is closed by it."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.terminate()
        try:
            process.wait(_STOPPING)
        except subprocess.TimeoutExpired:
            for pid in [*self.pids(), process.pid]:
                os.kill(pid, signal.SIGKILL)
            process.wait()

    def _listens(self) -> bool:
        try:
            create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def _command(self) -> list[str]:
        app = f"loadtests.load.served:{_APPS[self.name]}"
        command = [sys.executable, "-m", "uvicorn", "--factory", app, "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--no-proxy-headers", "--no-access-log", "--log-level", "warning", "--backlog", "2048"]
        return [*command, "--workers", str(self._workers)]


def _free_port() -> int:
    with create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
