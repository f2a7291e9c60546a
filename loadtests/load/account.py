"""The account: whether every request that was answered is a record, a counted drop, or what a kill may cost."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import orjson

from frontdesk.systemdata import fields as f
from frontdesk.systemdata.read import read
from frontdesk.systemdata.recover import recover
from frontdesk.systemdata.shelf import segments
from frontdesk.systemdata.tags import Record
from frontdesk.systemdata.verify import verify

from .ledger import ANSWERED, OURS, Entry
from .served import Counted

KILL_COSTS = 1.0
"""Seconds before a kill within which an answered request may have had no time to be written; the promise is 0.2 and a
batch, measured on a machine that is not busy."""


class Kill(NamedTuple):
    """A process that was killed, and when, on the ledger's clock."""

    pid: int
    at: float


class Account(NamedTuple):
    """What became of the visits, and what does not add up. Each count is of visits, unless it says so."""

    answered: int
    unanswered: int  # sent, and not answered whole: they may be in the book or not
    recorded: int
    dropped: int  # counted by the book itself
    lost_by_kill: int  # answered by a process that was killed right afterwards
    unaccounted: int  # answered, and neither recorded nor dropped nor lost by a kill
    twice: int  # records beyond the first of one visit
    strange: int  # records of nobody who came
    damaged: int  # segments
    lines_dropped: Mapping[str, int]  # of every class, by reason, as the processes counted them
    books_closed: int  # processes that told what they counted

    @property
    def holds(self) -> bool:
        """Whether everything adds up."""
        return not (self.unaccounted or self.twice or self.strange or self.damaged)


def settle(
    entries: Iterable[Entry], books: Sequence[Path], counted: Collection[Counted], kills: Collection[Kill] = ()
) -> Account:
    """Make up the account once every server has stopped. `books` are the book, and what was taken away of it."""
    for book in books:
        list(recover(book))
    records = [record for book in books for record in visits(book)]
    found = Counter(record[f.ROUTE] for record in records if record["event_name"] == "frontdesk.visit")
    dropped = sum(record[f.GAP_RECORDS] for record in records if record["event_name"] == "frontdesk.gap")
    sent = {entry.id: entry for entry in entries if entry.target == OURS}
    answered = {id_: entry for id_, entry in sent.items() if entry.outcome == ANSWERED}
    missing = [entry for id_, entry in answered.items() if id_ not in found]
    lost = min(sum(_is_lost(entry, kills) for entry in missing), max(0, len(missing) - dropped))
    # A drop beyond the answered ones that are missing is of a visit that was not answered whole.
    silent = sum(id_ not in found and id_ not in answered for id_ in sent)
    adds_up = dropped + lost - len(missing)
    return Account(
        answered=len(answered),
        unanswered=len(sent) - len(answered),
        recorded=found.total(),
        dropped=dropped,
        lost_by_kill=lost,
        unaccounted=-adds_up if adds_up < 0 else max(0, adds_up - silent),
        twice=found.total() - len(found),
        strange=sum(id_ not in sent for id_ in found),
        damaged=sum(verdict.damage is not None for book in books for verdict in verify(book)),
        lines_dropped=_sum(told.dropped for told in counted),
        books_closed=len(counted),
    )


def visits(book: Path) -> Iterable[Record]:
    """The records of class `visit` in a book, and those of what is missing there."""
    return _records(book, "visit")


def audits(book: Path) -> Iterable[Record]:
    """The records of class `audit` in a book."""
    return _records(book, "audit")


def _records(book: Path, retention_class: str) -> Iterable[Record]:
    for path in segments(book):
        if path.parents[2].name == retention_class:
            yield from map(orjson.loads, read(path))


def counted_in(folder: Path) -> list[Counted]:
    """What the processes of a run counted, of those that could tell."""
    told = (folder / "workers").glob("ours-*.json")
    return [msgspec.json.decode(path.read_bytes(), type=Counted) for path in sorted(told)]


def _is_lost(entry: Entry, kills: Collection[Kill]) -> bool:
    return any(kill.pid == entry.worker and kill.at - entry.at <= KILL_COSTS for kill in kills)


def _sum(counters: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for counter in counters:
        total.update(counter)
    return dict(total)
