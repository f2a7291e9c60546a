"""Room: the oldest visits that no hold keeps go first, and the book tells how many."""

import os
from pathlib import Path

from frontdesk.systemdata import Shelf, Writer
from frontdesk.systemdata.gap import Gap
from frontdesk.systemdata.hold import Hold, Holds, keeps
from frontdesk.systemdata.room import Freed, Room, make_room
from frontdesk.systemdata.seal import seal_lines
from frontdesk.systemdata.shelf import segments

from ..book import NAME, SHELF, eventually, lines_in

DAYS = [f"2026-11-{day}" for day in range(10, 15)]


def line(day: str) -> bytes:
    return b'{"timestamp":"%sT12:00:00.000Z","rubbish":"%s"}\n' % (day.encode(), os.urandom(500).hex().encode())


def book_of(directory: Path, retention_class: str = "visit") -> list[Path]:
    """A book of five days with one segment of ten records each, oldest first."""
    paths = []
    for day in DAYS:
        folder = Shelf(retention_class, day, "us").folder(directory)
        folder.mkdir(parents=True)
        paths.append(folder / f"{NAME}1.jsonl.zst")
        seal_lines(paths[-1], [line(day) for _ in range(10)])
    return paths


def total(directory: Path) -> int:
    return sum(path.stat().st_size for path in segments(directory))


def test_the_oldest_visits_go_first(tmp_path: Path) -> None:
    paths = book_of(tmp_path)
    allowed = total(tmp_path) - paths[0].stat().st_size - 1
    freed = list(make_room(tmp_path, Room(max_total_bytes=allowed)))
    assert [(each.shelf.day, each.records) for each in freed] == [(DAYS[0], 10), (DAYS[1], 10)]
    assert [path.exists() for path in paths] == [False, False, True, True, True]
    assert list(make_room(tmp_path, Room(max_total_bytes=allowed))) == []


def test_held_segments_open_ones_and_other_classes_stay(tmp_path: Path) -> None:
    paths = book_of(tmp_path)
    others = book_of(tmp_path, "audit")
    still_open = paths[1].with_name(f"{NAME}2.open")
    still_open.write_bytes(b"1\n")
    room = Room(max_total_bytes=1, is_held=lambda path: path == paths[2])
    assert [each.shelf.day for each in make_room(tmp_path, room)] == [DAYS[0], DAYS[1], DAYS[3], DAYS[4]]
    assert paths[2].exists()
    assert still_open.exists()
    assert all(path.exists() for path in others)


def test_a_hold_keeps_what_it_may_cover_and_in_doubt_everything(tmp_path: Path) -> None:
    paths = book_of(tmp_path)
    room = Room(max_total_bytes=1, is_held=keeps)
    hold = Hold(id="one", reason="a case", made=f"{DAYS[4]}T00:00:00.000Z", until=f"{DAYS[1]}T18:00:00.000Z")
    Holds(tmp_path).add(hold)
    paths[2].write_bytes(b"rubbish")
    assert [each.shelf.day for each in make_room(tmp_path, room)] == [DAYS[3], DAYS[4]]
    (tmp_path / "holds" / "two.json").write_text("rubbish")
    assert list(make_room(tmp_path, room)) == []
    (tmp_path / "holds" / "two.json").unlink()
    Holds(tmp_path).release("one")
    assert [each.shelf.day for each in make_room(tmp_path, room)] == DAYS[:3]


def test_a_part_of_the_volume_stays_free(tmp_path: Path) -> None:
    book_of(tmp_path)
    volume = os.statvfs(tmp_path)
    free = volume.f_bavail / volume.f_blocks
    assert list(make_room(tmp_path, Room(min_free_ratio=free / 2))) == []
    assert len(list(make_room(tmp_path, Room(min_free_ratio=1.0)))) == len(DAYS)


def test_a_damaged_segment_makes_room_too(tmp_path: Path) -> None:
    paths = book_of(tmp_path)
    paths[0].write_bytes(b"rubbish")
    assert next(iter(make_room(tmp_path, Room(max_total_bytes=1)))) == Freed(Shelf("visit", DAYS[0], "us"), 0, None)


def test_the_writer_makes_room_and_the_book_tells_of_it(tmp_path: Path) -> None:
    told: list[Gap] = []

    def gap_line(gap: Gap) -> tuple[bytes, Shelf]:
        told.append(gap)
        return b'{"gap":1}\n', SHELF

    book_of(tmp_path)
    writer = Writer(tmp_path, flush_interval=0.001, gap_line=gap_line, room=Room(max_total_bytes=1))
    writer.open()
    eventually(lambda: writer.statistics().deleted == 50)
    writer.close()
    assert [gap.missing for gap in told] == [{"deleted_for_room": 50}]
    assert told[0].since < told[0].until - 86_400
    assert lines_in(tmp_path) == [b'{"gap":1}\n']
