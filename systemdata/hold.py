"""Holds: legal stops on purge and erasure, by class, entity and time, each with its reason.

A hold is a file of its own in the book. One that cannot be read stops every purge: nothing is taken out in doubt.
"""

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from frontdesk.policy.model import Id
from frontdesk.systemdata.disk import DISK
from frontdesk.systemdata.errors import BookError
from frontdesk.systemdata.seal import read_seal
from frontdesk.systemdata.shelf import Shelf

_SUFFIX = ".json"
_LONGEST = 64 << 10
_LONGEST_REASON = 1000  # characters: a sentence of a lawyer's

Time = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")]
"""A time as the records write it, which sorts as text."""


class Hold(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What may not be taken out of the book: None means every class, every entity, or no end of the time."""

    id: Id
    reason: str
    made: Time
    retention_class: str | None = None
    entity: str | None = None
    since: Time | None = None
    until: Time | None = None

    def __post_init__(self) -> None:
        # Here, and by no `Meta`, which is looked at only when a hold is read again.
        if not self.reason.strip() or len(self.reason) > _LONGEST_REASON:
            raise ValueError(
                f"a hold's reason has 1 to {_LONGEST_REASON:,} characters, not all of them spaces;"
                f" this one has {len(self.reason):,}"
            )
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ValueError("a hold's time ends before it begins")

    def may_cover(self, shelf: Shelf, first: str, last: str) -> bool:
        """Whether the hold may cover any record of a shelf between two times."""
        named = self.retention_class in {None, shelf.retention_class} and self.entity in {None, shelf.entity}
        return named and self._begins(last) and (self.until is None or first < self.until)

    def covers(self, shelf: Shelf, at: str) -> bool:
        """Whether the hold covers a record of a shelf and a time."""
        return self.may_cover(shelf, at, at)

    def _begins(self, at: str) -> bool:
        """Whether the hold has begun at a time. It begins with the full hour: some records tell no more than that."""
        return self.since is None or at >= f"{self.since[:13]}:00:00.000Z"


class Holds:
    """The holds of one book."""

    def __init__(self, directory: Path) -> None:
        self._folder = directory / "holds"

    def all(self) -> list[Hold]:
        """Every hold, oldest first. Raises `BookError` for one that cannot be read."""
        try:
            paths = sorted(path for path in self._folder.iterdir() if path.suffix == _SUFFIX)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise BookError(self._folder, f"the holds cannot be read: {error.strerror}") from None
        return sorted(map(_read, paths), key=lambda hold: (hold.made, hold.id))

    def add(self, hold: Hold) -> None:
        """Write a hold down. Raises `BookError`, also where one with its id is there, or it could not be read again."""
        path = self._path(hold.id)
        content = _encoded(path, hold)
        part = path.with_suffix(".part")
        try:
            DISK.make_folder(self._folder)
            fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(fd, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(fd)
            os.link(part, path)
            DISK.sync_folder(self._folder)
        except FileExistsError:
            raise BookError(path, "there is a hold with this id already") from None
        except OSError as error:
            raise BookError(path, f"the hold cannot be written: {error.strerror}") from None
        finally:
            with suppress(OSError):
                part.unlink()

    def release(self, hold_id: str) -> Hold:
        """Take a hold away, and give what it was. Raises `BookError` where there is none of this id."""
        hold = next((hold for hold in self.all() if hold.id == hold_id), None)
        if hold is None:
            known = ", ".join(hold.id for hold in self.all()) or "none"
            raise BookError(self._folder, f"there is no hold {hold_id!r}; known are {known}")
        try:
            self._path(hold_id).unlink()
            DISK.sync_folder(self._folder)
        except OSError as error:
            raise BookError(self._path(hold_id), f"the hold cannot be released: {error.strerror}") from None
        return hold

    def _path(self, hold_id: str) -> Path:
        return self._folder / f"{hold_id}{_SUFFIX}"


def new_id(now: datetime) -> str:
    """An id for a new hold: its day, and some letters that no other has."""
    return f"{now.astimezone(UTC):%Y-%m-%d}-{secrets.token_hex(3)}"


def is_held(holds: Iterable[Hold], shelf: Shelf, at: str) -> bool:
    """Whether any hold covers a record of a shelf and a time."""
    return any(hold.covers(shelf, at) for hold in holds)


def keeps(path: Path) -> bool:
    """Whether a hold may cover any record of a sealed segment; in doubt, where either cannot be read, it does."""
    entity, day, retention_class, directory = path.parents[:4]
    shelf = Shelf(retention_class.name, day.name, entity.name)
    try:
        holds = Holds(directory).all()
        seal = read_seal(path) if holds else None
    except BookError:
        return True
    if seal is None:
        return False
    first, last = seal.first or f"{shelf.day}T00:00:00.000Z", seal.last or f"{shelf.day}T23:59:59.999Z"
    return any(hold.may_cover(shelf, first, last) for hold in holds)


def _encoded(path: Path, hold: Hold) -> bytes:
    """A hold as its file has it. One that could not be read again would stop every purge, so it is refused."""
    try:
        content = msgspec.json.format(msgspec.json.encode(hold))
        msgspec.json.decode(content, type=Hold)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise BookError(path, f"the hold cannot be written: {error}") from None
    return content


def _read(path: Path) -> Hold:
    try:
        with path.open("rb") as stream:
            hold = msgspec.json.decode(stream.read(_LONGEST), type=Hold)
    except OSError as error:
        raise BookError(path, f"the hold cannot be read: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BookError(path, f"is no hold: {error}; nothing is taken out of the book until it is mended") from None
    if hold.id != path.stem:
        raise BookError(path, f"is the hold {hold.id!r} under another name; nothing is taken out until it is mended")
    return hold
