"""Requests of data subjects: what the book holds of one address, as far as anybody can still tell.

Security records can be singled out by decryption, as long as the key of their day is there. Visits of today can, where
the policy gives daily ids, by the key of today. No other record can: it has at most the network, which an address
shares with 255 others or more, and there is no key any more that would tell them apart (Article 11 GDPR).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

import orjson

from frontdesk.policy import FrontdeskError, Policy
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.afterwards import afterwards, together, told
from frontdesk.systemdata.archive import KEEPS_DELETED, Archive, cleared
from frontdesk.systemdata.archived import File
from frontdesk.systemdata.daily_id import daily_id, day_of, memory_keys
from frontdesk.systemdata.errors import BookError, SegmentError
from frontdesk.systemdata.hold import Hold, Holds, is_held
from frontdesk.systemdata.ipcrypt import decrypt
from frontdesk.systemdata.keys import security_keys
from frontdesk.systemdata.lock import alone
from frontdesk.systemdata.minimise import coarser, network_of
from frontdesk.systemdata.postponed import Postponed, Postponements, mark_of
from frontdesk.systemdata.read import read
from frontdesk.systemdata.recover import recover
from frontdesk.systemdata.rewrite import rewrite
from frontdesk.systemdata.shelf import OPEN, Shelf
from frontdesk.systemdata.tags import Record
from frontdesk.systemdata.whole import files


class Request(NamedTuple):
    """Whose records are asked for: a packed address, and the days from the first to the last."""

    address: bytes
    first: str
    last: str


class Found(NamedTuple):
    """What one book holds of an address."""

    records: list[Record]
    held: int  # of these, the ones that a hold covers
    in_open_segments: int  # of these, the ones in segments that are being written
    security: int  # security records that were looked through
    without_key: int  # of these, the ones whose address nobody can read any more
    of_network: int  # visits of the same network, which cannot be told from those of others
    damaged: list[str]  # segments that could not be read to their end, or have lines that are no records


class Erased(NamedTuple):
    """What was erased, and what had to stay."""

    erased: int
    held: int
    in_open_segments: int
    damaged: list[
        str
    ]  # segments that stay as they are, as they cannot be read to their end, or keep lines that are no records
    ended: bool = True  # whether every segment was looked through; else it broke off

    @property
    def is_over(self) -> bool:
        """Whether nothing of what was asked for can be left."""
        return self.ended and not (self.held or self.in_open_segments or self.damaged)


def counts(erased: Erased) -> Iterator[tuple[str, int | None]]:
    """What an erasure did, as an audit record tells it."""
    yield "erased", erased.erased
    yield "held", erased.held
    yield "in_open_segments", erased.in_open_segments
    yield "damaged", len(erased.damaged) or None
    yield "broken_off", None if erased.ended else 1


Match = Callable[[Record], bool]


def find(policy: Policy, directory: Path, request: Request, now: datetime) -> Found:
    """Look through a book and its archive. Raises `BookError` where it cannot be read."""
    try:
        return _Search(policy, directory, request, now).run()
    except OSError as error:
        raise BookError(error.filename or directory, f"cannot be read: {error.strerror}") from None


def erase(
    policy: Policy,
    directory: Path,
    request: Request,
    now: datetime,
    testify: Callable[[Erased], object] = lambda _: None,
) -> Erased:
    """Rewrite each sealed segment that holds records of the address, without them; those on hold stay.

    What stays, being written, on hold or beside damage, is noted, and goes by `finish`. `testify` gets the account of
    what was done also where that is not all, and an error follows. If `testify` fails then, the error has a note of it.

    Raises `BookError` where the book cannot be read or changed.
    """
    begun: _Erasure | None = None

    def tell() -> None:
        if begun is not None:
            testify(begun.account())

    with afterwards(tell), alone(directory):
        try:
            _require_whole(cleared(directory))
            for _ in recover(directory):
                pass  # what dead processes left can be rewritten then
            begun = _Erasure(_Search(policy, directory, request, now))
            with afterwards(partial(begun.postpone, Postponements(directory))):
                begun.run()
        except OSError as error:
            raise _unchanged(directory, error) from None
    return begun.account()


def finish(directory: Path, testify: Callable[[Erased], object] = lambda _: None) -> None:
    """Erase what `erase` found and could not take out, as far as it can be by now.

    An erasure waits on while anything that it names is on hold, or may be in a segment that is damaged. `testify` gets
    the account of each, but for those that only wait for segments to be sealed.

    Raises `FrontdeskError` where an erasure, or the book, cannot be read or changed, after all others; with a note of
    each further one.
    """
    waiting = Postponements(directory)
    if not waiting.paths():
        return
    failed: list[FrontdeskError] = []
    with alone(directory):
        for _ in recover(directory):
            pass
        for path in waiting.paths():
            try:
                _finish(_Rest(directory, waiting.read(path)), waiting, testify)
            except FrontdeskError as error:
                failed.append(error)
            except OSError as error:
                failed.append(_unchanged(directory, error))
    if failed:
        raise together(failed)


def _finish(rest: "_Rest", waiting: Postponements, testify: Callable[[Erased], object]) -> None:
    erasure = _Erasure(rest)

    def tell() -> None:
        done = erasure.account()
        if done.erased or done.held or done.damaged or not done.in_open_segments:
            testify(done)

    with afterwards(tell):
        erasure.run()
        if erasure.account().is_over:
            waiting.remove(rest.postponed)


def _unchanged(directory: Path, error: OSError) -> BookError:
    """What is said where the book cannot be changed, with the notes that the error had."""
    worded = BookError(error.filename or directory, f"cannot be changed: {error.strerror}")
    for note in told(error)[1:]:
        worded.add_note(note)
    return worded


class _Where(Protocol):
    """Where records of an address may stand, and what tells them from others."""

    holds: list[Hold]

    def files(self) -> Iterator[tuple[Shelf, File]]: ...

    def match(self, shelf: Shelf) -> Match: ...


class _Rest:
    """The shelf of an erasure that was postponed."""

    def __init__(self, directory: Path, postponed: Postponed) -> None:
        self.postponed = postponed
        self.holds = Holds(directory).all()
        self._directory = directory
        self._marks = frozenset(postponed.marks)

    def files(self) -> Iterator[tuple[Shelf, File]]:
        """The segments of the shelf, on the disk and in the archive."""
        shelf = self.postponed.shelf
        for found, path in files(self._directory, retention_class=shelf.retention_class, day=shelf.day):
            if found == shelf:
                yield found, path

    def match(self, shelf: Shelf) -> Match:  # noqa: ARG002 - there is the one
        """What tells the records from others."""
        return lambda record: mark_of(record) in self._marks


class _Search:
    """Goes through the shelves of a request's days."""

    def __init__(self, policy: Policy, directory: Path, request: Request, now: datetime) -> None:
        self._directory = directory
        self._request = request
        self.holds = Holds(directory).all()
        self._keys = security_keys(directory)
        in_memory = memory_keys(policy.log.directory)
        self._today = day_of(now.timestamp())
        self._todays_key = in_memory.get(self._today) if in_memory else None
        network = network_of(request.address)
        self._networks = {network, coarser(network)}

    def run(self) -> Found:
        records: list[Record] = []
        held = in_open = security = without_key = of_network = 0
        damaged: list[str] = []
        for shelf, path in self.files():
            key = self._keys.get(shelf.day) if shelf.retention_class == "security" else None
            match = self.match(shelf)
            flaws = _Flaws()
            for record in filter(None, _lines(path, flaws)):
                if shelf.retention_class == "security":
                    security += 1
                    without_key += f.ENCRYPTED_ADDRESS in record and key is None
                if match(record):
                    records.append(record)
                    held += is_held(self.holds, shelf, record[f.TIMESTAMP])
                    in_open += path.suffix == OPEN
                elif record.get(f.CLIENT_NETWORK) in self._networks:
                    of_network += 1
            damaged += flaws.told
        return Found(records, held, in_open, security, without_key, of_network, damaged)

    def files(self) -> Iterator[tuple[Shelf, File]]:
        """The segments where records of a visitor may stand, on the disk and in the archive."""
        for shelf, path in files(self._directory, self._request.first):
            if shelf.day <= self._request.last and shelf.retention_class in {"visit", "security"}:
                yield shelf, path

    def match(self, shelf: Shelf) -> Match:
        """What tells the records of the address from others on a shelf."""
        address = self._request.address
        if shelf.retention_class == "security":
            key = self._keys.get(shelf.day)
            return lambda record: key is not None and _decrypted(key, record) == address
        if self._todays_key is None or shelf.day != self._today:
            return lambda _: False
        wanted = daily_id(self._todays_key, shelf.entity, address)
        return lambda record: record.get(f.DAILY_ID) == wanted


