"""Segments: append-only files of records, `.open` while one process writes them, sealed by a rename.

A `.jsonl` never changes again. Each segment has one writer, which holds a lock on it as long as it lives; an open
segment whose lock is free is an orphan of a process that died, and is mended and sealed by whoever starts next.
"""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

OPEN = ".open"
SEALED = ".jsonl"
_TAIL = 1 << 20


class Segment:
    """The open segment of one process."""

    def __init__(self, directory: Path, number: int) -> None:
        """Create a segment. Raises `OSError`."""
        started = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        self.path = directory / f"visit-{started}-{os.getpid()}-{number}{OPEN}"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._fd = os.open(self.path, flags, 0o600)
        fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.size = 0

    def append(self, lines: list[bytes]) -> int:
        """Write lines and give how many are in the file whole; fewer than given if the disk would take no more.

        What was written of a line beyond the last whole one is cut off again, so that the next line never sticks to it.
        """
        data = memoryview(b"".join(lines))
        done = 0
        try:
            while done < len(data):
                done += os.write(self._fd, data[done:])
        except OSError:
            whole, kept = _whole(lines, done)
            self.size += kept
            with suppress(OSError):
                os.ftruncate(self._fd, self.size)
            if whole == 0:
                raise
            return whole
        self.size += done
        return len(lines)

    def sync(self) -> None:
        """Bring what was written to the disk itself. Raises `OSError`."""
        os.fdatasync(self._fd)

    def seal(self) -> None:
        """Close the segment for good: sync, rename, sync the folder. Raises `OSError`, but closes the file always."""
        try:
            os.fsync(self._fd)
            self.path.rename(self.path.with_suffix(SEALED))
        finally:
            os.close(self._fd)
        sync_folder(self.path.parent)

    def abandon(self) -> None:
        """Close this process's copy of the file and leave the segment to its owner, as after a fork."""
        with suppress(OSError):
            os.close(self._fd)


def _whole(lines: list[bytes], done: int) -> tuple[int, int]:
    """How many lines fit wholly into the first `done` bytes, and how many bytes they are."""
    kept = 0
    for count, line in enumerate(lines):
        if kept + len(line) > done:
            return count, kept
        kept += len(line)
    return len(lines), kept


class Recovered(NamedTuple):
    """What was mended at start: segments sealed for processes that died, and torn last lines cut off."""

    segments: int
    torn: int


def recover(directory: Path) -> Recovered:
    """Seal the segments of processes that died. It blocks on nothing and needs nobody's help."""
    segments = torn = 0
    for path in sorted(directory.glob(f"*{OPEN}")):
        with suppress(OSError):
            fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                torn += _heal(fd)
                os.fsync(fd)
                path.rename(path.with_suffix(SEALED))
                segments += 1
            except BlockingIOError:
                pass  # its writer lives
            finally:
                os.close(fd)
    if segments:
        with suppress(OSError):
            sync_folder(directory)
    return Recovered(segments, torn)


def _heal(fd: int) -> int:
    """Cut a torn last line off; 1 if there was one."""
    size = os.fstat(fd).st_size
    start = max(0, size - _TAIL)
    tail = os.pread(fd, _TAIL, start)
    if not tail or tail.endswith(b"\n"):
        return 0
    os.ftruncate(fd, start + tail.rfind(b"\n") + 1)
    return 1


def sync_folder(directory: Path) -> None:
    """Bring the names in a folder to the disk. Raises `OSError`, but not where folders cannot be synced."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(fd)


def segments(directory: Path) -> Iterator[Path]:
    """The segments of a book, sealed and open, oldest first."""
    yield from sorted(path for path in directory.iterdir() if path.suffix in {OPEN, SEALED})
