"""The seal of a Parquet segment, read without a Parquet library: by two small reads from the end of the file.

A Parquet file ends with a footer in Thrift's compact protocol, its length, and `PAR1`. In the footer the key-value
metadata comes after the row groups and their statistics, so whatever a record holds stands before it: the last
`frontdesk.seal` in a footer of ours is the key.
"""

import hashlib
import os
from collections.abc import Iterator
from functools import lru_cache
from typing import IO, Any, NamedTuple

import orjson

from frontdesk.systemdata.archived import File
from frontdesk.systemdata.errors import SegmentError

KEY = "frontdesk.seal"
"""The key of the seal among the file's key-value metadata."""
NO_DIGEST = "0" * 64
"""What stands where the file's sha256 belongs, while that is taken."""

_MAGIC = b"PAR1"
_TAIL = 8
_LARGEST = 16 << 20
_BLOCK = 256 << 10
_BINARY = b"\x18"  # the next field is binary
_DIGEST = b'"sha256":"'


class Source(NamedTuple):
    """A segment that a Parquet segment took the place of: its name, and its records there, one after another."""

    name: str
    first: int
    records: int


class Note(NamedTuple):
    """What stands under the key, and where the digest in it begins, in bytes from the start of the file."""

    seal: dict[str, Any]
    sources: tuple[Source, ...]
    digest_at: int


def read_note(path: File) -> Note:
    """What a Parquet segment says of itself. Raises `SegmentError` where it says nothing, and `OSError`."""
    facts = path.stat()
    return _read_note(path, facts.st_dev, facts.st_ino, facts.st_mtime_ns, facts.st_size)


@lru_cache(maxsize=1024)
def _read_note(path: File, *_as_it_is_now: int) -> Note:
    with path.open("rb") as stream:
        return note_in(stream, path)


def note_in(stream: IO[bytes], path: File) -> Note:
    """The same of a file that is open, under a name for the error."""
    size = stream.seek(0, os.SEEK_END)
    footer, start = _footer(stream, size, path)
    key = b"%s%c%s%s" % (_BINARY, len(KEY), KEY.encode(), _BINARY)
    at = footer.rfind(key)
    if at < 0:
        raise SegmentError(path, size, "the seal is missing: the file is no sealed segment")
    length, begin = _varint(footer, at + len(key))
    text = footer[begin : begin + length]
    try:
        seal = orjson.loads(text)
        sources = _sources(seal.pop("sources"))
        digest_at = start + begin + text.index(_DIGEST) + len(_DIGEST)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise SegmentError(path, start + begin, "the seal cannot be read") from None
    return Note(seal, sources, digest_at)


def sha256(stream: IO[bytes], note: Note) -> str:
    """The sha256 of a whole Parquet segment, with noughts where it says its own. Raises `OSError`."""
    digest = hashlib.sha256()
    stream.seek(0)
    for block in _pieces(stream, note.digest_at):
        digest.update(block)
    digest.update(NO_DIGEST.encode())
    stream.seek(len(NO_DIGEST), os.SEEK_CUR)
    for block in _pieces(stream, None):
        digest.update(block)
    return digest.hexdigest()


def _pieces(stream: IO[bytes], size: int | None) -> Iterator[bytes]:
    """So many bytes of a file, or what is left of it."""
    left = _BLOCK if size is None else size
    while left and (data := stream.read(min(_BLOCK, left))):
        left -= 0 if size is None else len(data)
        yield data


def _footer(stream: IO[bytes], size: int, path: File) -> tuple[bytes, int]:
    """The footer of a Parquet file, and where it begins."""
    stream.seek(max(0, size - _TAIL))
    tail = stream.read(_TAIL)
    length = int.from_bytes(tail[:4], "little")
    start = size - _TAIL - length
    if len(tail) != _TAIL or tail[4:] != _MAGIC or length > _LARGEST or start < len(_MAGIC):
        raise SegmentError(path, size, "the seal is missing: the file was cut short or is no sealed segment")
    stream.seek(start)
    return stream.read(length), start


def _sources(told: list[list[Any]]) -> tuple[Source, ...]:
    found, first = [], 0
    for name, records in told:
        if not isinstance(name, str) or not isinstance(records, int) or records < 0:
            raise TypeError
        found.append(Source(name, first, records))
        first += records
    return tuple(found)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number as Thrift writes it, seven bits a byte, and where it ends."""
    value = shift = 0
    for place in range(at, min(at + 5, len(data))):
        value |= (data[place] & 0x7F) << shift
        if not data[place] & 0x80:
            return value, place + 1
        shift += 7
    return 0, at