def _require_whole(archive: Archive | None) -> None:
    """See that what is erased will be gone, before anything is: an erasure is of the whole book, or is not begun."""
    if archive is not None and archive.store.keeps_deleted():
        raise BookError(archive.store.url, KEEPS_DELETED)


class _Erasure:
    """Goes through what was searched, and keeps account of what it does."""

    def __init__(self, search: _Where) -> None:
        self._search = search
        self._waiting: defaultdict[Shelf, set[str]] = defaultdict(set)
        self._erased = self._held = self._open = 0
        self._damaged: list[str] = []
        self._ended = False

    def account(self) -> Erased:
        """What was done until now."""
        return Erased(self._erased, self._held, self._open, self._damaged, self._ended)

    def run(self) -> None:
        for shelf, path in list(self._search.files()):
            self._erase(shelf, path)
        self._ended = True

    def postpone(self, waiting: Postponements) -> None:
        """Note what was found and stays for now: nobody can ask for it again when the key of its day is gone."""
        for shelf, marks in self._waiting.items():
            waiting.add(Postponed.of(shelf, marks))

    def _erase(self, shelf: Shelf, path: File) -> None:
        match = self._search.match(shelf)
        stays: list[bool] = []
        held: list[Record] = []
        goes: list[Record] = []
        flaws = _Flaws()
        for record in _lines(path, flaws):
            theirs = record is not None and match(record)
            on_hold = theirs and record is not None and is_held(self._search.holds, shelf, record[f.TIMESTAMP])
            stays.append(not theirs or on_hold)
            if theirs and record is not None:
                (held if on_hold else goes).append(record)
        self._damaged += flaws.told
        self._held += len(held)
        self._note(shelf, held)
        if path.suffix == OPEN:
            self._open += len(goes)
            self._note(shelf, goes)
        elif not flaws.is_read_to_its_end:
            self._note(shelf, goes)
        elif goes:
            rewrite(path, stays)
            self._erased += len(goes)

    def _note(self, shelf: Shelf, records: Iterable[Record]) -> None:
        for mark in filter(None, map(mark_of, records)):
            self._waiting[shelf].add(mark)


class _Flaws:
    """What is wrong with a segment that was read."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.is_read_to_its_end = True


def _lines(path: File, flaws: _Flaws) -> Iterator[Record | None]:
    """What the lines of a segment say, None for one that is no record: nobody knows what that held."""
    is_odd = False
    try:
        with suppress(FileNotFoundError):  # purged since it was listed
            for line in read(path):
                record = _record(line)
                is_odd = is_odd or record is None
                yield record
    except SegmentError as error:
        flaws.told.append(str(error))
        flaws.is_read_to_its_end = False
    if is_odd and flaws.is_read_to_its_end:
        flaws.told.append(f"{path}: holds lines that are no records")


def _record(line: bytes) -> Record | None:
    try:
        record = orjson.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and isinstance(record.get(f.TIMESTAMP), str) else None


def _decrypted(key: bytes, record: Record) -> bytes | None:
    try:
        return decrypt(key, bytes.fromhex(record[f.ENCRYPTED_ADDRESS]))
    except (KeyError, ValueError, TypeError):
        return None
