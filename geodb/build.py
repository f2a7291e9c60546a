"""Merging sources into one database file, reproducibly: the same inputs give the same bytes."""

import os
from bisect import bisect
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import msgspec

from frontdesk.geodb import mmdb
from frontdesk.geodb.coverage import Coverage, coverage, losses
from frontdesk.geodb.errors import DatabaseError, SourceError
from frontdesk.geodb.extent import extents
from frontdesk.geodb.majority import Ballot, doubting, first
from frontdesk.geodb.manifest import FORMAT, Manifest, SourceEntry, beside, sha256, write
from frontdesk.geodb.manifest import read as read_manifest
from frontdesk.geodb.merge import Merger, placed
from frontdesk.geodb.network_type import NetworkTypes
from frontdesk.geodb.precedence import Precedence, measured
from frontdesk.geodb.progress import MERGING, PLACING, READING, WRITING, Course, Progress, Tell, silent, watched
from frontdesk.geodb.ranges import Range, cut, flatten, joined, overlay
from frontdesk.geodb.reader import read_whole
from frontdesk.geodb.record import to_mmdb
from frontdesk.geodb.reserved import reserved
from frontdesk.geodb.sources import Source, recognise
from frontdesk.geodb.sources.content import following
from frontdesk.geodb.sources.terms import LISTS

_UNDATED = (
    "no source says when it was made: add one that does, as vendors' databases do,"
    " or give the day to frontdesk geodb build by --date YYYY-MM-DD, with --policy FILE too"
)
_MOST_LOST = 0.2
"""The share of what is known that a new database may lose unnoticed."""


class Cut(NamedTuple):
    """The prefix lengths below which networks are not told apart."""

    v4: int = 32
    v6: int = 128


WHOLE = Cut()
"""Nothing is cut."""


Layer = Path | Sequence[Path]
"""One source file, or several of equal standing, among which the longest prefix comes first."""


