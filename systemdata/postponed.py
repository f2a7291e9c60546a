"""Erasures that wait: what was asked for stood where a process was writing, or a hold or damage kept it there. They
wait until it is sealed, released and mended.

The key to a day's ids goes with the day, so nobody could ask for them again. What is kept is no address but what those
records say themselves: ids of the day, encrypted addresses. It goes when they have.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import msgspec
from msgspec import Struct

from frontdesk.systemdata import fields as f
from frontdesk.systemdata.disk import DISK
from frontdesk.systemdata.errors import BookError
from frontdesk.systemdata.replacing import in_place_of
from frontdesk.systemdata.seal import write_all
from frontdesk.systemdata.shelf import Shelf
from frontdesk.systemdata.tags import Record

_FOLDER = "erasures"
_SUFFIX = ".json"


class Postponed(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is to be erased from a shelf: the records that have one of these marks."""

    retention_class: str
    day: str
    entity: str
    marks: tuple[str, ...]

    @classmethod
    def of(cls, shelf: Shelf, marks: Iterable[str]) -> Self:
        """The records of a shelf with these marks."""
        return cls(
            retention_class=shelf.retention_class, day=shelf.day, entity=shelf.entity, marks=tuple(sorted(set(marks)))
        )

    @property
    def shelf(self) -> Shelf:
        """The shelf that the records stand on."""
        return Shelf(self.retention_class, self.day, self.entity)


def mark_of(record: Record) -> str | None:
    """What a record says that tells it from those of other visitors; None where it says nothing of the kind."""
    mark = record.get(f.DAILY_ID) or record.get(f.ENCRYPTED_ADDRESS)
    return mark if isinstance(mark, str) else None


class Postponements:
    """The erasures that wait in one book, each in a file that only its owner may read."""

    def __init__(self, directory: Path) -> None:
        self._folder = directory / _FOLDER

    def paths(self) -> list[Path]:
        """The files of all that wait."""
        return sorted(self._folder.glob(f"*{_SUFFIX}"))

    def read(self, path: Path) -> Postponed:
        """What a file of them says. Raises `BookError` where it cannot be read."""
        try:
            return msgspec.json.decode(path.read_bytes(), type=Postponed)
        except OSError as error:
            raise BookError(path, f"the erasure cannot be read: {error.strerror}") from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            way_out = "restore it, or answer the request again and delete it"
            raise BookError(path, f"is no erasure that waits: {way_out}") from None

    def add(self, postponed: Postponed) -> None:
        """Write one down; the same one again changes nothing. Raises `OSError`."""
        DISK.make_folder(self._folder)
        with in_place_of(self._path(postponed)) as new:
            write_all(new.fd, msgspec.json.encode(postponed), DISK)

    def remove(self, postponed: Postponed) -> None:
        """Let one go that is done. Raises `OSError`."""
        self._path(postponed).unlink()
        DISK.sync_folder(self._folder)

    def _path(self, postponed: Postponed) -> Path:
        """Where it lies: a name that says what it holds, and nothing of it."""
        name = hashlib.sha256(msgspec.json.encode(postponed)).hexdigest()[:32]
        return self._folder / f"{name}{_SUFFIX}"
