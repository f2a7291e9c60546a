"""Listing a shelf while its segments change their names: each is found once, whenever it was renamed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from frontdesk.systemdata import shelf
from frontdesk.systemdata.parquet import Part, seal_parts
from frontdesk.systemdata.read import read
from frontdesk.systemdata.segment import Segment
from frontdesk.systemdata.shelf import OPEN, PARQUET, SEALED

from ..book import NAME, SHELF

SUSPECT_OPEN, SUSPECT_SEALED = "-suspect.open", "-suspect.jsonl.zst"
A, B, C, D = (f"{NAME}{letter}" for letter in "abcd")


class Script:
    """A folder that reads as it is told, one time after the other, and then as it is; and how often it is read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *listings: set[str]) -> None:
        self.times = 0
        self._listings = iter(listings)
        self._iterdir = Path.iterdir

        def read(folder: Path) -> Iterator[Path]:
            return self._read(folder)

        # Here, for compiled code meets nothing that is put in a function's place.
        monkeypatch.setattr(Path, "iterdir", read)

    def _read(self, folder: Path) -> Iterator[Path]:
        self.times += 1
        names = next(self._listings, None)
        return self._iterdir(folder) if names is None else (folder / name for name in names)


def listed(monkeypatch: pytest.MonkeyPatch, book: Path, *listings: set[str]) -> list[str]:
    """The names of segments of a folder that reads so, and then as it is."""
    Script(monkeypatch, *listings)
    return [path.name for path in shelf.segments(book, SHELF)]


def counted(monkeypatch: pytest.MonkeyPatch, book: Path, *listings: set[str]) -> int:
    """How often it is listed."""
    script = Script(monkeypatch, *listings)
    list(shelf.segments(book, SHELF))
    return script.times


def make(book: Path, names: set[str]) -> None:
    """Put segments on the shelf."""
    folder = SHELF.folder(book)
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).touch()


@pytest.mark.parametrize(
    ("listings", "there", "found"),
    [
        ([], {A + OPEN}, [A + OPEN]),
        ([], {A + SEALED}, [A + SEALED]),
        # Sealed while it was listed: under both names, or under neither until it is looked at again.
        ([{A + OPEN, A + SEALED}], {A + SEALED}, [A + SEALED]),
        ([set()], {A + SEALED}, [A + SEALED]),
        ([{A + OPEN}], {A + SEALED}, [A + SEALED]),
        # Marked suspect, and sealed.
        ([set()], {A + SUSPECT_OPEN}, [A + SUSPECT_OPEN]),
        ([{A + OPEN}], {A + SUSPECT_OPEN}, [A + SUSPECT_OPEN]),
        ([{A + OPEN}], {A + SUSPECT_SEALED}, [A + SUSPECT_SEALED]),
        # The folder never rests, and each listing misses another one.
        (
            [
                {B + OPEN, C + OPEN, D + OPEN},
                {A + SEALED, C + OPEN, D + OPEN},
                {A + SEALED, B + SEALED, D + OPEN},
                {A + SEALED, B + SEALED, C + SEALED},
            ],
            {A + SEALED, B + SEALED, C + SEALED, D + SEALED},
            [A + SEALED, B + SEALED, C + SEALED, D + SEALED],
        ),
        # One is written anew under its name, and missed by the last listing of all.
        ([{A + SEALED}, {A + OPEN}, {A + SEALED}, {B + OPEN}], {A + SEALED, B + OPEN}, [A + SEALED, B + OPEN]),
        # One is purged meanwhile.
        ([{A + SEALED, B + SEALED}], {B + SEALED}, [B + SEALED]),
        ([{A + OPEN, B + SEALED}], {B + SEALED}, [B + SEALED]),
    ],
)
def test_a_shelf_that_changes_while_it_is_listed_has_each_segment_once(
    listings: list[set[str]], there: set[str], found: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make(tmp_path, there)
    assert listed(monkeypatch, tmp_path, *listings) == found


@pytest.mark.parametrize("before", [OPEN, SEALED])
@pytest.mark.parametrize("place", range(3))
def test_a_compaction_that_the_last_listing_missed_is_seen(
    before: str, place: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make(tmp_path, set())
    seal_parts(SHELF.folder(tmp_path) / (B + PARQUET), [Part(A + SEALED, [b'{"field":1}\n'])])
    listings = [{A + before if number == place else f"{C}{number}.open"} for number in range(3)]
    assert listed(monkeypatch, tmp_path, *listings, set()) == [B + PARQUET]


def test_a_segment_that_changes_its_name_while_it_is_looked_for_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make(tmp_path, {A + SUSPECT_OPEN})
    exists = Path.exists

    def and_then_it_is_sealed(path: Path) -> bool:
        found = exists(path)
        if path.name == A + SUSPECT_OPEN:
            path.rename(path.with_name(A + SUSPECT_SEALED))
        return found

    monkeypatch.setattr(Path, "exists", and_then_it_is_sealed)
    assert listed(monkeypatch, tmp_path, {A + OPEN}, set(), set())[0] in {A + SUSPECT_OPEN, A + SUSPECT_SEALED}


def test_many_that_are_gone_are_looked_for_in_one_more_listing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    make(tmp_path, set())
    assert counted(monkeypatch, tmp_path, {f"{A}{number}.open" for number in range(9)}) == 4


@pytest.mark.parametrize("then_sealed", [False, True])
def test_a_segment_that_was_marked_suspect_since_it_was_listed_is_read(tmp_path: Path, *, then_sealed: bool) -> None:
    segment = Segment(SHELF.folder(tmp_path))
    segment.append([b"1\n", b"2\n"])
    (path,) = shelf.segments(tmp_path, SHELF)
    segment.mark_suspect()
    if then_sealed:
        segment.seal()
    assert list(read(path)) == [b"1\n", b"2\n"]
    assert list(read(path, 2)) == [b"2\n"]


def test_a_shelf_at_rest_is_listed_twice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    make(tmp_path, {A + SEALED})
    assert counted(monkeypatch, tmp_path) == 2
