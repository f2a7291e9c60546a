"""Segments: append-only files of records, `.open` while one process writes them, then sealed and never changed again.

Each segment has one writer, which holds a lock on it as long as it lives; an open segment whose lock is free is an
orphan of a process that died, and is sealed by the next writer that sees it.
"""

import errno
import os
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from frontdesk.systemdata.disk import DISK, Disk
from frontdesk.systemdata.seal import Breathe, Tally, blocks, hold_breath, seal_lines
from frontdesk.systemdata.shelf import ANONYMOUS, OPEN, SUSPECT, sealed


class Segment:
    """The open segment of one process."""

    def __init__(self, folder: Path, *, anonymous: bool = False, disk: Disk = DISK) -> None:
        """Create a segment in a shelf's folder. Raises `OSError`."""
        self._disk = disk
        self.anonymous = anonymous
        disk.make_folder(folder)
        self.path = folder / (_name(anonymous=anonymous) + OPEN)
        self._fd = disk.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL)
        self.size = 0
        self._tally = Tally()
        self.torn = False
        """Whether something beyond `size` could not be cut off again; nothing more may be written then."""
        try:
            disk.lock(self._fd)
            if not self.is_in_place():
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))  # somebody sealed it as an orphan
        except OSError:
            self.abandon()
            with suppress(OSError):
                disk.unlink(self.path)
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
                done += self._disk.write(self._fd, data[done:])
        except OSError:
            whole, kept = _whole(lines, done)
            self._count(lines[:whole], kept)
            self._cut()
            if whole == 0:
                raise
            return whole
        self._count(lines, done)
        return len(lines)

    def sync(self) -> None:
        """Bring what was written to the disk itself. Raises `OSError`."""
        self._disk.sync_data(self._fd)

    def mark_suspect(self) -> None:
        """Say in the segment's name that a sync of it failed: what the disk holds of it may not be what was written."""
        path = self.path.with_name(self.path.name.removesuffix(OPEN) + SUSPECT + OPEN)
        with suppress(OSError):
            self._disk.rename(self.path, path)
            self.path = path

    def seal(self, breathe: Breathe = hold_breath) -> None:
        """Close the segment for good. Raises `OSError`, but closes the file always; it is an orphan then."""
        try:
            if self.is_in_place():
                finish(self._fd, self.path, self.size, self._disk, breathe, self._tally)
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Close this process's copy of the file and leave the segment to its owner, as after a fork."""
        with suppress(OSError):
            self._disk.close(self._fd)

    def _count(self, lines: list[bytes], size: int) -> None:
        """Count what is in the file now, for the seal."""
        if lines:
            self._tally.note(lines)
            self.size += size

    def _cut(self) -> None:
        try:
            self._disk.truncate(self._fd, self.size)
        except OSError:
            self.torn = True


def finish(
    fd: int,
    path: Path,
    size: int,
    disk: Disk = DISK,
    breathe: Breathe = hold_breath,
    noted: Tally | None = None,
) -> None:
    """Put a sealed segment in the place of an open one, of which the first `size` bytes count. Raises `OSError`.

    `noted` is the tally that their lines were noted in when they were written, if they were.
    `breathe` is called between two blocks: a segment may be large, and lines wait. A crash in between leaves both,
    of which readers see the sealed one, and the next start removes the other.
    """
    if size:
        seal_lines(sealed(path), blocks(fd, size, disk, breathe), disk, noted)
    try:
        disk.unlink(path)
    except FileNotFoundError:
        # Taken away meanwhile: its records are whoever's who took it, and must not be here too.
        if size:
            disk.unlink(sealed(path))


def _name(*, anonymous: bool) -> str:
    """A name that no other segment has. That of anonymous records tells no more of the time than they do: the hour."""
    now = datetime.now(UTC)
    if anonymous:
        now = now.replace(minute=0, second=0, microsecond=0)
    mark = ANONYMOUS if anonymous else ""
    return f"{now:%Y%m%dT%H%M%S%f}-{os.getpid()}-{secrets.token_hex(8)}{mark}"


def _whole(lines: list[bytes], done: int) -> tuple[int, int]:
    """How many lines fit wholly into the first `done` bytes, and how many bytes they are."""
    kept = 0
    for number, line in enumerate(lines):
        if kept + len(line) > done:
            return number, kept
        kept += len(line)
    return len(lines), kept
