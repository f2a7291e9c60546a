"""Processes that write blocks side by side: each is a `member`, and holds the book as long as it writes."""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast

from frontdesk.middleware.bulk.block import Written
from frontdesk.middleware.bulk.piece import Piece, Write
from frontdesk.middleware.bulk.rules import Rules
from frontdesk.policy import FrontdeskError
from frontdesk.systemdata.disk import DISK, Disk


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
        team = _Team(self._rules, book, held)
        try:
            yield team.write
        finally:
            team.end()


class _Team:
    """The processes of a crew in one book. One is started when there is something to write, and none is free."""

    def __init__(self, rules: Rules, book: Path, held: int) -> None:
        self._begin = (rules, book)
        self._held = held
        self._all: list[_Process] = []
        self._free: list[_Process] = []

    def write(self, piece: Piece) -> Written:
        """Write a block. Raises `OSError` and `FrontdeskError`."""
        try:
            process = self._free.pop()
        except IndexError:
            process = self._start()
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
            [sys.executable, "-P", "-m", "frontdesk.middleware.bulk.member"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"POLARS_MAX_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            pass_fds=(held,),
            process_group=0,
        )
        self._asking, self._answering = cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)

    def tell(self, what: Any, data: bytes | bytearray = b"") -> None:
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
