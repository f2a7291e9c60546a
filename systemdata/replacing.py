"""Putting a file in the place of another: whatever happens, afterwards it is the old one or the new, whole."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from frontdesk.systemdata.disk import DISK, Disk


class Unfinished(NamedTuple):
    """A file that is open to be written, and where it lies until it is whole."""

    fd: int
    path: Path


@contextmanager
def in_place_of(
    path: Path, disk: Disk = DISK, prove: Callable[[Path], object] = lambda _: None
) -> Iterator[Unfinished]:
    """Write a file that takes the place of any that is there, and is on the disk then, when the block is left.

    `prove` sees the file at the last moment before it takes its place. Raises `OSError`; where anything is raised, also
    by the block or by `prove`, nothing is left behind and the old file stays.
    """
    unfinished = disk.unfinished(path)
    fd = disk.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    try:
        try:
            yield Unfinished(fd, unfinished)
            disk.sync(fd)
        finally:
            disk.close(fd)
        prove(unfinished)
        disk.rename(unfinished, path)
    except BaseException:
        with suppress(OSError):
            disk.unlink(unfinished)
        raise
    disk.sync_folder(path.parent)
