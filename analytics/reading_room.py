"""The reading room: where DuckDB reads archived segments, by a file system of ours in memory of this process.

It has the files that one question needs and no others, and nothing can be written in it. DuckDB's own way to a store
would be an extension that is fetched when it is used, with credentials of its own.
"""

import importlib
import io
from collections import OrderedDict
from collections.abc import Iterable
from datetime import UTC, datetime
from threading import Lock
from typing import IO, Any

from frontdesk.policy.errors import FrontdeskError
from frontdesk.systemdata.archived import WHOLE, Archived, File
from frontdesk.systemdata.seal import Seal, read_seal, seal_of

_SCHEME = "reading-room"
_MOST_HELD = 128 << 20  # bytes, beside what the engine may take
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def address_of(file: File) -> str:
    """Where DuckDB finds a segment."""
    if not isinstance(file, Archived):
        return str(file)
    place = file.store.address(file.entry.name)
    return place or f"{_SCHEME}://{str(file).replace('://', '/')}"


class ReadingRoom:
    """The archived segments that a connection may read."""

    def __init__(self, connected: Any) -> None:
        self._connected = connected
        self._files: dict[str, Archived] = {}
        self._held = _Held()
        self._is_open = False

    def admit(self, files: Iterable[File]) -> None:
        """Let the connection read some segments. Raises `FrontdeskError` where a library is not installed."""
        for file in files:
            if isinstance(file, Archived) and _is_read_here(file):
                self._files[address_of(file)] = file
        if self._files and not self._is_open:
            self._connected.register_filesystem(_file_system(self._files, self._held))
            self._is_open = True

    def seal(self, file: File) -> Seal | None:
        """What a segment says of itself; None of one that would be asked for in parts, and for this once more.

        Raises `SegmentError`, and `OSError`.
        """
        if not isinstance(file, Archived) or not _is_read_here(file):
            return read_seal(file)
        return seal_of(io.BytesIO(self._held.content(file)), file) if file.entry.size <= WHOLE else None


def _is_read_here(file: Archived) -> bool:
    return address_of(file).startswith(_SCHEME)


def _file_system(files: dict[str, Archived], held: "_Held") -> Any:
    """A file system as DuckDB asks for one, which must be fsspec's."""
    try:
        base = importlib.import_module("fsspec").AbstractFileSystem
    except ImportError:
        raise FrontdeskError("archived records need a library: pip install 'frontdesk[objects]'") from None
    made = type(base)("ReadingRoomFiles", (_Files, base), {})()
    made.files, made.held = files, held
    return made


class _Held:
    """What was asked of a store last, for a question reads a file several times. It is gone with the question."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._content: OrderedDict[Archived, bytes] = OrderedDict()
        self._size = 0

    def content(self, file: Archived) -> bytes:
        """All that a file holds. Raises `OSError`."""
        with self._lock:
            if file in self._content:
                self._content.move_to_end(file)
                return self._content[file]
        content = file.fetch(0, file.entry.size)
        with self._lock:
            if file not in self._content:
                self._content[file] = content
                self._size += len(content)
            while self._size > _MOST_HELD:
                self._size -= len(self._content.popitem(last=False)[1])
        return content


class _Files:
    """What DuckDB asks of a file system, as far as it reads."""

    protocol = _SCHEME
    cachable = False
    files: dict[str, Archived]
    held: _Held

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        return {"name": path, "size": self._of(path).entry.size, "type": "file"}

    def modified(self, _: str) -> datetime:
        return _LONG_AGO  # it does not change while a question is answered

    def glob(self, path: str, **_: Any) -> list[str]:
        return [path] if path in self.files else []

    def open(self, path: str, mode: str = "rb", **_: Any) -> IO[bytes]:
        if mode != "rb":
            raise PermissionError(f"{path}: nothing is written here")
        file = self._of(path)
        return file.open("rb") if file.entry.size > WHOLE else io.BytesIO(self.held.content(file))

    def _of(self, path: str) -> Archived:
        if path not in self.files:
            raise FileNotFoundError(path)
        return self.files[path]
