"""Following a book: each whole line once, across sealing and rotation."""

from pathlib import Path

from frontdesk.systemdata.follow import Follower


def test_each_line_comes_once(tmp_path: Path) -> None:
    follower = Follower(tmp_path)
    assert list(follower.read()) == []
    segment = tmp_path / "visit-1-1-1.open"
    segment.write_bytes(b"1\n2\n3")
    assert list(follower.read()) == [b"1\n", b"2\n"]
    assert list(follower.read()) == []
    with segment.open("ab") as stream:
        stream.write(b"3\n4\n")
    assert list(follower.read()) == [b"33\n", b"4\n"]


def test_sealing_repeats_no_line(tmp_path: Path) -> None:
    follower = Follower(tmp_path)
    segment = tmp_path / "visit-1-1-1.open"
    segment.write_bytes(b"1\n")
    assert list(follower.read()) == [b"1\n"]
    with segment.open("ab") as stream:
        stream.write(b"2\n")
    segment.rename(segment.with_suffix(".jsonl"))
    (tmp_path / "visit-2-1-2.open").write_bytes(b"3\n")
    assert list(follower.read()) == [b"2\n", b"3\n"]


def test_following_from_now_passes_over_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "visit-1-1-1.jsonl").write_bytes(b"1\n")
    follower = Follower(tmp_path, from_now=True)
    (tmp_path / "visit-2-1-1.open").write_bytes(b"2\n")
    assert list(follower.read()) == [b"2\n"]


def test_other_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello\n")
    assert list(Follower(tmp_path).read()) == []
