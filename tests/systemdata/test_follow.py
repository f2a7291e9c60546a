"""Following a book: each whole line once, across sealing and rotation, in the order of time."""

from pathlib import Path

import pytest

from frontdesk.systemdata import follow
from frontdesk.systemdata.follow import Follower, day_of_last
from frontdesk.systemdata.seal import seal_lines
from frontdesk.systemdata.shelf import Shelf, sealed

from ..book import NAME, SHELF


def segment(directory: Path, name: str = "1", shelf: Shelf = SHELF) -> Path:
    folder = shelf.folder(directory)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{NAME}{name}.open"


def seal(path: Path) -> None:
    seal_lines(sealed(path), [path.read_bytes()])
    path.unlink()


def test_each_line_comes_once(tmp_path: Path) -> None:
    follower = Follower(tmp_path)
    assert list(follower.read()) == []
    path = segment(tmp_path)
    path.write_bytes(b"1\n2\n3")
    assert list(follower.read()) == [b"1\n", b"2\n"]
    assert list(follower.read()) == []
    with path.open("ab") as stream:
        stream.write(b"3\n4\n")
    assert list(follower.read()) == [b"33\n", b"4\n"]


def test_sealing_repeats_no_line(tmp_path: Path) -> None:
    follower = Follower(tmp_path)
    path = segment(tmp_path)
    path.write_bytes(b"1\n")
    assert list(follower.read()) == [b"1\n"]
    with path.open("ab") as stream:
        stream.write(b"2\n")
    seal_lines(sealed(path), [path.read_bytes()])
    assert list(follower.read()) == [b"2\n"]  # a crash may leave both
    path.unlink()
    segment(tmp_path, "2").write_bytes(b"3\n")
    assert list(follower.read()) == [b"3\n"]


def test_following_from_now_passes_over_what_was_there(tmp_path: Path) -> None:
    segment(tmp_path).write_bytes(b"1\n")
    seal(segment(tmp_path))
    segment(tmp_path, "2").write_bytes(b"2\n")
    follower = Follower(tmp_path, from_now=True)
    segment(tmp_path, "3").write_bytes(b"3\n")
    assert list(follower.read()) == [b"3\n"]


def test_other_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello\n")
    segment(tmp_path).with_name("notes.open").write_text("hello\n")
    assert list(Follower(tmp_path).read()) == []


def line(time: str) -> bytes:
    return b'{"timestamp":"%s"}\n' % time.encode()


def test_lines_of_several_segments_come_in_the_order_of_time(tmp_path: Path) -> None:
    times = [f"2999-12-31T15:{minute:02}:00.000Z" for minute in range(30)]
    for entity in range(3):
        path = segment(tmp_path, shelf=SHELF._replace(entity=f"e{entity}"))
        path.write_bytes(b"".join(map(line, times[entity::3])))
    segment(tmp_path, shelf=SHELF._replace(day="2999-12-30")).write_bytes(line("2999-12-30T23:59:59.000Z"))
    assert list(Follower(tmp_path).read()) == [line("2999-12-30T23:59:59.000Z"), *map(line, times)]


def test_a_damaged_segment_gives_what_is_whole_and_is_named(tmp_path: Path) -> None:
    path = segment(tmp_path)
    path.write_bytes(b"1\n2\n")
    seal(path)
    sealed(path).write_bytes(sealed(path).read_bytes()[:-10])
    follower = Follower(tmp_path)
    assert list(follower.read()) == [b"1\n", b"2\n"]
    assert list(follower.read()) == []
    (damage,) = follower.damaged
    assert str(sealed(path)) in str(damage)


def test_the_last_records_begin_on_a_day(tmp_path: Path) -> None:
    for number, day in enumerate(["2999-12-28", "2999-12-29", "2999-12-30"]):
        path = segment(tmp_path, shelf=SHELF._replace(day=day))
        path.write_bytes(b"1\n" * 10)
        if number:
            seal(path)
    assert [day_of_last(tmp_path, count) for count in (0, 10, 11, 20, 21, 31)] == [
        "2999-12-30",
        "2999-12-30",
        "2999-12-29",
        "2999-12-29",
        "2999-12-28",
        "",
    ]


def test_what_is_purged_while_a_book_is_begun_to_be_followed_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = [SHELF.folder(tmp_path) / f"{NAME}1.jsonl.zst"]
    with monkeypatch.context() as patched:
        patched.setattr(follow, "segments", lambda *_, **__: iter(listed))
        follower = Follower(tmp_path, from_now=True)
    assert list(follower.read()) == []
