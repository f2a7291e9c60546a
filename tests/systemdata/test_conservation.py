"""Whatever is done to a writer, in whatever order: every line is written, waiting, or counted; none stands twice."""

import errno
import os
import shutil
import tempfile
import time
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from frontdesk.systemdata import Shelf, Writer
from frontdesk.systemdata.disk import Disk
from frontdesk.systemdata.recover import recover

from ..book import SHELF, conserved, lines_in

_CAPACITY = 400
_PLACES = [(SHELF, False), (SHELF, True), (SHELF._replace(entity="de"), False)]


class FickleDisk(Disk):
    """Takes so many bytes, or none, or any."""

    room: int | None = None

    def write(self, fd: int, data: memoryview | bytes) -> int:
        if self.room is None:
            return super().write(fd, data)
        if self.room == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        done = super().write(fd, data[: self.room])
        self.room -= done
        return done


class Book(RuleBasedStateMachine):
    """A writer, and what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.disk = FickleDisk()
        self.taken: list[bytes] = []
        self.number = 0
        self.writer = self.fresh()

    def fresh(self) -> Writer:
        return Writer(
            self.directory, capacity=_CAPACITY, flush_interval=0.001, segment_bytes=150, open_segments=2, disk=self.disk
        )

    @rule(place=st.sampled_from(_PLACES), size=st.integers(10, 90))
    def put(self, place: tuple[Shelf, bool], size: int) -> None:
        self.number += 1
        line = (b'{"n":%d}' % self.number).ljust(size) + b"\n"
        if self.writer.put(line, place[0], anonymous=place[1]):
            self.taken.append(line)

    @rule()
    def lose(self) -> None:
        self.writer.lost("encode_error", SHELF)

    @rule(room=st.integers(0, 200))
    def fill(self, room: int) -> None:
        self.disk.room = room

    @rule()
    def give_room(self) -> None:
        self.disk.room = None

    @rule()
    def wait(self) -> None:
        time.sleep(0.003)

    @precondition(lambda self: self.disk.room is None)
    @rule()
    def flush(self) -> None:
        deadline = time.monotonic() + 5
        while self.writer.statistics().buffered and self.writer.statistics().state != "closed":
            assert time.monotonic() < deadline
            time.sleep(0.002)

    @precondition(lambda self: self.disk.room is None)
    @rule()
    def close_and_open(self) -> None:
        self.writer.close()
        assert self.writer.statistics().buffered == 0
        self.writer.open()

    @invariant()
    def every_line_is_accounted_for(self) -> None:
        statistics = self.writer.statistics()
        assert conserved(statistics)
        assert statistics.buffered_bytes <= _CAPACITY

    def teardown(self) -> None:
        self.disk.room = None
        self.writer.close(timeout=10)
        statistics = self.writer.statistics()
        list(recover(self.directory))
        found = lines_in(self.directory)
        assert statistics.written == len(found) == len(set(found))
        assert sorted(found) == sorted(self.taken)
        shutil.rmtree(self.directory)


TestBook = Book.TestCase
TestBook.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
