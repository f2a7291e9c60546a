"""An archived segment: a file in a store that is read as one on a disk is."""

import hashlib
import io
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple

from frontdesk.systemdata.store import Entry, Store, StoreError

_TAIL = 64 << 10
"""Bytes from the end that are asked for at once: the seal, and mostly the whole footer of a Parquet file."""
WHOLE = 4 << 20
"""A file no larger is asked for once, whole: so it is of one moment, and each request costs."""
_BLOCK = 1 << 20
_AHEAD = 16


class Facts(NamedTuple):
    """What tells one content of a file from another, under the names that a disk has for it."""

    st_size: int
    st_mtime_ns: int
    st_ino: int
    st_dev: int


class Archived:
    """A segment in a store. `home` is where it lay in the book, and says class, day and entity."""

    def __init__(self, store: Store, home: Path, entry: Entry) -> None:
        self.store = store
        self.home = home
        self.entry = entry
        self.name = home.name
        self.suffix = home.suffix
        self._held, self._held_from = b"", 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Archived) and (self.home, self.entry) == (other.home, other.entry)

    def __hash__(self) -> int:
        return hash((self.home, self.entry))

    def __str__(self) -> str:
        return f"{self.store.url}/{self.entry.name}"

    def open(self, mode: Literal["rb"]) -> IO[bytes]:  # noqa: ARG002 - as a path is opened
        """The file, to be read from anywhere."""
        return io.BufferedReader(_Reader(self), _BLOCK)

    def stat(self) -> Facts:
        """What it was when it was listed."""
        tag = hashlib.blake2b(self.entry.tag.encode(), digest_size=8).digest()
        return Facts(self.entry.size, 0, int.from_bytes(tag, "big"), 0)

    def now(self) -> "Archived | None":
        """The same name as it is now; None where it is gone. Raises `OSError`."""
        found = [each for each in self.store.entries(self.entry.name) if each.name == self.entry.name]
        return Archived(self.store, self.home, found[0]) if found else None

    def fetch(self, start: int, end: int) -> bytes:
        """Some of its bytes. Raises `OSError`; `FileNotFoundError` also where another one took its place."""
        end = min(end, self.entry.size)
        if self._held and start >= self._held_from:
            return self._held[start - self._held_from : end - self._held_from]
        data = self.store.read(self.entry.name, start, end) if start < end else b""
        if len(data) != max(0, end - start):
            raise FileNotFoundError(None, "was replaced while it was read", str(self))
        return data

    def hold(self, size: int) -> None:
        """Ask for its last bytes now, and keep them until `let_go`. Raises `OSError`."""
        start = max(0, self.entry.size - size)
        self._held, self._held_from = self.fetch(start, self.entry.size), start

    def let_go(self) -> None:
        """Keep nothing of it."""
        self._held = b""


File = Path | Archived
"""A segment's file: on the book's disk, or in its archive."""


@contextmanager
def at_hand(file: File) -> Iterator[None]:
    """Ask a store for a file once, whole, for what reads it several times; one that is large is read in parts."""
    if not isinstance(file, Archived) or file.entry.size > WHOLE:
        yield
        return
    file.hold(WHOLE)
    try:
        yield
    finally:
        file.let_go()


def home_of(file: File) -> Path:
    """Where a segment lies in the book, or would."""
    return file.home if isinstance(file, Archived) else file


def put(store: Store, name: str, file: Path) -> None:
    """Put a file into a store and prove that it is there, by reading it back. Raises `OSError`."""
    store.put(name, file)
    there = store.entries(name)
    size = file.stat().st_size
    if [entry.size for entry in there if entry.name == name] != [size] or not is_same(store, name, file):
        raise StoreError(f"{store.url}/{name}", "what was put there is not what is there")


def is_same(store: Store, name: str, file: Path) -> bool:
    """Whether a store has, under a name, just what a file of the disk holds. Raises `OSError`."""
    at, size = 0, file.stat().st_size
    with file.open("rb") as stream:
        while ours := stream.read(WHOLE):
            if store.read(name, at, at + len(ours)) != ours:
                return False
            at += len(ours)
    return at == size


def warmed(files: Iterable[Archived]) -> Iterator[Archived]:
    """The same files, with the ends of the next ones asked for at the same time: a store answers many at once."""
    left = iter(files)
    with ThreadPoolExecutor(_AHEAD) as pool:
        while batch := list(islice(left, 2 * _AHEAD)):
            list(pool.map(_warm, batch))
            for file in batch:
                yield file
                file.let_go()


def _warm(file: Archived) -> None:
    with suppress(OSError):  # whoever reads it is told
        file.hold(_TAIL)


class _Reader(io.RawIOBase):
    """Reads an archived segment by few requests."""

    def __init__(self, file: Archived) -> None:
        self._file = file
        self._size = file.entry.size
        self._at = 0
        self._start, self._held = self._size, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self._size - self._at)
        if wanted <= 0:
            return 0
        if not self._start <= self._at < self._start + len(self._held):
            self._hold(wanted)
        first = self._at - self._start
        data = self._held[first : first + wanted]
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _hold(self, wanted: int) -> None:
        """Ask for what stands here: the end, the whole, or a part."""
        if self._at >= self._size - _TAIL:
            self._start = max(0, self._size - _TAIL)
            self._held = self._file.fetch(self._start, self._size)
        elif self._size <= WHOLE:
            self._start, self._held = 0, self._file.fetch(0, self._size)
        else:
            self._start = self._at
            self._held = self._file.fetch(self._at, self._at + max(wanted, _BLOCK))