def build(
    layers: Sequence[Layer],
    out: Path,
    *,
    cut_to: Cut = WHOLE,
    made: date | None = None,
    days: Mapping[Path, date] = {},
    voting_from: int | None = None,
    force: bool = False,
    prove: bool = False,
    progress: Progress = silent,
) -> Manifest:
    """Build a database from layers of source files, and put it in place of `out` at once.

    Each field of a network comes from the first layer that has it; inside a layer from the source that has it for the
    longest prefix, and of equals from the first.

    Args:
        layers: the sources, in order of precedence.
        out: the database; its manifest goes beside it.
        cut_to: networks that are smaller are not told apart; one that is excluded always is.
        made: the day of sources that do not say theirs.
        days: the same for single files, where it is known from elsewhere.
        voting_from: the layer whose sources, and those of all layers after it, vote on the country; None where nobody
            votes, and the country is the first, as other fields are.
        force: replace a database even by one that knows much less.
        prove: read every network of the new database before it is put in place.
        progress: called with what is being done and how much of the whole is done, at most 500 times.

    Raises:
        SourceError: a file cannot be used, or the database would lose more than a fifth of what the one that it
            replaces knows; `out` is then as it was.
        DatabaseError: the new database does not stand the proof; `out` is then as it was.
    """
    ranked = [(rank, file) for rank, layer in enumerate(layers) for file in _files(layer)]
    files = [file for _, file in ranked]
    _require_place(out, files)
    course = Course(progress)
    sources = [_recognised(file, days, course) for file in files]
    dates = [source.date or made for source in sources if source.date or made]
    if not dates:
        raise SourceError(files[0], _UNDATED)
    build_date = max(day for day in dates if day)
    precedence = Precedence([rank for rank, _ in ranked])
    rows = _rows(sources, precedence, course, vote=voting_from is not None)
    choose = first if voting_from is None else Ballot(sources, [rank for rank, _ in ranked], voting_from).choose
    passed = _passed(rows, course.step("merging", PLACING))
    reach = extents(watched(overlay(rows, lambda values: placed(precedence.known(values), choose)), passed))
    merger = Merger(sources, precedence, choose, NetworkTypes.load(), reach)
    passed = _passed(rows, course.step("merging", MERGING))
    excluded: list[Range] = []
    told = _noting(excluded, merger.excludes, watched(overlay(rows, merger.merge), passed))
    merged = list(joined(cut(told, *cut_to)))
    if not merged and not excluded:
        raise SourceError(files[0], "there is no network in it")
    # Reserved space stands above every source, then what is excluded; neither is ever cut.
    whole = list(joined(overlay([reserved(), excluded, merged], merger.reserve)))
    known = coverage(whole, merger.records)
    if not force:
        _require_no_loss(out, known)
    tell = course.step("writing", WRITING)
    metadata = {
        "database_type": f"frontdesk {out.stem}",
        "description": {"en": "Network records for frontdesk; see the manifest beside this file"},
        "languages": ["en"],
        "build_epoch": int(datetime.combine(build_date, time(), UTC).timestamp()),
    }
    raw = mmdb.encode(whole, [to_mmdb(record) for record in merger.records], metadata, tell)
    part = out.with_name(out.name + ".part")
    try:
        part.write_bytes(raw)
        manifest = _manifest(part, out.stem, sources, build_date, len(whole), cut_to, known)
        if voting_from is not None:
            manifest = msgspec.structs.replace(manifest, country="majority")
        write(manifest, part)
        if prove:
            read_whole(part)
        _sync(part, beside(part))
        # The manifest first: between the two renames the old database is refused, never half trusted.
        os.replace(beside(part), beside(out))  # noqa: PTH105
        os.replace(part, out)  # noqa: PTH105
    except OSError as error:
        raise SourceError(out, f"cannot be written: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
        beside(part).unlink(missing_ok=True)
    return manifest


def _noting(into: list[Range], wanted: Callable[[Hashable], bool], ranges: Iterable[Range]) -> Iterator[Range]:
    """The same ranges, while those whose value is wanted are noted, too."""
    for item in ranges:
        if wanted(item.value):
            into.append(item)
        yield item


def _files(layer: Layer) -> Sequence[Path]:
    return [layer] if isinstance(layer, Path) else layer


def _recognised(file: Path, days: Mapping[Path, date], course: Course) -> Source:
    course.step(f"recognising {file.name}")
    source = recognise(file)
    return source._replace(date=source.date or days.get(file))


def _rows(sources: list[Source], precedence: Precedence, course: Course, *, vote: bool) -> list[list[Range]]:
    """What each source says, in order; read one after the other."""
    sizes = [source.file.stat().st_size for source in sources]
    rows = []
    for order, (source, size) in enumerate(zip(sources, sizes, strict=True)):
        with following(course.step(f"reading {source.file.name}", READING * size / (sum(sizes) or 1))):
            ranges = source.ranges()
            row = flatten(measured(ranges) if precedence.shares_layer(order) else ranges)
            rows.append(list(doubting(source, row) if vote else row))
    return rows


def _passed(rows: list[list[Range]], tell: Tell) -> Callable[[int, Range], None]:
    """Tells how many of all ranges have been passed, when a merged one is."""
    total = sum(map(len, rows)) or 1

    def passed(_taken: int, item: Range) -> None:
        tell(sum(bisect(row, item.last, key=attrgetter("first")) for row in rows) / total)

    return passed


def _sync(*files: Path) -> None:
    """Bring files to the disk, so that after a power cut no name stands for a part of one. Raises `OSError`."""
    for file in files:
        with file.open("rb") as stream:
            os.fsync(stream.fileno())


def _require_place(out: Path, files: list[Path]) -> None:
    """Refuse a place where no database can go, before any work is done."""
    if out.is_dir():
        raise SourceError(out, "cannot be written: it is a folder")
    if not out.parent.is_dir():
        raise SourceError(out, "cannot be written: its folder does not exist")
    for file in files:
        if file.resolve() in {out.resolve(), beside(out).resolve()}:
            raise SourceError(out, "cannot be written: it is one of the sources")


def _require_no_loss(out: Path, known: Coverage) -> None:
    """Refuse to replace a database by one that knows much less: a source has come short."""
    try:
        before = read_manifest(out).coverage
    except DatabaseError:
        return  # none yet, or none that anybody can use
    lost = losses(before, known, _MOST_LOST)
    if lost:
        raise SourceError(out, f"is kept, for the new one knows much less: {'; '.join(lost)} (--force replaces it)")


def _manifest(
    part: Path, name: str, sources: list[Source], build_date: date, networks: int, cut_to: Cut, known: Coverage
) -> Manifest:
    attributions = [words for source in sources for words in source.terms.attributions] + list(LISTS.attributions)
    return Manifest(
        format=FORMAT,
        name=name,
        size=part.stat().st_size,
        sha256=sha256(part),
        build_date=build_date,
        networks=networks,
        cut=f"/{cut_to.v4} and /{cut_to.v6}",
        coverage=known,
        rules=NetworkTypes.digest(),
        sources=tuple(_entry(source) for source in sources),
        attributions=tuple(dict.fromkeys(attributions)),
        changes="merged, cut to whole networks, given a network type and re-encoded by frontdesk",
    )


def _entry(source: Source) -> SourceEntry:
    return SourceEntry(
        name=source.name,
        file=source.file.name,
        sha256=sha256(source.file),
        date=source.date,
        licence=source.terms.licence,
        url=source.terms.url,
        fields=tuple(sorted(source.fields)),
        max_days=source.terms.max_days,
    )
