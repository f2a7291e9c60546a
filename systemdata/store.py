"""Stores: places beside the book's own disk where whole files lie under names, as in a bucket.

A store has no append, no rename and no lock. A file is put whole, in one step: whoever reads its name finds the old one
or the new one.
"""

import errno
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Protocol

from frontdesk.systemdata.disk import DISK, UNFINISHED

ON_DISK = "file://"
"""How the address of a store on another disk begins."""


class Entry(NamedTuple):
    """A file in a store."""

    name: str  # below the store's own place, its parts divided by /
    size: int  # bytes
    tag: str  # another one when the content is another one


class StoreError(OSError):
    """A store did not do what it was asked; `strerror` says why, `filename` where."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(errno.EIO, problem, place)


class Store(Protocol):
    """What the book asks of a store. Each call may raise `OSError`, with its words in `strerror`."""

    url: str
    """Where it is: a URL without a password in it."""

    def entries(self, under: str) -> list[Entry]:
        """The files whose names begin so, a name or a folder with its `/`, in no order; none where there is none."""

    def read(self, name: str, start: int, end: int) -> bytes:
        """The bytes of a file from one to before another; `FileNotFoundError` where it is not there."""

    def put(self, name: str, file: Path) -> None:
        """Put a file of the disk there, in the place of any that is."""

    def create(self, name: str, content: bytes) -> None:
        """Put something small where nothing is; `FileExistsError` where something is."""

    def delete(self, name: str) -> None:
        """Take a file away; one that is not there may be taken away."""

    def sweep(self, ours: Callable[[str], bool]) -> None:
        """Take away what a killed `put` left of a file whose name is ours. Only while nobody puts anything there."""

    def keeps_deleted(self) -> bool | None:
        """Whether it keeps what is deleted, as a bucket with versioning does; None where that cannot be told."""

    def address(self, name: str) -> str | None:
        """The file's path, where it lies on a disk."""


@lru_cache(maxsize=64)
def open_store(url: str) -> Store:
    """The store of a URL. Raises `StoreError`, and `FrontdeskError` where the library for it is not installed."""
    if url.startswith(ON_DISK):
        return DiskStore(Path(url.removeprefix(ON_DISK)))
    from frontdesk.systemdata.objects import ObjectStore  # noqa: PLC0415 - what it needs is an extra

    return ObjectStore(url)


# What speaks to a store is not to be shared with a child.
os.register_at_fork(after_in_child=open_store.cache_clear)


class DiskStore:
    """A folder on another disk."""

    def __init__(self, folder: Path) -> None:
        self.url = f"{ON_DISK}{folder}"
        self._folder = folder

    def entries(self, under: str) -> list[Entry]:
        """See `Store`."""
        top = self._folder / under
        if under and not under.endswith("/"):
            return [self._entry(top)] if top.is_file() else []
        return [self._entry(path) for path in _below(top) if not path.name.endswith(UNFINISHED)]

    def _entry(self, path: Path) -> Entry:
        facts = path.stat()
        tag = f"{facts.st_mtime_ns}-{facts.st_ino}"
        return Entry(path.relative_to(self._folder).as_posix(), facts.st_size, tag)

    def read(self, name: str, start: int, end: int) -> bytes:
        """See `Store`."""
        with (self._folder / name).open("rb") as stream:
            stream.seek(start)
            return stream.read(end - start)

    def put(self, name: str, file: Path) -> None:
        """See `Store`."""
        path = self._folder / name
        DISK.make_folder(path.parent)
        unfinished = path.with_name(path.name + UNFINISHED)
        try:
            with file.open("rb") as source, os.fdopen(_made(unfinished), "wb") as target:
                while block := source.read(1 << 20):
                    target.write(block)
                target.flush()
                os.fsync(target.fileno())
            DISK.rename(unfinished, path)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink()
            raise
        DISK.sync_folder(path.parent)

    def create(self, name: str, content: bytes) -> None:
        """See `Store`."""
        path = self._folder / name
        DISK.make_folder(path.parent)
        unfinished = path.with_name(f"{path.name}-{secrets.token_hex(8)}{UNFINISHED}")
        try:
            with os.fdopen(_made(unfinished), "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            os.link(unfinished, path)  # whole or not at all, and never over another's
        finally:
            unfinished.unlink(missing_ok=True)
        DISK.sync_folder(path.parent)

    def delete(self, name: str) -> None:
        """See `Store`. Folders that become empty go with it."""
        path = self._folder / name
        path.unlink(missing_ok=True)
        with suppress(OSError):  # not empty
            for folder in path.parents:
                if folder == self._folder:
                    return
                folder.rmdir()

    def sweep(self, ours: Callable[[str], bool]) -> None:
        """See `Store`."""
        for path in [path for path in _below(self._folder) if path.name.endswith(UNFINISHED)]:
            name = path.relative_to(self._folder).as_posix()
            if ours(name.removesuffix(UNFINISHED)):
                self.delete(name)

    def keeps_deleted(self) -> bool | None:
        """See `Store`."""
        return False

    def address(self, name: str) -> str | None:
        """See `Store`."""
        return str(self._folder / name)


def _below(top: Path) -> Iterator[Path]:
    """The files below a folder; none where it is not there."""
    return (Path(folder) / name for folder, _, names in os.walk(top, onerror=_raise) for name in names)


def _made(path: Path) -> int:
    return DISK.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)


def _raise(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
