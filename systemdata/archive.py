"""A book's archive: the store where shelves of days that are over lie, under the names that they had in the book.

The book remembers its archive in a file of its own, so that whoever reads, purges or erases need not be told of it. In
the store stands whose archive it is: two books never share one, for neither would know the other's holds.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from frontdesk.systemdata.archived import Archived, is_same
from frontdesk.systemdata.disk import DISK
from frontdesk.systemdata.errors import BookError, SegmentError
from frontdesk.systemdata.footer import read_note
from frontdesk.systemdata.shelf import PARQUET, Shelf, is_segment, is_shelf
from frontdesk.systemdata.store import ON_DISK, Entry, Store, open_store

_NAME = "archive.json"
_BEGUN = "archive.json.part"
_UNDER_WAY = "archive-under-way"
_STAGE = "archive-stage"
_LONGEST = 4096
_DEPTH = 4  # class, day, entity, segment


KEEPS_DELETED = (
    "the bucket has versioning, so what is deleted stays in it: what has expired would not go, and nobody could be"
    " erased. Switch it off and remove old versions, or use a bucket without"
)


CANNOT_TELL = (
    "whether this store keeps what is deleted cannot be told: versioning and soft delete must be off, for what has"
    " expired must go"
)


class _Deed(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the book says of its archive, and the archive of its book."""

    id: str
    url: Annotated[str, Meta(min_length=1, max_length=1024)] | None = None


class Archive:
    """What of a book lies in a store."""

    def __init__(self, book: Path, store: Store) -> None:
        self.book = book
        self.store = store

    def listing(self, retention_class: str = "", since: str = "", day: str = "") -> dict[Shelf, list[Archived]]:
        """The archived segments by shelf, oldest day first; of a class, and of one of its days, only those.

        Raises `OSError`.
        """
        found: dict[Shelf, list[Archived]] = {}
        under = "".join(f"{part}/" for part in (retention_class, day) if part)
        for entry in sorted(self.store.entries(under)):
            file = self._file(entry)
            if file is not None and file.home.parents[1].name >= since:
                found.setdefault(shelf_of(file.home), []).append(file)
        return dict(sorted(found.items(), key=lambda item: (item[0].day, item[0])))

    def at(self, home: Path) -> Archived | None:
        """The archived segment that lay somewhere in the book, or the one that took its place before it was archived.

        Raises `OSError`.
        """
        folder = home.parent.relative_to(self.book).as_posix() + "/"
        there = [file for entry in self.store.entries(folder) if (file := self._file(entry))]
        return next((file for file in there if file.home == home), None) or _successor(there, home.name)

    def name_of(self, home: Path) -> str:
        """The name under which a segment of the book lies in the store."""
        return home.relative_to(self.book).as_posix()

    def sweep(self) -> None:
        """Take away what was put in part, and nobody reads. Only for who holds the book alone. Raises `OSError`."""
        self.store.sweep(_is_ours)

    def _file(self, entry: Entry) -> Archived | None:
        """What an entry is; None for a file that is none of ours."""
        return Archived(self.store, self.book / entry.name, entry) if _is_ours(entry.name) else None


def archive_of(book: Path) -> Archive | None:
    """The archive of a book, None where it has none.

    Raises `BookError` where it cannot be reached, or is not this book's: nobody takes a part of a book for the whole.
    """
    deed = _read(book / _NAME)
    if deed is None or deed.url is None:
        return None
    try:
        return Archive(book, _opened(book, deed))
    except OSError as error:
        raise BookError(error.filename or deed.url, f"the book's archive cannot be read: {error.strerror}") from None


def doubt_of(book: Path) -> str | None:
    """What is not known of a book's archive, and matters where something was deleted from it. Raises `BookError`."""
    archive = archive_of(book)
    untold = archive is not None and archive.store.keeps_deleted() is None
    return f"{archive.store.url}: {CANNOT_TELL}" if archive and untold else None


def place_of(book: Path) -> str | None:
    """Where the archive of a book is, without asking there; None where it has none. Raises `BookError`."""
    deed = _read(book / _NAME)
    return deed.url if deed else None


def found(book: Path, url: str) -> Archive:
    """The archive of a book at a place, begun there if the book has none yet.

    Raises `BookError`, also where the book's archive is away: another in its place would know nothing of its records.
    """
    url = url.rstrip("/")
    _see_apart(book, url)
    deed = _read(book / _NAME)
    if deed is not None and deed.url != url:
        raise BookError(book, f"its archive is {deed.url}, and the policy says {url}: one book has one archive")
    try:
        return Archive(book, _opened(book, deed) if deed else _founded(book, _begun(book, url)))
    except OSError as error:
        raise BookError(error.filename or url, f"no archive can be begun here: {error.strerror}") from None


def _see_apart(book: Path, url: str) -> None:
    """A segment that is moved onto itself would be deleted: a store on a disk is nowhere in or around the book."""
    if not url.startswith(ON_DISK):
        return
    home, place = book.resolve(), Path(url.removeprefix(ON_DISK)).resolve()
    is_there = place.exists() and place.samefile(home)  # as by a mount
    if is_there or home == place or home in place.parents or place in home.parents:
        raise BookError(url, f"no archive can be begun here: it is in or around the book itself, {book}")


