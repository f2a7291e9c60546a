"""Reading a segment, open, sealed or compacted: whole lines, a block at a time in memory."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

import zstandard

from frontdesk.systemdata.archive import archive_of
from frontdesk.systemdata.archived import Archived, File
from frontdesk.systemdata.errors import SegmentError
from frontdesk.systemdata.parquet import read_rows, successor
from frontdesk.systemdata.seal import BLOCK, seal_in
from frontdesk.systemdata.shelf import OPEN, PARQUET, later

LONGEST_LINE = 64 << 10
"""Bytes that a line may have, newline included; the writer takes none longer."""

# A window that a writer of ours never needs would only let a damaged file ask for memory.
_LARGEST_WINDOW = 8 << 20
# A segment lies on a shelf: class, day and entity; above them is the book.
_DEPTH = 3


def read(path: File, offset: int = 0, *, afar: bool = True) -> Iterator[bytes]:
    """The whole lines of a segment, from an offset in its plain content; the last of an open one may be torn.

    A segment that was sealed, compacted or archived since it was listed is read where it is now. Of one that is
    compacted the lines hold what they held, their fields maybe in another order. Raises `SegmentError` at the place
    where a segment is damaged, after the lines before it; `FrontdeskError` where it takes a library that is not
    installed; `OSError`.

    Args:
        path: the segment, as it was listed.
        offset: where to begin, in bytes.
        afar: whether the book's archive is asked for a segment that is on the disk no more. Whoever follows a book does
            not wait for that.
    """
    for block in read_blocks(path, offset, afar=afar):
        yield from block.splitlines(keepends=True) if b"\r" not in block else _lines(block)


def read_blocks(path: File, offset: int = 0, *, afar: bool = True) -> Iterator[bytes]:
    """The same, as blocks of whole lines."""
    if path.suffix == PARQUET:
        yield from _from(offset, _rows(path, afar=afar))
        return
    try:
        path, stream = _opened(path)
    except FileNotFoundError:
        found = _instead(path, afar=afar)
        if found is None:
            raise
        name, place = found
        if place.suffix == PARQUET:
            yield from _from(offset, read_rows(place, name))
        else:
            yield from read_blocks(place, offset, afar=afar)
        return
    with stream:
        if path.suffix == OPEN:
            stream.seek(offset)
            yield from _whole(_plain(stream))
        else:
            yield from _whole(_from(offset, _decompressed(path, stream)))


def _instead(path: File, *, afar: bool) -> tuple[str, File] | None:
    """What took the place of a segment that is on the disk no more, and the name that the segment has in it."""
    if isinstance(path, Archived):
        return None
    names = [place for place in (path, *later(path)) if place.suffix != OPEN]
    for where in (successor, archived) if afar else (successor,):
        for name in names:
            if (place := where(name)) is not None:
                return name.name, place
    return None


def _rows(path: File, *, afar: bool) -> Iterator[bytes]:
    """The records of a compacted segment, which may have been merged or archived since it was listed."""
    try:
        yield from read_rows(path)
    except FileNotFoundError:
        found: File | None = successor(path) if isinstance(path, Path) else None
        if found is None and afar and isinstance(path, Path) and not path.exists():
            found = archived(path)
        if found is None:
            raise
        yield from read_rows(found, None if found.name == path.name else path.name)


def archived(path: Path) -> Archived | None:
    """Where in its archive a segment of a book lies that is on its disk no more. Raises `OSError`, and `BookError`."""
    archive = archive_of(path.parents[3]) if len(path.parents) > _DEPTH else None
    return archive.at(path) if archive else None


def _opened(path: File) -> tuple[File, IO[bytes]]:
    """A segment's file, where it is now."""
    try:
        return path, path.open("rb")
    except FileNotFoundError:
        for place in [] if isinstance(path, Archived) else later(path):
            with suppress(FileNotFoundError):
                return place, place.open("rb")
        raise


def _lines(block: bytes) -> Iterator[bytes]:
    """Lines end with a line feed and nothing else."""
    for line in block.split(b"\n")[:-1]:
        yield line + b"\n"


def _plain(stream: IO[bytes]) -> Iterator[bytes]:
    while data := stream.read(BLOCK):
        yield data


def _decompressed(path: File, stream: IO[bytes]) -> Iterator[bytes]:
    decompressor = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW)
    told = 0
    with decompressor.stream_reader(stream, read_across_frames=True, closefd=False) as reader:
        while True:
            try:
                data = reader.read(BLOCK)
            except (zstandard.ZstdError, MemoryError):
                raise SegmentError(path, told, "what follows cannot be decompressed", plain=True) from None
            if not data:
                break
            told += len(data)
            yield data
    if told != seal_in(stream, path).size:
        raise SegmentError(path, told, "what follows is missing", plain=True)


def _from(offset: int, chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        if offset < len(chunk):
            yield chunk[offset:] if offset else chunk
        offset = max(0, offset - len(chunk))


def _whole(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Blocks of whole lines; a piece that is longer than any line of ours, as damage makes it, is no line."""
    rest = b""
    for chunk in chunks:
        whole, newline, left = chunk.rpartition(b"\n")
        if newline:
            yield rest + whole + newline
            rest = left
        elif len(rest) <= LONGEST_LINE:
            rest += left
