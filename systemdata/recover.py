"""Mending what a crash left: segments whose process died, torn last lines, files that were never finished."""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from frontdesk.systemdata.disk import DISK, UNFINISHED, Disk
from frontdesk.systemdata.seal import Breathe, hold_breath
from frontdesk.systemdata.segment import finish
from frontdesk.systemdata.shelf import OPEN, Shelf, is_segment, sealed, shelves

_TAIL = 1 << 20
# Nobody needs an hour to write one file.
_STALE = 3600.0


class Mended(NamedTuple):
    """One segment that was sealed for a process that died, and whether a torn last line was cut off."""

    shelf: Shelf
    torn: bool


class Recovered(NamedTuple):
    """What was mended: segments sealed for processes that died, and torn last lines cut off."""

    segments: int = 0
    torn: int = 0


def recover(directory: Path, disk: Disk = DISK, breathe: Breathe = hold_breath) -> Iterator[Mended]:
    """Seal the segments of processes that died, one at a step. It waits for nobody, and touches no file but those.

    What cannot be mended now, as on a full disk, is left for another time; nothing is raised.
    """
    with suppress(OSError):
        for shelf in shelves(directory):
            with suppress(OSError):
                for path in sorted(shelf.folder(directory).iterdir()):
                    with suppress(OSError):
                        mended = _mend(path, disk, breathe) if is_segment(path) and path.suffix == OPEN else None
                        if mended is not None:
                            yield Mended(shelf, mended)
                        elif path.suffix == UNFINISHED and is_segment(path.with_suffix("")):
                            _remove_stale(path, disk)


def _mend(path: Path, disk: Disk, breathe: Breathe) -> bool | None:
    """Seal a segment if it is an orphan of ours; whether it had a torn last line, or None where it is not."""
    fd = disk.open(path, os.O_RDWR | os.O_NONBLOCK)
    try:
        disk.lock(fd)  # refused while its writer lives
        if not _is_ours(fd) or not os.path.samestat(os.fstat(fd), path.lstat()):
            return None
        if sealed(path).exists():  # the crash came between sealing and this
            disk.unlink(path)
            return False
        size, torn = _heal(fd)
        finish(fd, path, size, disk, breathe)
        return torn
    finally:
        with suppress(OSError):
            disk.close(fd)


def _remove_stale(path: Path, disk: Disk) -> None:
    """Remove a file that a crash left unfinished."""
    if time.time() - path.lstat().st_mtime > _STALE:
        disk.unlink(path)


def _is_ours(fd: int) -> bool:
    facts = os.fstat(fd)
    return stat.S_ISREG(facts.st_mode) and facts.st_uid == os.geteuid()


def _heal(fd: int) -> tuple[int, bool]:
    """How many bytes of a segment are whole lines, and whether a torn one follows."""
    size = end = os.fstat(fd).st_size
    while end:
        start = max(0, end - _TAIL)
        newline = os.pread(fd, end - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1, start + newline + 1 < size
        end = start
    return 0, size > 0
