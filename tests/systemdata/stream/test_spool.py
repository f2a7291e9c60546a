"""What of a book is still to be shipped, and how far it was."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from frontdesk.systemdata import BookError, Shelf
from frontdesk.systemdata.compact import compact
from frontdesk.systemdata.disk import Disk
from frontdesk.systemdata.seal import seal_lines
from frontdesk.systemdata.shelf import sealed
from frontdesk.systemdata.stream.cursor import Cursor, Position
from frontdesk.systemdata.stream.spool import Entry, Spool
from frontdesk.systemdata.stream.sweep import sweep, waiting
from frontdesk.systemdata.stream.taken import Taken

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


def line(number: int, day: str = "2026-11-20") -> bytes:
    record = {"timestamp": f"{day}T10:00:00.{number:03d}Z", "frontdesk.entity": "us", "number": number}
    return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)


def segment(book: Path, name: str = "1", day: str = "2026-11-20", mark: str = "") -> Path:
    folder = Shelf("visit", day, "us").folder(book)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{day.replace('-', '')}T100000000000-1-{name}{mark}.open"


def told(entries: list[Entry]) -> list[int]:
    return [entry.record["number"] for entry in entries if entry.record]


def positions(entries: list[Entry]) -> dict[str, Position]:
    return {entry.place: entry.position for entry in entries}


def test_spool_gives_what_comes_once_and_says_when_a_segment_is_done(tmp_path: Path) -> None:
    path = segment(tmp_path)
    path.write_bytes(line(1) + line(2)[:-3])
    spool = Spool(tmp_path, ["visit"], {})
    first = list(spool.read(NOW))
    assert told(first) == [1]
    assert not first[-1].position.done
    with path.open("ab") as stream:
        stream.write(line(2)[-3:])
    seal_lines(sealed(path), [path.read_bytes(), line(3)])
    path.unlink()
    rest = list(spool.read(NOW + timedelta(hours=1)))
    assert told(rest) == [2, 3]
    assert rest[-1].line == b""
    assert rest[-1].position.done
    assert rest[-1].position.records == 3
    assert list(spool.read(NOW + timedelta(hours=2))) == []


@pytest.mark.parametrize("mark", ["", "-anonymous"])
def test_spool_goes_on_in_a_segment_that_was_compacted_meanwhile(mark: str, tmp_path: Path) -> None:
    path = segment(tmp_path, mark=mark)
    seal_lines(sealed(path), map(line, [3, 1, 2]))
    order = [1, 2, 3] if mark else [3, 1, 2]
    entries = list(Spool(tmp_path, ["visit"], {}).read(NOW))
    assert told(entries) == order
    compact(tmp_path, NOW)
    assert not sealed(path).exists()
    for done in range(4):
        left = list(Spool(tmp_path, ["visit"], positions(entries[:done])).read(NOW))
        assert told(left) == order[done:]
        assert left[-1].position.epoch == 0


def test_spool_gives_all_of_a_segment_again_out_of_which_a_record_was_taken(tmp_path: Path) -> None:
    path = sealed(segment(tmp_path))
    seal_lines(path, map(line, [1, 2, 3, 4]))
    entries = list(Spool(tmp_path, ["visit"], {}).read(NOW))
    for left in ([1, 3, 4], [2, 3, 4], [4], [1]):
        seal_lines(path, map(line, left))
        again = list(Spool(tmp_path, ["visit"], positions(entries[:2])).read(NOW))
        assert told(again) == left
        assert again[0].position.epoch == 1


def test_spool_tells_of_damage_and_gives_what_is_whole(tmp_path: Path) -> None:
    path = sealed(segment(tmp_path))
    seal_lines(path, [line(1)])
    path.write_bytes(path.read_bytes()[:-3])
    seal_lines(sealed(segment(tmp_path, "2")), [line(2)])
    spool = Spool(tmp_path, ["visit"], {})
    entries = list(spool.read(NOW))
    assert 2 in told(entries)
    assert [damage.place for damage in spool.damaged] == [str(path)]
    assert list(spool.read(NOW + timedelta(hours=1))) == []


def test_spool_gives_classes_that_are_streamed_only_and_lines_that_are_no_records_too(tmp_path: Path) -> None:
    segment(tmp_path).write_bytes(b"no record\n" + line(1))
    assert list(Spool(tmp_path, ["aggregate"], {}).read(NOW)) == []
    entries = list(Spool(tmp_path, ["visit"], {}).read(NOW))
    assert [entry.record is None for entry in entries] == [True, False]


def test_cursor_is_as_it_was_noted_and_forgets_with_the_last_shelf_of_a_day(tmp_path: Path) -> None:
    moved = {"visit/2026-11-20/us/a": Position(10, 1, 7), "visit/2026-11-21/us/b": Position(20, 2, 8, 1, done=True)}
    Cursor(tmp_path).note(moved)
    cursor = Cursor(tmp_path)
    assert cursor.positions() == moved
    cursor.forget(["2026-11-21"], "2026-11-20")
    assert len(cursor.positions()) == 2
    cursor.forget(["2026-11-21"], "2026-11-22")
    assert Cursor(tmp_path).positions().keys() == {"visit/2026-11-21/us/b"}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"visit/2026-11-20/us/a": 7}', b'{"a": [1,2,3,4,5,6,7]}'])
def test_cursor_that_is_damaged_is_told_and_nothing_is_guessed(content: bytes, tmp_path: Path) -> None:
    Cursor(tmp_path).make()
    (tmp_path / "stream-cursor" / "2026-11-20.json").write_bytes(content)
    with pytest.raises(BookError, match="is damaged"):
        Cursor(tmp_path)


def test_cursor_on_a_disk_that_fails_is_the_one_from_before(tmp_path: Path) -> None:
    class Full(Disk):
        def write(self, fd: int, data: memoryview | bytes) -> int:  # noqa: ARG002 - a full disk looks at nothing
            raise OSError(28, "No space left on device")

    before = {"visit/2026-11-20/us/a": Position(10, 1, 7)}
    Cursor(tmp_path).note(before)
    with pytest.raises(BookError, match="cannot be written: No space left"):
        Cursor(tmp_path, Full()).note({"visit/2026-11-20/us/a": Position(20, 2, 8)})
    assert Cursor(tmp_path).positions() == before
    assert [path.name for path in (tmp_path / "stream-cursor").iterdir()] == ["2026-11-20.json"]


def test_cursor_of_no_book_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BookError, match="there is no book here"):
        Cursor(tmp_path / "none")


def test_a_segment_waits_until_it_is_delivered_whole(tmp_path: Path) -> None:
    path = segment(tmp_path)
    seal_lines(sealed(path), map(line, [1, 2]))
    assert waiting(tmp_path, ["visit"])(sealed(path))
    assert not waiting(tmp_path, ["aggregate"])(sealed(path))
    *first, last = Spool(tmp_path, ["visit"], {}).read(NOW)
    Cursor(tmp_path).note(positions(first))
    assert waiting(tmp_path, ["visit"])(sealed(path))
    Cursor(tmp_path).note(positions([last]))
    assert not waiting(tmp_path, ["visit"])(sealed(path))


def test_a_shipper_that_began_meanwhile_keeps_the_first_batch_out(tmp_path: Path) -> None:
    taken = Taken(tmp_path)
    Cursor(tmp_path).make()
    with pytest.raises(BookError, match="a stream flows out of this book"):
        taken.begin([])


def test_what_is_being_taken_in_waits_until_it_is_there_and_nothing_else_does(tmp_path: Path) -> None:
    ours, other = (sealed(segment(tmp_path, name)) for name in "12")
    for path in (ours, other):
        seal_lines(path, map(line, [1, 2]))
    taken, waits = Taken(tmp_path), waiting(tmp_path, ["visit"])
    assert not waits(ours)
    taken.begin([ours])
    assert waits(ours)
    assert not waits(other)
    taken.finish({})
    assert not waits(ours)


def test_asking_what_waits_makes_no_cursor(tmp_path: Path) -> None:
    waiting(tmp_path, ["visit"])
    assert list(tmp_path.iterdir()) == []  # a cursor would say that a stream flows out of here


def test_a_segment_of_which_something_was_refused_or_is_damaged_is_not_swept(tmp_path: Path) -> None:
    whole, refused, damaged = (sealed(segment(tmp_path, name)) for name in "123")
    for path in (whole, refused, damaged):
        seal_lines(path, map(line, [1, 2]))
    damaged.write_bytes(bytes([damaged.read_bytes()[0] ^ 1]) + damaged.read_bytes()[1:])
    spool = Spool(tmp_path, ["visit"], {})
    moved = {}
    for entry in spool.read(NOW):
        of_refused = entry.place.endswith("-1-2") and entry.line
        moved[entry.place] = spool.keep(entry.place) if of_refused else entry.position
    assert all(position.done for position in moved.values())
    assert sweep(tmp_path, moved, ["visit"]) == 1
    assert [path.exists() for path in (whole, refused, damaged)] == [False, True, True]
