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
from itertools import count
from pathlib import Path

PREFIX = "visit-"
OPEN = ".open"
SEALED = ".jsonl"

_numbers = count(1)


class Segment:
    """The open segment of one process."""

    def __init__(self, directory: Path) -> None:
        """Create a segment. Raises `OSError`."""
        started = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        self.path = directory / f"{PREFIX}{started}-{os.getpid()}-{next(_numbers)}{OPEN}"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._fd = os.open(self.path, flags, 0o600)
        self.size = 0
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not self.is_in_place():
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))  # somebody sealed it as an orphan
        except OSError:
            self.abandon()
            with suppress(OSError):
                self.path.unlink()
            raise

    def is_in_place(self) -> bool:
        """Whether the file is still where it was made, under the name that it had."""
        try:
            return os.path.samestat(os.fstat(self._fd), self.path.lstat())
        except OSError:
            return False

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
    for number, line in enumerate(lines):
        if kept + len(line) > done:
            return number, kept
        kept += len(line)
    return len(lines), kept


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
    names = (path for path in directory.iterdir() if path.name.startswith(PREFIX) and path.suffix in {OPEN, SEALED})
    yield from sorted(path for path in names if path.is_file())
