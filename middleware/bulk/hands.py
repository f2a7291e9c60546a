"""Who writes blocks: this process, or one for each core, as Python itself works on one core at a time."""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Semaphore
from typing import IO, Any, NamedTuple, Protocol, cast

from frontdesk.enrich.logs.formats import resumed
from frontdesk.enrich.logs.source import BLOCK, Block
from frontdesk.geodb import Database, DatabaseError
from frontdesk.middleware.bulk.block import Written, write
from frontdesk.middleware.bulk.receive import NOTHING_BESIDES, Besides, Receiver
from frontdesk.middleware.bulk.routes import Routes
from frontdesk.policy import FrontdeskError, Policy
from frontdesk.systemdata.disk import DISK, Disk

_MOST = 8
"""Processes at most: more would wait for the one that reads the log, and each takes half a gigabyte."""
_PACKED = 8
"""How much larger a packed log is, about, when it is unpacked."""


class Piece(NamedTuple):
    """A block that is to be written: in which format, in which state of it, and under which name."""

    format: str
    state: str
    block: Block
    name: str


Write = Callable[[Piece], Written]
"""Writes a block, from as many threads at once as there are hands. Raises `OSError` and `FrontdeskError`."""


class Hands(Protocol):
    """Some hands that write blocks side by side."""

    size: int

    def at(self, book: Path, held: int, disk: Disk) -> Any:
        """A context in which they write blocks into a book, which is held by a file that is open."""
        ...


class Here:
    """Threads of this process."""

    def __init__(self, receiver: Receiver, size: int = 2) -> None:
        self.size = size
        self._receiver = receiver

    @contextmanager
    def at(self, book: Path, held: int, disk: Disk) -> Iterator[Write]:  # noqa: ARG002 - it is this process that holds it
        """See `Hands`."""
        yield lambda piece: written(self._receiver, piece, book, disk)


class Rules(NamedTuple):
    """What blocks are written by. It goes to other processes through their pipes only."""

    policy: Policy
    database: Path
    sha256: str  # of the database, in hex
    as_of: float
    besides: Besides = NOTHING_BESIDES
    secret: bytes | None = None  # that the ids of the day come of
    latest: float | None = None  # later lines are rejected

    def __repr__(self) -> str:
        """Nothing that is secret: an exception may show it."""
        return "Rules()"

    def receiver(self) -> Receiver:
        """One that receives by these rules. Raises `FrontdeskError`."""
        database = Database(self.database)
        if database.manifest.sha256 != self.sha256:
            raise DatabaseError(self.database, "was replaced just now: run the command again")
        return Receiver(self.policy, database, self.as_of, self.besides, self.secret, self.latest)


class Crew:
    """Processes of their own. Each holds the book as long as it writes, even if this one is killed."""

    def __init__(self, size: int, rules: Rules) -> None:
        self.size = size
        self._rules = rules

    @contextmanager
    def at(self, book: Path, held: int, disk: Disk) -> Iterator[Write]:
        """See `Hands`."""
        if disk is not DISK:
            raise ValueError("other processes have no other disk")
        team = _Team(self.size, self._rules, book, held)
        try:
            yield team.write
        finally:
            team.end()


class _Team:
    """The processes of a crew in one book. One is started when there is something to write, and none is free."""

    def __init__(self, size: int, rules: Rules, book: Path, held: int) -> None:
        self._begin = (rules, book)
        self._held = held
        self._all: list[_Process] = []
        self._free: list[_Process] = []
        self._turn = Semaphore(size)

    def write(self, piece: Piece) -> Written:
        """Write a block. Raises `OSError` and `FrontdeskError`."""
        with self._turn:
            process = self._free.pop() if self._free else self._start()
            process.tell(piece._replace(block=piece.block._replace(data=b"")), piece.block.data)
            try:
                return cast("Written", process.answer())
            finally:
                self._free.append(process)

    def _start(self) -> "_Process":
        try:
            process = _Process(self._held)
        except OSError as error:
            raise FrontdeskError(f"no process can be started to write with: {error.strerror}") from None
        self._all.append(process)
        process.tell(self._begin)
        process.answer()
        return process

    def end(self) -> None:
        """Let them end."""
        for process in self._all:
            process.end()


class _Process:
    """One of a crew, as this process has it."""

    def __init__(self, held: int) -> None:
        # Not what happens to lie in the working directory, and not the terminal's signals: it ends when its pipe does.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "frontdesk.middleware.bulk.hand"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"POLARS_MAX_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            pass_fds=(held,),
            process_group=0,
        )
        self._asking, self._answering = cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)

    def tell(self, what: Any, data: bytes = b"") -> None:
        """Give it something, and bytes that need no packing."""
        with self._ended():
            pickle.dump((what, len(data)), self._asking)
            self._asking.write(data)
            self._asking.flush()

    def answer(self) -> Any:
        """What it answers. Raises what it says was wrong."""
        with self._ended():
            answer = pickle.load(self._answering)  # noqa: S301 - a process of our own
        if isinstance(answer, Exception):
            raise answer
        return answer

    def end(self) -> None:
        """Let it finish what it is at, and end."""
        with suppress(OSError):
            self._asking.close()
        self._process.wait()
        self._answering.close()

    @contextmanager
    def _ended(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, OSError, pickle.UnpicklingError):
            self._process.kill()
            status = self._process.wait()
            how = f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
            why = ", as the system does where memory is short" if status == -signal.SIGKILL else ""
            raise FrontdeskError(
                f"a process that wrote a part of the log was ended {how}{why};"
                " what was written stays: the same command goes on from there"
            ) from None


def hands(logs: Sequence[Path], rules: Rules) -> Hands:
    """As many hands as there are cores, and as the logs have blocks for. Raises `FrontdeskError`."""
    Routes(rules.policy, rules.besides.routes)  # a mistake in one is told before anything is made
    cores = min(len(os.sched_getaffinity(0)), _MOST)
    blocks = sum(_size(log) for log in logs) // BLOCK + 1
    size = cores if any(str(log) == "-" for log in logs) else min(cores, blocks)
    return Here(rules.receiver(), 1) if size == 1 else Crew(size, rules)


def written(receiver: Receiver, piece: Piece, book: Path, disk: Disk = DISK) -> Written:
    """Write one block. Raises `OSError` and `FrontdeskError`, of which none holds anything of a line."""
    try:
        return write(receiver, resumed(piece.format, piece.state), piece.block, piece.name, book, disk)
    except (OSError, FrontdeskError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it may show what stands in a line
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = f" at {trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}" if trace else ""
        raise FrontdeskError(
            f"line {piece.block.first:,} or one of those behind it cannot be read, by a fault of frontdesk's own:"
            f" {type(error).__name__}{place}; what was written before stays"
        ) from None


def _size(log: Path) -> int:
    if str(log) == "-":
        return 0
    return log.stat().st_size * (_PACKED if log.suffix in {".gz", ".zst", ".zstd"} else 1)
