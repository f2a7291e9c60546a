"""Listing a shelf while its segments change their names: each is found once, whenever it was renamed."""

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest

from frontdesk.systemdata import shelf
from frontdesk.systemdata.segment import Segment

from ..book import NAME, SHELF

OPEN, SEALED = ".open", ".jsonl.zst"
SUSPECT_OPEN, SUSPECT_SEALED = "-suspect.open", "-suspect.jsonl.zst"
A, B, C, D = (f"{NAME}{letter}" for letter in "abcd")


def listed(monkeypatch: pytest.MonkeyPatch, *listings: set[str]) -> list[str]:
    """The names of segments of a folder that reads so, one time after the other, and at last always as it did last."""
    there: Iterator[set[str]] = iter(listings)
    last = listings[-1]
    monkeypatch.setattr(shelf, "_names", lambda _: set(next(there, last)))
    return [path.name for path in shelf.segments(Path("nowhere"), SHELF)]


@pytest.mark.parametrize(
    ("listings", "found"),
    [
        ([{A + OPEN}], [A + OPEN]),
        ([{A + SEALED}], [A + SEALED]),
        # Sealed while it was listed: under both names, or under neither until it is looked at again.
        ([{A + OPEN, A + SEALED}], [A + SEALED]),
        ([set(), {A + SEALED}], [A + SEALED]),
        ([{A + OPEN}, {A + SEALED}], [A + SEALED]),
        # Marked suspect, and sealed.
        ([set(), {A + SUSPECT_OPEN}], [A + SUSPECT_OPEN]),
        ([{A + OPEN}, {A + SUSPECT_OPEN}], [A + SUSPECT_OPEN]),
        ([{A + OPEN}, {A + SUSPECT_SEALED}], [A + SUSPECT_SEALED]),
        # The folder never rests, and each listing misses another one.
        (
            [
                {B + OPEN, C + OPEN, D + OPEN},
                {A + SEALED, C + OPEN, D + OPEN},
                {A + SEALED, B + SEALED, D + OPEN},
                {A + SEALED, B + SEALED, C + SEALED},
            ],
            [A + SEALED, B + SEALED, C + SEALED, D + OPEN],
        ),
        # Purged meanwhile: whoever reads it is told then.
        ([{A + SEALED, B + SEALED}, {B + SEALED}], [A + SEALED, B + SEALED]),
    ],
)
def test_a_shelf_that_changes_while_it_is_listed_has_each_segment_once(
    listings: list[set[str]], found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert listed(monkeypatch, *listings) == found


def test_a_shelf_at_rest_is_listed_twice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    segment = Segment(SHELF.folder(tmp_path))
    segment.append([b"1\n"])
    segment.seal()
    names = Mock(wraps=shelf._names)
    monkeypatch.setattr(shelf, "_names", names)
    assert len(list(shelf.segments(tmp_path, SHELF))) == 1
    assert names.call_count == 2
