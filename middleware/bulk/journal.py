"""The journal of a book: which logs were written into it, and how far, so that nothing is written twice.

A log is known by what it holds, not by its name: rotated, renamed, packed or grown, it is the same one. Each log has a
file of its own in the book, `.enriched/<id>.json`, replaced as a whole after each block of lines.
"""

import hashlib
import hmac
import math
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from frontdesk.middleware.bulk.totals import Totals
from frontdesk.systemdata.disk import DISK, Disk
from frontdesk.systemdata.errors import BookError
from frontdesk.systemdata.ipcrypt import KEY_BYTES
from frontdesk.systemdata.lock import alone
from frontdesk.systemdata.pending import ENTRY, JOURNAL, no_entry
from frontdesk.systemdata.replacing import in_place_of
from frontdesk.systemdata.seal import write_all

_FORGOTTEN = "forgotten"
NAME = 16
"""Characters of a block's name, which stands in the names of its segments."""
HEAD = 4096
"""Bytes of a log's beginning that it is told by, at most; see `beginning`."""
_DAY = 86_400

Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Count = Annotated[int, Meta(ge=0)]


class Mark(Struct, frozen=True, forbid_unknown_fields=True):
    """How far a log was written: to which byte of it, unpacked, and the digest of all bytes before."""

    end: Count
    sha256: Digest


class Entry(Struct, forbid_unknown_fields=True, kw_only=True):
    """What is known of one log.

    `head` is the digest of its first `head_bytes` bytes. `pending` names the blocks that were begun after the last mark
    and may be in the book in part. `tail` is the length of a last line without an end that was read all the same, as
    part of the last mark, and `tail_written` whether it was taken for a visit. `last` is when the last of its visits
    happened, and `until` when that expires, in seconds since 1970; 0, where that is not known. `key` names its blocks.
    """

    id: Annotated[str, Meta(pattern=r"^[0-9a-f]{8,32}\Z")]
    log: str
    head_bytes: Count
    head: Digest
    marks: list[Mark] = []
    pending: list[str] = []
    read: Count = 0
    written: Count = 0
    counted: Count = 0
    expired: Count = 0
    rejected: Count = 0
    state: str = ""  # of the format, see `Format`
    tail: Count = 0
    tail_written: bool = False
    last: Count = 0
    until: Count = 0
    key: Annotated[str, Meta(pattern=r"^([0-9a-f]{2})*\Z")] = ""

    def name_of(self, sha256: str) -> str:
        """The name of a block, by the digest of the log up to its end.

        It stands in the names of segments, some of which are kept for longer than visits are: without the key, which
        goes with this entry, nobody can find out by guessing what the log held.
        """
        return hmac.digest(bytes.fromhex(self.key), sha256.encode(), "sha256").hex()[:NAME]

    @property
    def end(self) -> int:
        """To which byte the log was written."""
        return self.marks[-1].end if self.marks else 0

    @property
    def totals(self) -> Totals:
        """What became of its lines."""
        return Totals(self.read, self.written, self.counted, self.expired, self.rejected)


