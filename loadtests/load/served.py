"""What a server under test serves, by uvicorn's `--factory`: the site alone, or behind a front desk.

The folder of the run, in `FRONTDESK_LOAD_FOLDER`, has the policy, the settings of the run, and a clock that can be put
forward or back; there each process says that it is ready and, when it has shut down, what it counted.
"""

import os
import threading
import time
from functools import partial
from pathlib import Path

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from frontdesk.geodb import watch
from frontdesk.middleware import FrontDesk, asgi
from frontdesk.systemdata import Writer

from .site import site

FOLDER = "FRONTDESK_LOAD_FOLDER"
"""The environment's variable that names the folder of the run."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a run changes about the front desk, which no policy has a word for."""

    capacity: int | None = None  # bytes that may wait for the disk
    watch_interval: float | None = None  # seconds between two looks for a new database or policy
    clock: bool = False  # whether `time.time()` follows the file `clock`


class Counted(msgspec.Struct, frozen=True):
    """What a process counted until it had shut down."""

    pid: int
    visits: int
    accepted: int
    written: int
    buffered: int
    dropped: dict[str, int]
    swaps: int
    databases_refused: int
    policies: int
    policies_refused: int
    troubles: int


def bare() -> ASGIApp:
    """The site without a front desk."""
    return _Observed(site(), _folder(), "bare", None)


def front_desk() -> ASGIApp:
    """The site behind a front desk, with the policy of the folder."""
    folder = _folder()
    settings = msgspec.json.decode((folder / "settings.json").read_bytes(), type=Settings)
    if settings.watch_interval is not None:
        watch.INTERVAL = settings.watch_interval
    if settings.capacity is not None:
        vars(asgi)["Writer"] = partial(Writer, capacity=settings.capacity)
    if settings.clock:
        _turn_the_clock(folder / "clock")
    desk = FrontDesk(site(), policy=folder / "frontdesk.toml")
    return _Observed(desk, folder, "ours", desk)


def _folder() -> Path:
    return Path(os.environ[FOLDER])


class _Observed:
    """Tells by a file that a process serves, and by another what it counted when it has shut down."""

    def __init__(self, app: ASGIApp, folder: Path, name: str, desk: FrontDesk | None) -> None:
        self._app = app
        self._place = folder / "workers"
        self._file = f"{name}-{os.getpid()}"
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return

        async def observed(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                (self._place / f"{self._file}.ready").touch()
            elif message["type"] == "lifespan.shutdown.complete":
                self._tell()
            await send(message)

        await self._app(scope, receive, observed)

    def _tell(self) -> None:
        if self._desk is not None:
            (self._place / f"{self._file}.json").write_bytes(msgspec.json.encode(_counted(self._desk)))
        (self._place / f"{self._file}.ready").unlink(missing_ok=True)


def _counted(desk: FrontDesk) -> Counted:
    told = desk.statistics()
    book = told.book
    return Counted(
        os.getpid(),
        told.visits,
        book.accepted,
        book.written,
        book.buffered,
        dict(book.dropped),
        told.swaps,
        told.databases_refused,
        told.policies,
        told.policies_refused,
        told.troubles,
    )


def _turn_the_clock(file: Path) -> None:
    """From now on `time.time()` is as many seconds off as a file says; 0 while there is none."""
    true_time, off = time.time, [0.0]

    def follow() -> None:
        while True:
            try:
                off[0] = float(file.read_text("ascii"))
            except (OSError, ValueError):
                off[0] = 0.0
            time.sleep(0.02)

    threading.Thread(target=follow, name="clock", daemon=True).start()
    time.time = lambda: true_time() + off[0]
