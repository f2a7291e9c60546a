"""A writer that is used from inside itself, and many that come and go."""

import errno
import gc
import logging
import os
import threading
import weakref
from contextlib import suppress
from pathlib import Path

import pytest

from frontdesk.systemdata import Shelf, Writer
from frontdesk.systemdata.disk import Disk
from frontdesk.systemdata.gap import Gap

from ..book import SHELF, conserved, lines_in


def test_a_log_handler_may_write_to_the_book_that_complains(tmp_path: Path) -> None:
    class Full(Disk):
        full = True

        def write(self, fd: int, data: memoryview | bytes) -> int:
            if self.full:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write(fd, data)

    class Echo(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            writer.put(b'{"echo":%d}\n' % len(record.args or ()), SHELF)
            disk.full = False

    disk = Full()
    writer = Writer(tmp_path, flush_interval=0.001, disk=disk)
    echo = Echo()
    log = logging.getLogger("frontdesk")
    log.addHandler(echo)
    try:
        writer.put(b'{"first":1}\n', SHELF)
        while disk.full:
            threading.Event().wait(0.005)
        writer.close()
    finally:
        log.removeHandler(echo)
    assert sorted(lines_in(tmp_path)) == [b'{"echo":2}\n', b'{"first":1}\n']


def test_a_gap_s_line_may_be_made_by_what_uses_the_book(tmp_path: Path) -> None:
    def gap_line(gap: Gap) -> tuple[bytes, Shelf]:
        writer.statistics()
        writer.put(b"closed by now\n", SHELF)
        return b'{"gap":1}\n', SHELF

    writer = Writer(tmp_path, gap_line=gap_line, flush_interval=60)
    writer.lost("encode_error", SHELF)
    writer.close()
    assert lines_in(tmp_path) == [b'{"gap":1}\n']
    assert conserved(writer.statistics())


def test_a_gap_s_line_that_cannot_be_made_harms_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gap_line(gap: Gap) -> tuple[bytes, Shelf]:
        raise ValueError(gap)

    monkeypatch.setattr("frontdesk.systemdata.scribe._BACKOFF", 0.001)
    writer = Writer(tmp_path, gap_line=gap_line, flush_interval=0.001)
    writer.lost("encode_error", SHELF)
    writer.put(b"1\n", SHELF)
    writer.close(timeout=0.3)
    assert lines_in(tmp_path) == [b"1\n"]


def test_writers_that_come_and_go_leave_nothing_behind(tmp_path: Path) -> None:
    def descriptors() -> list[str]:
        """What this process has open of the book; what other tests of it have open comes and goes."""
        found = []
        for descriptor in Path("/proc/self/fd").iterdir():
            with suppress(OSError):
                found.append(str(descriptor.readlink()))
        return [path for path in found if path.startswith(str(tmp_path))]

    def scribes() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name == "frontdesk-writer"]

    before = scribes()
    gone = []
    for number in range(50):
        writer = Writer(tmp_path, flush_interval=0.001)
        for entity in range(5):
            writer.put(b"%d\n" % number, SHELF._replace(entity=f"e{entity}"))
        writer.close()
        writer.open()
        writer.put(b"again\n", SHELF)
        writer.close()
        gone.append(weakref.ref(writer))
        del writer
    gc.collect()
    assert [writer for writer in gone if writer() is not None] == []
    assert set(scribes()) <= set(before)
    assert descriptors() == []
    assert len(lines_in(tmp_path)) == 50 * 6
