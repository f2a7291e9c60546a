"""Day sums go before any record of their day does: by whatever it goes, and whatever fails on the way."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from frontdesk.analytics import sums
from frontdesk.analytics.remember import remember
from frontdesk.policy import Policy
from frontdesk.policy.networks import pack
from frontdesk.systemdata import BookError
from frontdesk.systemdata.compact import compact
from frontdesk.systemdata.daily_id import daily_id, day_of, memory_keys
from frontdesk.systemdata.disk import Disk
from frontdesk.systemdata.hold import Hold, Holds
from frontdesk.systemdata.purge import purge
from frontdesk.systemdata.rewrite import remove, rewrite
from frontdesk.systemdata.room import Room, make_room
from frontdesk.systemdata.shelf import segments
from frontdesk.systemdata.subject import Request, erase
from frontdesk.systemdata.sums import folder_of, sums_of

from ..systemdata.keeping import security
from .books import NOW, TODAY, asked, crowd, rows, visit, write

_LAST_WEEK = TODAY - timedelta(7)
_ADDRESS = "198.51.100.7"


def _files(book: Path) -> list[Path]:
    return [path for path, _ in sums_of(book)]


def _summed(policy: Policy, now: datetime = NOW) -> list[Path]:
    """The sums of the policy's book, made."""
    done = remember(policy, policy.log.directory, now)
    assert done.failed == []
    return _files(policy.log.directory)


def _two_days(policy: Policy, *, compacted: bool = True, **more: Any) -> list[Path]:
    """Sums of two days, of which the first expires, if `more` says so, before the other."""
    write(policy.log.directory, crowd(policy, 20, day=TODAY - timedelta(8), **more))
    write(policy.log.directory, crowd(policy, 20, day=_LAST_WEEK))
    if compacted:
        compact(policy.log.directory, NOW)
    found = _summed(policy)
    assert len(found) == 2
    return found


def _expiring(after: timedelta) -> dict[str, Any]:
    return {"EXPIRES_AT": f"{NOW + after:%Y-%m-%dT%H:%M:%S}Z"}


@pytest.mark.parametrize("compacted", [False, True])
def test_sums_go_with_what_is_purged_and_no_others(policy: Policy, compacted: bool) -> None:
    _, other = _two_days(policy, compacted=compacted, **_expiring(timedelta(hours=1)))
    assert purge(policy, policy.log.directory, NOW + timedelta(hours=3)).records == {"visit": 20}
    assert _files(policy.log.directory) == [other]


def test_sums_go_when_their_day_begins_to_expire_though_nothing_is_rewritten_yet(policy: Policy) -> None:
    book = policy.log.directory
    write(book, [visit(policy, "First", 1, day=_LAST_WEEK, **_expiring(timedelta(minutes=30)))])
    write(book, crowd(policy, 20, day=_LAST_WEEK))
    compact(book, NOW)
    assert len(_summed(policy)) == 1
    purge(policy, book, NOW + timedelta(minutes=29))
    assert len(_files(book)) == 1
    purge(policy, book, NOW + timedelta(minutes=30), dry_run=True)
    assert len(_files(book)) == 1
    assert purge(policy, book, NOW + timedelta(minutes=30)).records == {}
    assert _files(book) == []


def test_sums_go_when_a_shorter_policy_begins_to_take_their_day(policy: Policy) -> None:
    _, other = _two_days(policy)
    visits = replace(policy.retention.visit, days=8)
    purge(replace(policy, retention=replace(policy.retention, visit=visits)), policy.log.directory, NOW)
    assert _files(policy.log.directory) == [other]


def test_sums_stay_where_records_of_another_class_go(policy: Policy) -> None:
    book = policy.log.directory
    both = _two_days(policy)
    write(book, [security(policy, 7, _ADDRESS)])
    assert purge(policy, book, NOW + timedelta(8)).records == {"security": 1}
    assert _files(book) == both


