"""`frontdesk log verify|stats`: whether a book is whole, and what is in it."""

from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import orjson
from rich.console import Console
from rich.table import Table

from frontdesk.cli.books import NOT_THERE
from frontdesk.policy import FrontdeskError
from frontdesk.systemdata import BookError, SegmentError
from frontdesk.systemdata.archived import File
from frontdesk.systemdata.read import read_blocks
from frontdesk.systemdata.seal import read_seal
from frontdesk.systemdata.shelf import OPEN, Shelf
from frontdesk.systemdata.verify import verify as verify_
from frontdesk.systemdata.whole import files

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
        f"{directory}: {found['segments']:,} segments with {found['records']:,} records:"
        f" {found['damaged']:,} damaged, {found['suspect']:,} suspect"
    )
    return not found["damaged"]


def stats(directory: Path, *, as_json: bool) -> None:
    """Count records by class, day and entity."""
    _require(directory)
    try:
        sums = _sums(directory)
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


def _sums(directory: Path) -> dict[Shelf, _Sum]:
    """Count every shelf, oldest first; again where one was compacted, archived or purged meanwhile."""
    for _ in range(_MOST_TRIES):
        with suppress(FileNotFoundError):
            return _counted(directory)
    return {}


def _counted(directory: Path) -> dict[Shelf, _Sum]:
    sums: dict[Shelf, _Sum] = {}
    for shelf, path in files(directory):
        size = path.stat().st_size
        records = 0
        with suppress(SegmentError):  # `verify` tells of it
            records = _records(path)
        found = sums.get(shelf, _Sum(0, 0, 0, 0))
        sums[shelf] = _Sum(
            found.records + records, found.segments + 1, found.open + (path.suffix == OPEN), found.size + size
        )
    return dict(sorted(sums.items(), key=lambda item: (item[0].day, item[0])))


def _records(path: File) -> int:
    return sum(block.count(b"\n") for block in read_blocks(path)) if path.suffix == OPEN else read_seal(path).records


def _require(directory: Path) -> None:
    if not directory.is_dir():
        raise FrontdeskError(f"{directory}: {NOT_THERE}")
