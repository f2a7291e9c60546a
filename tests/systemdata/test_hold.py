"""Holds: written down once, read again whole, and never guessed at."""

import stat
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.systemdata import BookError, Shelf
from frontdesk.systemdata.hold import Hold, Holds, is_held

MADE = "2026-11-23T14:00:00.000Z"
SHELF = Shelf("visit", "2026-11-20", "us")


def test_a_hold_is_listed_until_it_is_released(tmp_path: Path) -> None:
    holds = Holds(tmp_path)
    assert holds.all() == []
    one = Hold(id="one", reason="case 4711", made=MADE, retention_class="visit", entity="us", since=MADE)
    other = Hold(id="other", reason="case 4712", made="2026-11-22T14:00:00.000Z")
    holds.add(one)
    holds.add(other)
    assert holds.all() == [other, one]
    assert holds.release("one") == one
    assert holds.all() == [other]
    with pytest.raises(BookError, match="there is no hold 'one'; known are other"):
        holds.release("one")


def test_a_hold_is_never_written_over_and_is_ours_alone(tmp_path: Path) -> None:
    holds = Holds(tmp_path)
    holds.add(Hold(id="one", reason="first", made=MADE))
    with pytest.raises(BookError, match="there is a hold with this id already"):
        holds.add(Hold(id="one", reason="second", made=MADE))
    assert [hold.reason for hold in holds.all()] == ["first"]
    (file,) = (tmp_path / "holds").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"id": "one"}', '{"id": "two", "reason": "x", "made": "2026-11-23T14:00:00.000Z"}', "\udcff"],
)
def test_a_hold_that_cannot_be_read_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "holds").mkdir()
    (tmp_path / "holds" / "one.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(BookError, match=r"one\.json: .*nothing is taken out"):
        Holds(tmp_path).all()


def test_a_hold_whose_time_ends_before_it_begins_is_none() -> None:
    with pytest.raises(ValueError, match="ends before it begins"):
        Hold(id="one", reason="x", made=MADE, since=MADE, until=MADE)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"id": "../x", "reason": "x", "made": MADE}, Hold)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1001])
def test_a_hold_whose_reason_is_none_or_too_long_is_none(reason: str) -> None:
    with pytest.raises(ValueError, match="a hold's reason has 1 to 1,000 characters"):
        Hold(id="one", reason=reason, made=MADE)


@pytest.mark.parametrize("wrong", [{"id": "../x"}, {"since": "1-01-01T00:00:00.000Z"}, {"reason": "\udcff"}])
def test_a_hold_that_could_not_be_read_again_is_not_written(wrong: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(BookError, match="the hold cannot be written"):
        Holds(tmp_path).add(Hold(**{"id": "one", "reason": "x", "made": MADE} | wrong))
    assert not (tmp_path / "holds").exists()


times = st.datetimes().map(lambda at: f"{at:%Y}".zfill(4) + f"{at:-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z")


@given(since=st.none() | times, until=st.none() | times, at=times)
def test_a_record_that_is_covered_is_in_what_may_be_covered(since: str | None, until: str | None, at: str) -> None:
    if since is not None and until is not None and since >= until:
        return
    hold = Hold(id="one", reason="x", made=MADE, since=since, until=until)
    covered = (since is None or at[:13] >= since[:13]) and (until is None or at < until)
    assert hold.covers(SHELF, at) == is_held([hold], SHELF, at) == covered
    assert not covered or hold.may_cover(SHELF, at, at)
