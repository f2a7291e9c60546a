"""Purge: what has expired leaves the book, by whole files, and then the keys that nothing needs any more.

A compacted segment holds a day, and so does what was written of a whole log. In the hours in which its records expire
one after another it is rewritten without those that have, at most once an hour.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from frontdesk.policy import FrontdeskError, Policy, RetentionClass
from frontdesk.systemdata.afterwards import afterwards
from frontdesk.systemdata.archive import KEEPS_DELETED, archive_of, cleared
from frontdesk.systemdata.archived import File, warmed
from frontdesk.systemdata.daily_id import DailyIds, memory_keys
from frontdesk.systemdata.disk import DISK
from frontdesk.systemdata.errors import BookError
from frontdesk.systemdata.expiry import Expiry, Facts, times_of
from frontdesk.systemdata.hold import Hold, Holds, is_held
from frontdesk.systemdata.keys import Keys, security_keys
from frontdesk.systemdata.lock import alone
from frontdesk.systemdata.read import read
from frontdesk.systemdata.recover import recover
from frontdesk.systemdata.rewrite import remove, rewrite
from frontdesk.systemdata.shelf import BY_CONTENT, OPEN, PARQUET, Shelf, segments, shelves
from frontdesk.systemdata.sums import sweep_expired, sweep_strays

_GRACE = timedelta(hours=1)


class Purged(NamedTuple):
    """What a purge did to one book, or would do. Counts are of records, but for files, keys and segments."""

    files: int
    records: dict[str, int]  # that went, by class
    held: int  # that have expired, and stay because of a hold
    left: int  # that stay, held ones among them
    oldest: str | None  # of what stays
    still_open: int  # segments that are being written, and were not looked into
    damaged: list[str]  # segments whose end had to be taken from their day, or that could not be read
    unread: list[str]  # segments that stay whole, for there is no library here to read them with
    unsifted: int  # segments of both kinds in which something has expired, or may have, that no hold keeps
    keys: list[str]  # days whose keys went
    archive: str | None  # what keeps the archive from being purged, to its end or for good
    ended: bool = True  # whether it came to its end; else the counts are of what was done until then


class _Fate(NamedTuple):
    """What becomes of a record: of which time it is, and whether it goes, or has expired and is held."""

    at: str
    goes: bool
    held: bool


def purge(
    policy: Policy,
    directory: Path,
    now: datetime,
    *,
    dry_run: bool = False,
    testify: Callable[[Purged], object] = lambda _: None,
) -> Purged:
    """Take out of a book and its archive what has expired, and give account of it; in a dry run only the account.

    `testify` gets the account of what was done also where that is not all, and an error follows. If `testify` fails
    then, that error has a note of it.

    Raises `BookError` where there is no book, a hold cannot be read, or another such command is at work.
    """
    begun: _Purge | None = None

    def tell() -> None:
        if begun is not None and not dry_run:
            testify(begun.account())

    with afterwards(tell), alone(directory):
        try:
            if not dry_run:
                for _ in recover(directory):
                    pass  # orphans are sealed, so that they can go too
            begun = _Purge(policy, directory, now, dry_run=dry_run)
            begun.run()
        except OSError as error:
            raise BookError(error.filename or directory, f"cannot be purged: {error.strerror}") from None
    return begun.account()


class _Purge:
    def __init__(self, policy: Policy, directory: Path, now: datetime, *, dry_run: bool) -> None:
        self._expiry = Expiry(policy)
        self._directory = directory
        self._ids_of = policy.log.directory
        self._now = now
        self._dry_run = dry_run
        self._holds = Holds(directory).all()
        self._gone: Counter[str] = Counter()
        self._files = self._held = self._left = self._open = self._unsifted = 0
        self._oldest: str | None = None
        self._damaged: list[str] = []
        self._unread: list[str] = []
        self._needed: set[str] = set()  # days of which a security segment stays
        self._keys: list[str] = []
        self._trouble: str | None = None
        self._ended = False

    def account(self) -> Purged:
        """What was done until now."""
        return Purged(
            self._files,
            dict(self._gone),
            self._held,
            self._left,
            self._oldest,
            self._open,
            self._damaged,
            self._unread,
            self._unsifted,
            self._keys,
            self._trouble,
            self._ended,
        )

    def run(self) -> None:
        if not self._dry_run:  # first: counts of what has expired are none the better for a purge that fails
            sweep_expired(self._directory, self._now, self._expiry.days[RetentionClass.VISIT])
        for shelf in shelves(self._directory):
            for path in segments(self._directory, shelf):
                with suppress(FileNotFoundError):  # sealed, or taken away, since it was listed
                    self._decide(shelf, path)
            self._tidy(shelf)
        try:
            self._trouble = self._purge_archive()
            self._destroy_keys(security_keys(self._directory))
        except (OSError, FrontdeskError) as error:  # what the disk held has gone; which keys are needed nobody knows
            self._trouble = _words(error, self._directory)
        if not self._dry_run and (in_memory := memory_keys(self._ids_of)) is not None:
            try:
                DailyIds(in_memory).forget(self._now.timestamp())
            except BookError as error:  # another user's folder
                self._trouble = self._trouble or str(error)
        self._ended = True

    def _purge_archive(self) -> str | None:
        """The same in the archive; what is wrong with it, if it keeps what is deleted. Raises as `archive_of` does."""
        archive = archive_of(self._directory) if self._dry_run else cleared(self._directory)
        for shelf, found in archive.listing().items() if archive else ():
            for file in warmed(file for file in found if not file.home.exists()):
                with suppress(FileNotFoundError):  # taken away by somebody else since it was listed
                    self._decide(shelf, file)
        if not self._dry_run:
            sweep_strays(self._directory)
        keeps = archive is not None and archive.store.keeps_deleted()
        return f"{archive.store.url}: {KEEPS_DELETED}" if archive and keeps else None

    def _decide(self, shelf: Shelf, path: File) -> None:
        if path.suffix == OPEN:
            self._open += 1
            self._note_stays(shelf, None, 0)
            return
        facts = self._expiry.of_segment(shelf, path)
        if facts.damage:
            self._damaged.append(facts.damage)
        holds = [hold for hold in self._holds if hold.may_cover(shelf, facts.first, facts.last)]
        if facts.expires > self._now:
            if facts.damage:
                self._note_unread(shelf, facts, holds)
            elif _holds_a_day(path) and facts.begins + _GRACE <= self._now:
                self._sift(shelf, path, facts, holds)
            else:
                self._note_stays(shelf, facts.first, facts.records)
        elif holds:
            self._sift(shelf, path, facts, holds)
        else:
            self._take(shelf, path, facts.records)

    def _sift(self, shelf: Shelf, path: File, facts: Facts, holds: list[Hold]) -> None:
        """Keep of a segment what is held, and what has not expired."""
        if facts.damage:
            self._note_unread(shelf, facts, holds)
            return
        try:
            fates = [self._fate(shelf, facts, line, holds) for line in read(path)]
        except FrontdeskError as error:
            if isinstance(error, BookError):
                self._damaged.append(str(error))
            else:
                self._unread.append(f"{path}: {error}")
            self._note_unread(shelf, facts, holds)
            return
        stays = [not fate.goes for fate in fates]
        if not any(stays):
            self._take(shelf, path, facts.records)
            return
        if not all(stays):
            if not self._dry_run:
                rewrite(path, stays)
            self._gone[shelf.retention_class] += stays.count(False)
        self._held += sum(fate.held for fate in fates)
        self._note_stays(shelf, min(fate.at for fate in fates if not fate.goes), stays.count(True))

    def _fate(self, shelf: Shelf, facts: Facts, line: bytes, holds: list[Hold]) -> _Fate:
        """What becomes of a record. Of one that tells no end the segment's is taken."""
        at, expires_at = times_of(line)
        try:
            expired = min(self._expiry.of_record(shelf, at, expires_at), facts.expires) <= self._now
        except (ValueError, TypeError):
            expired = facts.expires <= self._now
        held = expired and is_held(holds, shelf, at)
        return _Fate(at, goes=expired and not held, held=held)

    def _take(self, shelf: Shelf, path: File, records: int) -> None:
        if not self._dry_run:
            remove(path)
        self._files += 1
        self._gone[shelf.retention_class] += records

    def _note_unread(self, shelf: Shelf, facts: Facts, holds: list[Hold]) -> None:
        """A segment stays as it is, and nobody can tell what of it has expired, if anything may have."""
        is_held = any(hold.covers(shelf, facts.first) and hold.covers(shelf, facts.last) for hold in holds)
        self._unsifted += facts.begins <= self._now and not is_held
        note = self._note_stays if facts.expires > self._now else self._note_held
        note(shelf, facts.first, facts.records)

    def _note_held(self, shelf: Shelf, first: str, records: int) -> None:
        self._held += records
        self._note_stays(shelf, first, records)

    def _note_stays(self, shelf: Shelf, first: str | None, records: int) -> None:
        self._left += records
        if first is not None:
            self._oldest = min(first, self._oldest or first)
        if shelf.retention_class == RetentionClass.SECURITY:
            self._needed.add(shelf.day)

    def _tidy(self, shelf: Shelf) -> None:
        """Bring what went to the disk; remove folders that are empty, of days that nobody writes to any more."""
        folder = shelf.folder(self._directory)
        if self._dry_run or not folder.is_dir():
            return
        DISK.sync_folder(folder)
        if self._is_over(shelf.day):
            with suppress(OSError):  # not empty
                folder.rmdir()
                folder.parent.rmdir()

    def _destroy_keys(self, keys: Keys) -> None:
        """Destroy the keys of days that are over and of which no record is left."""
        for day in keys.days():
            if day not in self._needed and self._is_over(day):
                if not self._dry_run:
                    keys.destroy(day)
                self._keys.append(day)
        if not self._dry_run:
            keys.sweep()

    def _is_over(self, day: str) -> bool:
        """Whether no line of a day can be waiting anywhere: not of today nor of yesterday."""
        return date.fromisoformat(day) < self._now.date() - timedelta(days=1)


def _holds_a_day(path: File) -> bool:
    """Whether a segment may hold a day, as a compacted one or one of a whole log: a writer's holds an hour."""
    return path.suffix == PARQUET or BY_CONTENT in path.name


def _words(error: OSError | FrontdeskError, directory: Path) -> str:
    return f"{error.filename or directory}: {error.strerror}" if isinstance(error, OSError) else str(error)


def totals(purged: Purged) -> Iterator[tuple[str, str | int | None]]:
    """What a purge did, as an audit record tells it."""
    yield "files", purged.files
    yield "records", sum(purged.records.values())
    for retention_class, records in sorted(purged.records.items()):
        yield f"{retention_class}_records", records
    yield "held", purged.held
    yield "left", purged.left
    yield "oldest", purged.oldest
    yield "damaged", len(purged.damaged)
    yield "unread", len(purged.unread) or None
    yield "keys", len(purged.keys)
    yield "archive_not_purged", 1 if purged.archive else None
    yield "broken_off", None if purged.ended else 1