class Journal:
    """The journal of one book."""

    def __init__(self, directory: Path, disk: Disk = DISK) -> None:
        """Read the journal. Raises `BookError` where an entry cannot be read: nothing is written twice in doubt."""
        self._folder = directory / JOURNAL
        self._disk = disk
        self.entries = list(self._read())

    def known(self, head: bytes) -> list[Entry]:
        """The entries of logs that begin as this one does, the longest first."""
        found = [
            entry
            for entry in self.entries
            if len(head) >= entry.head_bytes and digest(head[: entry.head_bytes]) == entry.head
        ]
        return sorted(found, key=lambda entry: entry.end, reverse=True)

    def begin(self, log: str, head: bytes) -> Entry:
        """An entry for a log that is not known; it is written with its first mark."""
        head = beginning(head)
        key = secrets.token_hex(KEY_BYTES)
        entry = Entry(id=secrets.token_hex(8), log=log, head_bytes=len(head), head=digest(head), key=key)
        self.entries.append(entry)
        return entry

    def write(self, entry: Entry) -> None:
        """Bring an entry to the disk; afterwards it is the old one or the new, whole. Raises `BookError`."""
        path = self._folder / (entry.id + ENTRY)
        try:
            self._disk.make_folder(self._folder)
            with in_place_of(path, self._disk) as new:
                write_all(new.fd, msgspec.json.encode(entry), self._disk)
        except OSError as error:
            raise BookError(path, f"cannot be written: {error.strerror}") from None

    def forget(self, entry: Entry) -> None:
        """Let an entry go, as if the log had never been read. Raises `BookError`."""
        self.entries.remove(entry)
        path = self._folder / (entry.id + ENTRY)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise BookError(path, f"cannot be removed: {error.strerror}") from None

    def over(self, now: float, days: int) -> list[Entry]:
        """The entries of logs whose visits have all expired, where none is kept for more than so many days.

        To write such a log again would write nothing. Of an entry that does not know, its visits were before it was
        written, but for clocks that differ by a day at most.
        """
        return [entry for entry in self.entries if self._until(entry, days) <= now]

    def remember(self, entries: Iterable[Entry]) -> None:
        """Note until when lines are gone of logs that are to be forgotten. Raises `OSError` and `BookError`."""
        known = forgotten(self._folder.parent)
        last = max((math.ceil(self._last(entry)) for entry in entries), default=0)
        if last > known:
            with in_place_of(self._folder / _FORGOTTEN, self._disk) as new:
                write_all(new.fd, str(last).encode(), self._disk)

    def _until(self, entry: Entry, days: int) -> float:
        latest = self._last(entry) + days * _DAY
        return min(entry.until, latest) if entry.until and not entry.pending else latest

    def _last(self, entry: Entry) -> float:
        written = (self._folder / (entry.id + ENTRY)).stat().st_mtime + _DAY
        return min(entry.last, written) if entry.last and not entry.pending else written

    def _read(self) -> Iterator[Entry]:
        for path in sorted(self._folder.glob(f"*{ENTRY}")):
            try:
                entry = msgspec.json.decode(path.read_bytes(), type=Entry)
                entry.key = entry.key or secrets.token_hex(KEY_BYTES)
                yield entry
            except OSError as error:
                raise BookError(path, f"cannot be read: {error.strerror}") from None
            except msgspec.MsgspecError:
                raise no_entry(path) from None


def sweep(directory: Path, now: float, days: int, *, dry_run: bool = False) -> int:
    """Forget the logs of a book whose visits have all expired, and say how many they are; in a dry run only say it.

    A digest of few lines can be guessed, and so is not to outlive what came of them. Raises `BookError`.
    """
    if not (directory / JOURNAL).is_dir():
        return 0
    with alone(directory):
        try:
            journal = Journal(directory)
            over = journal.over(now, days)
            if not dry_run:
                journal.remember(over)
            for entry in [] if dry_run else over:
                journal.forget(entry)
        except OSError as error:
            raise BookError(error.filename or directory, f"cannot be purged: {error.strerror}") from None
    return len(over)


def forgotten(directory: Path) -> int:
    """Until when the lines of logs are gone that the journal of a book has forgotten, in seconds since 1970.

    Nobody may know again which of them were written, and their hours' counts are kept for longer. Raises `BookError`.
    """
    path = directory / JOURNAL / _FORGOTTEN
    try:
        return int(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return 0
    except (OSError, ValueError):
        raise BookError(path, "cannot be read: it is a number of seconds since 1970") from None


def beginning(head: bytes) -> bytes:
    """What of a log's first bytes it is told by."""
    return head[: zeros(head) + HEAD]


def zeros(head: bytes) -> int:
    """How many zero bytes a log begins with. One that was emptied under its writer has as many as it had been long, and
    they tell nothing of it."""
    return len(head) - len(head.lstrip(b"\0"))


def digest(data: bytes) -> str:
    """The sha256 of bytes, in hex."""
    return hashlib.sha256(data).hexdigest()