def test_sums_of_a_day_of_which_nothing_is_left_go(policy: Policy) -> None:
    """As where somebody took the segments away by hand."""
    book = policy.log.directory
    first, other = _two_days(policy)
    for path in segments(book):
        if path.parents[1].name == first.name[:10]:
            path.unlink()
    purge(policy, book, NOW)
    assert _files(book) == [other]


def test_sums_that_fit_no_more_go_with_the_next_purge(policy: Policy) -> None:
    book = policy.log.directory
    first, other = _two_days(policy)
    write(book, crowd(policy, 1, "Late", day=TODAY - timedelta(8)))
    strange = folder_of(book) / f"{_LAST_WEEK}-strange.parquet"
    strange.touch()
    folder = folder_of(book) / "folder.parquet"
    folder.mkdir()
    purge(policy, book, NOW)
    assert _files(book) == [other]
    assert not first.exists()
    assert folder.is_dir()


def test_what_a_crash_left_unfinished_goes_in_time(policy: Policy) -> None:
    book = policy.log.directory
    both = _two_days(policy)
    old, new = (folder_of(book) / f"{number:016x}.tmp" for number in (1, 2))
    for path in (old, new):
        path.touch()
    os.utime(old, (time.time() - 7200,) * 2)
    purge(policy, book, NOW)
    assert sorted(folder_of(book).iterdir()) == sorted([*both, new])
    os.utime(new, (time.time() - 7200,) * 2)
    remember(policy, book, NOW)
    assert sorted(folder_of(book).iterdir()) == both


def test_sums_go_with_what_is_erased(policy: Policy) -> None:
    """Visits can be told by address on their own day alone: so the day is over for the sums, and not for the keys."""
    book = policy.log.directory
    now = datetime.now(UTC)
    keys = memory_keys(book)
    assert keys is not None
    key = keys.make(day_of(now.timestamp()))
    packed = pack(_ADDRESS)
    assert packed is not None
    theirs = visit(policy, "Theirs", day=now.date(), DAILY_ID=daily_id(key, "aurora-com", packed))
    write(book, [*crowd(policy, 20, day=now.date()), theirs])
    assert len(_summed(policy, now + timedelta(2))) == 1
    day = f"{now.date()}"
    assert erase(policy, book, Request(packed, day, day), now).erased == 1
    assert _files(book) == []


def test_sums_go_where_a_hold_keeps_a_part(policy: Policy) -> None:
    book = policy.log.directory
    _, other = _two_days(policy, **_expiring(timedelta(hours=1)))
    first = f"{TODAY - timedelta(8)}"
    write(book, crowd(policy, 5, "Held", hour=11, day=TODAY - timedelta(8), **_expiring(timedelta(hours=1))))
    compact(book, NOW)
    hold = {"since": f"{first}T11:00:00.000Z", "until": f"{first}T12:00:00.000Z"}
    Holds(book).add(Hold(id="h", reason="case", made=f"{first}T00:00:00.000Z", **hold))
    _summed(policy)
    done = purge(policy, book, NOW + timedelta(hours=3))
    assert (done.records, done.held) == ({"visit": 20}, 5)
    assert _files(book) == [other]


def test_sums_go_before_records_do_to_make_room(policy: Policy) -> None:
    book = policy.log.directory
    first, other = _two_days(policy)
    taken = sum(path.stat().st_size for path in [*segments(book), first, other])
    assert list(make_room(book, Room(max_total_bytes=taken))) == []
    assert _files(book) == [first, other]
    assert list(make_room(book, Room(max_total_bytes=taken - 1))) == []
    assert _files(book) == [other]
    freed = list(make_room(book, Room(max_total_bytes=1)))
    assert [each.records for each in freed] == [20, 20]
    assert _files(book) == []


