"""Proving a book whole: each record stands on the shelf that it names, whatever the segment is made of."""

from pathlib import Path

import pytest

from frontdesk.policy import Policy
from frontdesk.systemdata import Shelf
from frontdesk.systemdata.compact import compact
from frontdesk.systemdata.shelf import segments, shelf_of
from frontdesk.systemdata.verify import verify

from .keeping import NOW, visit, write

ELSEWHERE = [
    Shelf("visit", "2026-11-20", "aurora-de"),
    Shelf("security", "2026-11-20", "aurora-com"),
    Shelf("visit", "2026-11-21", "aurora-com"),
]


def put_on(book: Path, shelf: Shelf) -> None:
    """Move the only segment of a book to another shelf."""
    (path,) = segments(book)
    assert shelf_of(path) == Shelf("visit", "2026-11-20", "aurora-com")
    shelf.folder(book).mkdir(parents=True)
    path.rename(shelf.folder(book) / path.name)


@pytest.mark.parametrize("shelf", ELSEWHERE)
@pytest.mark.parametrize("compacted", [False, True], ids=["sealed", "compacted"])
def test_a_segment_on_a_shelf_that_is_not_its_own_is_damage(shelf: Shelf, policy: Policy, *, compacted: bool) -> None:
    book = policy.log.directory
    write(book, visit(policy, 3), visit(policy, 3))
    if compacted:
        list(compact(book, NOW))
    assert [verdict.damage for verdict in verify(book)] == [None]
    put_on(book, shelf)
    (verdict,) = verify(book)
    assert "at byte 0 of the plain content: this record is of another class, day or company" in str(verdict.damage)


def test_an_open_segment_on_a_shelf_that_is_not_its_own_is_damage(policy: Policy) -> None:
    book = policy.log.directory
    write(book, visit(policy, 3))
    (path,) = segments(book)
    path.with_name("20261120T140000000000-1-1.open").write_bytes(b'{"frontdesk.entity":"aurora-de"}\n')
    assert sorted(verdict.damage is None for verdict in verify(book)) == [False, True]
