"""`frontdesk log verify|stats`: whether a book is whole, and what is in it."""

from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import orjson
from rich.console import Console
from rich.table import Table

from frontdesk.policy import FrontdeskError
from frontdesk.systemdata import BookError, SegmentError
from frontdesk.systemdata.read import read_blocks
from frontdesk.systemdata.seal import read_seal
from frontdesk.systemdata.shelf import OPEN, Shelf, segments, shelves
from frontdesk.systemdata.verify import verify as verify_

_MOST_TRIES = 100


class _Sum(NamedTuple):
    """What stands on a shelf."""

    records: int
    segments: int
    open: int
    size: int  # bytes on the disk


def verify(directory: Path) -> bool:
    """Prove a book whole, or name what is damaged; whether it is whole."""
    _require(directory)
    found: Counter[str] = Counter()
    try:
        for verdict in verify_(directory):
            found["segments"] += 1
            found["records"] += verdict.records
            if verdict.damage is not None:
                found["damaged"] += 1
                print(verdict.damage)
            elif verdict.suspect:
                found["suspect"] += 1
                print(f"{verdict.path}: suspect: the disk once failed to sync it, so it may hold less than was written")
    except OSError as error:
        raise BookError(error.filename or directory, f"cannot be read: {error.strerror}") from None
    print(
        f"{found['segments']:,} segments with {found['records']:,} records:"
        f" {found['damaged']:,} damaged, {found['suspect']:,} suspect"
    )
    return not found["damaged"]


def stats(directory: Path, *, as_json: bool) -> None:
    """Count records by class, day and entity."""
    _require(directory)
    try:
        sums = {shelf: _sum(directory, shelf) for shelf in shelves(directory)}
    except OSError as error:
        raise BookError(error.filename or directory, f"cannot be read: {error.strerror}") from None
    if as_json:
        for shelf, found in sums.items():
            print(orjson.dumps(shelf._asdict() | found._asdict()).decode())
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("class", "day", "entity"):
        table.add_column(heading)
    for heading in ("records", "segments", "open", "bytes"):
        table.add_column(heading, justify="right")
    for shelf, found in sums.items():
        table.add_row(*shelf, *(f"{number:,}" for number in found))
    table.add_row("all", "", "", *(f"{sum(column):,}" for column in zip(*sums.values(), strict=True)))
    Console().print(table)


def _sum(directory: Path, shelf: Shelf) -> _Sum:
    """Count a shelf; again where it was compacted or purged meanwhile."""
    for _ in range(_MOST_TRIES):
        with suppress(FileNotFoundError):
            return _counted(directory, shelf)
    return _Sum(0, 0, 0, 0)


def _counted(directory: Path, shelf: Shelf) -> _Sum:
    records = number = still_open = size = 0
    for path in segments(directory, shelf):
        size += path.stat().st_size
        with suppress(SegmentError):  # `verify` tells of it
            records += _records(path)
        number += 1
        still_open += path.suffix == OPEN
    return _Sum(records, number, still_open, size)


def _records(path: Path) -> int:
    return sum(block.count(b"\n") for block in read_blocks(path)) if path.suffix == OPEN else read_seal(path).records


def _require(directory: Path) -> None:
    if not directory.is_dir():
        raise FrontdeskError(
            f"{directory}: no such folder; a book is made when an app starts (see [log] in the policy)"
        )