class _Fails(Disk):
    """A disk that takes nothing away, and renames nothing."""

    def unlink(self, path: Path) -> None:
        raise OSError(5, "Input/output error", str(path))

    def rename(self, path: Path, target: Path) -> None:
        raise OSError(5, "Input/output error", str(target or path))


@pytest.mark.parametrize(
    "take",
    [
        lambda path: remove(path, _Fails()),
        lambda path: rewrite(path, [False] * 20, _Fails()),
        lambda path: rewrite(path, [False] * 10 + [True] * 10, _Fails()),
    ],
)
def test_sums_are_gone_before_a_record_is(policy: Policy, take: Callable[[Path], None]) -> None:
    book = policy.log.directory
    _, other = _two_days(policy)
    with pytest.raises(OSError, match="Input/output"):
        take(next(segments(book)))
    assert _files(book) == [other]


def test_no_record_goes_while_the_sums_of_its_day_cannot(policy: Policy) -> None:
    book = policy.log.directory
    _two_days(policy, **_expiring(timedelta(hours=1)))
    folder_of(book).rename(book / "elsewhere")
    folder_of(book).write_text("no folder")
    with pytest.raises(BookError, match="day-sums: cannot be purged"):
        purge(policy, book, NOW + timedelta(hours=3))
    assert len(list(segments(book))) == 2


@pytest.mark.parametrize("before", ["_checksum", "_settle"])
@pytest.mark.parametrize("compacted", [False, True])
def test_sums_that_are_made_while_a_record_goes_are_not_left(
    policy: Policy, monkeypatch: pytest.MonkeyPatch, before: str, compacted: bool
) -> None:
    """The records go while they are counted, just before the sum takes its place, and just after."""
    book = policy.log.directory
    write(book, crowd(policy, 20, day=_LAST_WEEK))
    if compacted:
        compact(book, NOW)
    (segment,) = segments(book)
    step = getattr(sums, before)

    def late(*arguments: Any) -> Any:
        if segment.stat().st_size and len(list(segments(book))) == 1:
            rewrite(segment, [False] * 10 + [True] * 10)
        return step(*arguments)

    monkeypatch.setattr(sums, before, late)
    assert remember(policy, book, NOW).days == 0
    assert list(folder_of(book).iterdir()) == []
    monkeypatch.undo()
    assert rows(asked(policy)) == {("example",): (10, 10)}


def test_sums_go_that_somebody_made_while_a_record_went(policy: Policy) -> None:
    book = policy.log.directory
    write(book, crowd(policy, 20, day=_LAST_WEEK))

    class Late(Disk):
        def rename(self, path: Path, target: Path) -> None:
            assert len(_summed(policy)) == 1
            super().rename(path, target)

    rewrite(next(segments(book)), [False] * 10 + [True] * 10, Late())
    assert _files(book) == []


_MAKE = """
import sys
from pathlib import Path
from msgspec.structs import replace
from datetime import datetime
from frontdesk.analytics.remember import remember
from frontdesk.policy import EXAMPLE, load
from frontdesk.policy.model import Log

book = Path(sys.argv[1])
policy = replace(load(EXAMPLE), log=Log(directory=book))
print("ready", flush=True)
sys.stdin.readline()
assert remember(policy, book, datetime.fromisoformat(sys.argv[2])).failed == []
"""


def test_two_processes_may_make_the_same_sum_at_once(policy: Policy) -> None:
    book = policy.log.directory
    write(book, crowd(policy, 20, day=_LAST_WEEK))
    plain = asked(policy)
    command = [sys.executable, "-c", _MAKE, str(book), NOW.isoformat()]
    both = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(2)]
    for each in both:
        assert each.stdout is not None
        assert each.stdout.readline() == b"ready\n"
    for each in both:
        each.communicate(b"\n", timeout=60)
    assert [each.returncode for each in both] == [0, 0]
    assert len(list(folder_of(book).iterdir())) == 1
    assert remember(policy, book, NOW).days == 0
    assert asked(policy) == plain
