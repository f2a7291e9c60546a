"""Mending what a crash left: segments whose process died, and torn last lines."""

import fcntl
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from frontdesk.systemdata.segment import OPEN, PREFIX, SEALED, sync_folder

_TAIL = 1 << 20


class Recovered(NamedTuple):
    """What was mended at start: segments sealed for processes that died, and torn last lines cut off."""

    segments: int
    torn: int


def recover(directory: Path) -> Recovered:
    """Seal the segments of processes that died. It blocks on nothing, and touches no file but those."""
    segments = torn = 0
    for path in sorted(directory.glob(f"{PREFIX}*{OPEN}")):
        with suppress(OSError):
            fd = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                if not _is_ours(fd):
                    continue
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)  # refused while its writer lives
                torn += _heal(fd)
                os.fsync(fd)
                path.rename(path.with_suffix(SEALED))
                segments += 1
            finally:
                os.close(fd)
    if segments:
        with suppress(OSError):
            sync_folder(directory)
    return Recovered(segments, torn)


def _is_ours(fd: int) -> bool:
    facts = os.fstat(fd)
    return stat.S_ISREG(facts.st_mode) and facts.st_uid == os.geteuid()


def _heal(fd: int) -> int:
    """Cut a torn last line off; 1 if there was one."""
    size = os.fstat(fd).st_size
    start = max(0, size - _TAIL)
    tail = os.pread(fd, _TAIL, start)
    if not tail or tail.endswith(b"\n"):
        return 0
    os.ftruncate(fd, start + tail.rfind(b"\n") + 1)
    return 1