def _begun(book: Path, url: str) -> _Deed:
    """What the book is to say, noted before the store is told of it: so whoever was killed in between can go on."""
    with suppress(BookError):  # cut short: then the store was not told yet
        begun = _read(book / _BEGUN)
        if begun and begun.url == url:
            return begun
    deed = _Deed(secrets.token_hex(16), url)
    with os.fdopen(DISK.open(book / _BEGUN, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "wb") as stream:
        stream.write(msgspec.json.encode(deed))
        stream.flush()
        os.fsync(stream.fileno())
    return deed


def _opened(book: Path, deed: _Deed) -> Store:
    """The store in which a book's archive was begun. Raises `OSError`, and `BookError` where it is not there."""
    store = open_store(deed.url or "")
    told = _claim(store)
    if told is None:
        mend = f"as by mounting its disk; only if it is gone for good, delete {book / _NAME} to begin another"
        raise BookError(deed.url, f"here should be the archive of {book}, and there is none: bring it back, {mend}")
    _check(deed, told, book)
    return store


def _founded(book: Path, deed: _Deed) -> Store:
    """The store with the claim of a book that is about to have an archive there, also where a killed run began."""
    store = open_store(deed.url or "")
    told = _claim(store)
    if told is None:
        with suppress(FileExistsError):  # another book was quicker
            store.create(_NAME, msgspec.json.encode(_Deed(deed.id)))
        told = _claim(store)
    _check(deed, told or _Deed(""), book)
    DISK.rename(book / _BEGUN, book / _NAME)
    DISK.sync_folder(book)
    return store


def begin(book: Path) -> None:
    """Note that segments are being moved: until they all are, some may be in both places. Raises `OSError`."""
    os.close(DISK.open(book / _UNDER_WAY, os.O_WRONLY | os.O_CREAT))
    DISK.sync_folder(book)


def settle(book: Path) -> None:
    """End what a killed move left: a segment that is in both places stays in one. What a rewriting left goes too.

    Only for who holds the book alone. Raises `OSError`, and `BookError`.
    """
    with suppress(FileNotFoundError):
        for path in list((book / _STAGE).iterdir()):
            path.unlink()
    if not (book / _UNDER_WAY).exists():
        return
    archive = archive_of(book)
    for files in archive.listing().values() if archive else ():
        for file in files:
            if not file.home.exists():
                continue
            if is_same(file.store, file.entry.name, file.home):
                DISK.unlink(file.home)
                DISK.sync_folder(file.home.parent)
            else:
                file.store.delete(file.entry.name)
    end(book)


def cleared(book: Path) -> Archive | None:
    """The archive of a book for who takes records out of it: nothing lies there besides that no reader finds.

    Only for who holds the book alone. Raises `OSError`, and `BookError` as `archive_of` does.
    """
    settle(book)
    archive = archive_of(book)
    if archive is not None:
        archive.sweep()
    return archive


def end(book: Path) -> None:
    """Note that every segment is in one place. Raises `OSError`."""
    (book / _UNDER_WAY).unlink(missing_ok=True)


def stage_of(book: Path) -> Path:
    """A folder of the book, on no shelf, for a segment that is made for the archive. Raises `OSError`."""
    folder = book / _STAGE
    DISK.make_folder(folder)
    return folder


def shelf_of(home: Path) -> Shelf:
    """The shelf of a segment, by where it lies in the book."""
    return Shelf(home.parents[2].name, home.parents[1].name, home.parent.name)


def _is_ours(name: str) -> bool:
    """Whether a name in a store is that of a segment on a shelf."""
    parts = name.split("/")
    return len(parts) == _DEPTH and is_shelf(Shelf(*parts[:3])) and is_segment(Path(parts[3]))


def _successor(there: list[Archived], name: str) -> Archived | None:
    for file in there:
        if file.suffix == PARQUET:
            with suppress(SegmentError, FileNotFoundError):
                if name in (source.name for source in read_note(file).sources):
                    return file
    return None


def _claim(store: Store) -> _Deed | None:
    """What a store says whose archive it is; None where it says nothing. Raises `OSError`, and `BookError`."""
    there = [entry for entry in store.entries(_NAME) if entry.name == _NAME]
    return _decoded(store.read(_NAME, 0, min(there[0].size, _LONGEST)), f"{store.url}/{_NAME}") if there else None


def _check(deed: _Deed, told: _Deed, book: Path) -> None:
    if deed.id != told.id:
        raise BookError(deed.url, f"is the archive of another book than {book}: give each book a place of its own")


def _read(path: Path) -> _Deed | None:
    try:
        with path.open("rb") as stream:
            return _decoded(stream.read(_LONGEST), str(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise BookError(path, f"cannot be read: {error.strerror}") from None


def _decoded(content: bytes, place: str) -> _Deed:
    try:
        return msgspec.json.decode(content, type=_Deed)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BookError(place, "does not say whose archive this is") from None
