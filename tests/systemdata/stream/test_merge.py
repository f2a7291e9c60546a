"""Small Parquet segments of a stream become few when their day is over, and each record stays in the book once."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson
import pytest

from frontdesk.policy import Policy
from frontdesk.policy.networks import pack
from frontdesk.systemdata import compact as compact_
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.archived import Archived
from frontdesk.systemdata.compact import compact
from frontdesk.systemdata.follow import Follower
from frontdesk.systemdata.hold import Hold, Holds
from frontdesk.systemdata.move import move
from frontdesk.systemdata.parquet import Part, seal_parts
from frontdesk.systemdata.purge import purge
from frontdesk.systemdata.read import read
from frontdesk.systemdata.room import Room, make_room
from frontdesk.systemdata.seal import read_seal
from frontdesk.systemdata.shelf import BY_CONTENT, identity, segments
from frontdesk.systemdata.stream.batch import Batch
from frontdesk.systemdata.stream.spool import Spool
from frontdesk.systemdata.stream.taken import Taken
from frontdesk.systemdata.subject import Request, erase
from frontdesk.systemdata.tags import Record
from frontdesk.systemdata.verify import verify
from frontdesk.systemdata.whole import files

from ..keeping import NOW, records_in, security, snapshot, visit

ADDRESS = "128.112.0.77"
ANONYMOUS = {f.TREATMENT: "anonymous"}


def batch_of(book: Path, following: int, records: Iterable[Record]) -> Batch:
    batch = Batch(book)
    for record in records:
        batch.add(record, orjson.dumps(record))
    batch.went_past("frontdesk.visit/0", following)
    return batch


def take_in(policy: Policy, batches: int, first: int = 0, more: Mapping[str, Any] = MappingProxyType({})) -> None:
    """Batches of three records of one day, as `frontdesk stream` writes them."""
    book = policy.log.directory
    for number in range(first, first + batches):
        records = [visit(policy, 5 - (number * 3 + each) / 1440) | {f.STATUS: number, **more} for each in range(3)]
        batch_of(book, number, records).write(Taken(book))


def paths(book: Path) -> list[Path]:
    return list(segments(book))


def whole(book: Path) -> bool:
    return all(verdict.damage is None for verdict in verify(book))


def in_any_order(book: Path) -> list[bytes]:
    return sorted(orjson.dumps(record, option=orjson.OPT_SORT_KEYS) for record in records_in(book))


def test_merge_makes_one_file_of_a_shelf_and_every_record_comes_back(policy: Policy) -> None:
    book = policy.log.directory
    take_in(policy, 4)
    take_in(policy, 2, first=4, more=ANONYMOUS)
    before = in_any_order(book)
    told = compact(book, NOW, dry_run=True)
    assert len(paths(book)) == 6
    done = compact(book, NOW)
    assert (done.records, done.segments, done.files, done.kept) == (18, 6, 2, [])
    assert told == done._replace(after=None)
    assert done.after is not None
    assert done.after < done.before
    assert in_any_order(book) == before
    assert ["-anonymous" in path.name for path in paths(book)] == [False, True]
    assert whole(book)
    kept = snapshot(book)
    assert compact(book, NOW)[:3] == (0, 0, 0)
    assert snapshot(book) == kept


def test_merge_tells_in_the_seal_what_the_records_do(policy: Policy) -> None:
    book = policy.log.directory
    take_in(policy, 2)
    first, second = map(read_seal, paths(book))
    compact(book, NOW)
    (seal,) = map(read_seal, paths(book))
    assert (seal.records, seal.first, seal.last) == (6, first.first, second.last)
    assert (seal.earliest_expiry, seal.latest_expiry) == (first.earliest_expiry, second.latest_expiry)


def test_merge_leaves_today_and_yesterday_and_a_file_that_is_alone(policy: Policy) -> None:
    book = policy.log.directory
    batch_of(book, 1, [visit(policy, days) for days in (0, 1, 7)]).write(Taken(book))
    batch_of(book, 2, [visit(policy, days) for days in (0, 1)]).write(Taken(book))
    before = snapshot(book)
    assert compact(book, NOW).files == 0
    assert snapshot(book) == before


def test_merge_takes_what_came_late_together_the_next_time(policy: Policy) -> None:
    book = policy.log.directory
    take_in(policy, 2)
    compact(book, NOW)
    take_in(policy, 1, first=2)
    assert compact(book, NOW).files == 0  # what was merged is not merged again: it alone tells of its parts
    take_in(policy, 1, first=3)
    assert compact(book, NOW).segments == 2
    assert [len(paths(book)), len(records_in(book))] == [2, 12]


def test_merge_makes_files_of_bounded_size(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    book = policy.log.directory
    take_in(policy, 5)
    monkeypatch.setattr(compact_, "MOST_RECORDS", 6)
    assert compact(book, NOW).files == 2
    assert sorted(read_seal(path).records for path in paths(book)) == [3, 6, 6]


def test_merge_leaves_a_file_that_has_a_whole_row_group(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    take_in(policy, 3)
    monkeypatch.setattr(compact_, "MOST_SMALL", 3)
    assert compact(policy.log.directory, NOW).files == 0


def test_merge_leaves_files_that_are_looked_for_by_their_names(policy: Policy) -> None:
    book = policy.log.directory
    take_in(policy, 2)
    for path in paths(book):
        start, _, number = path.name.split("-")
        named = path.with_name(f"{start}{BY_CONTENT}{number}")
        seal_parts(named, [Part(named.name, list(read(path)))])
        path.unlink()
    assert compact(book, NOW).files == 0


@pytest.mark.parametrize("written", [1, 2])
def test_merge_leaves_a_batch_that_may_be_taken_back_yet(policy: Policy, written: int) -> None:
    book = policy.log.directory
    take_in(policy, 3)
    killed = batch_of(book, 9, [visit(policy, days) | {f.STATUS: 9} for days in (5, 4.9, 6)])
    taken = Taken(book)
    there = list(killed._files())
    taken.begin([each.path for each in there])
    for each in there[:written]:
        each.path.parent.mkdir(parents=True, exist_ok=True)
        seal_parts(each.path, [Part(each.path.name, each.lines)])
    unfinished = there[0].path.with_name(there[0].path.name + ".tmp")
    unfinished.write_bytes(b"half of it")
    stray = unfinished.with_name("20261118T140000000000-1-1.parquet.tmp")
    stray.write_bytes(b"of nobody")
    assert compact(book, NOW).records == 9
    assert [unfinished.exists(), stray.exists()] == [True, False]
    again = Taken(book)
    assert again.take_back() == written
    batch_of(book, 9, [visit(policy, days) | {f.STATUS: 9} for days in (5, 4.9, 6)]).write(again)
    assert Counter(record[f.STATUS] for record in records_in(book)) == {0: 3, 1: 3, 2: 3, 9: 3}


def test_archive_leaves_a_batch_alone_that_a_stream_may_take_back(policy: Policy, tmp_path: Path) -> None:
    book, store = policy.log.directory, (tmp_path / "store").as_uri()
    take_in(policy, 1)
    taken, records = Taken(book), [visit(policy, 5) | {f.STATUS: 9}]
    (there,) = batch_of(book, 1, records)._files()
    taken.begin([there.path])
    seal_parts(there.path, [Part(there.path.name, there.lines)])
    assert (move(book, store, NOW).records, taken.take_back()) == (3, 1)
    batch_of(book, 1, records).write(taken)
    assert (move(book, store, NOW).records, paths(book)) == (1, [])
    archived = [orjson.loads(line) for _, path in files(book) for line in read(path)]
    assert Counter(record[f.STATUS] for record in archived) == {0: 3, 9: 1}


def test_merge_a_batch_that_is_read_again_from_the_beginning_hides_behind_nothing(policy: Policy) -> None:
    book = policy.log.directory
    for _ in range(2):
        take_in(policy, 2)
        compact(book, NOW)
        (book / "stream-intake" / "taken.json").unlink()  # as when the topic is made anew
    assert len(records_in(book)) == 12


def test_merge_gives_a_reader_that_listed_files_before_each_record_once(policy: Policy) -> None:
    book = policy.log.directory
    take_in(policy, 3)
    listed = paths(book)
    before = [line for path in listed for line in read(path)]
    follower = Follower(book)
    lines = follower.read()
    first = [next(lines)]
    compact(book, NOW)
    assert not any(path.exists() for path in listed)
    assert [line for path in listed for line in read(path)] == before
    assert len(first + list(lines)) == 9
    assert list(follower.read()) == []


def test_merge_keeps_the_places_that_a_shipper_knows(policy: Policy) -> None:
    book = policy.log.directory
    take_in(policy, 3, more=ANONYMOUS)
    before = list(Spool(book, ["visit"], {}).read(NOW))
    assert {entry.place for entry in before} == {identity(path).relative_to(book).as_posix() for path in paths(book)}
    compact(book, NOW)
    assert list(Spool(book, ["visit"], {}).read(NOW)) == before
    done = {entry.place: entry.position for entry in before}
    assert list(Spool(book, ["visit"], done).read(NOW)) == []


def test_merge_that_was_stopped_brings_nothing_back_by_erasure_purge_room_or_archive(
    policy: Policy, tmp_path: Path
) -> None:
    book = policy.log.directory
    address = Request(pack(ADDRESS) or b"", "0000", "9999")
    for number in range(2):
        batch_of(book, number, [security(policy, 5, ADDRESS), visit(policy, 5)]).write(Taken(book))
    left = {path: path.read_bytes() for path in paths(book)}

    def leave() -> int:
        for path, content in left.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return len(records_in(book))

    compact(book, NOW)
    assert leave() == 4
    assert erase(policy, book, address, NOW).erased == 2
    assert len(records_in(book)) == 2
    security_files = [path for path in left if "security" in path.parts]
    for path in security_files:
        del left[path]
    assert leave() == 2
    compact(book, NOW)
    assert not any(path.exists() for path in left)
    assert leave() == 2
    move(book, f"file://{tmp_path}/store", NOW)
    assert not any(path.exists() for path in left)
    assert sum(sum(1 for _ in read(path)) for _, path in files(book)) == 2


@pytest.mark.parametrize("how", ["purge", "room"])
def test_merge_that_was_stopped_brings_nothing_back_when_its_file_goes(how: str, policy: Policy) -> None:
    book = policy.log.directory
    take_in(policy, 2)
    left = {path: path.read_bytes() for path in paths(book)}
    compact(book, NOW)
    for path, content in left.items():
        path.write_bytes(content)
    if how == "purge":
        assert purge(policy, book, NOW + timedelta(90)).records == {"visit": 6}
    else:
        (freed,) = make_room(book, Room(max_total_bytes=1))
        assert freed.records == 6
    assert records_in(book) == []


def test_merge_keeps_what_is_held_and_lets_go_what_has_expired(policy: Policy) -> None:
    book = policy.log.directory
    take_in(policy, 2)
    compact(book, NOW)
    held = records_in(book)[1][f.TIMESTAMP]
    until = held.replace("000Z", "001Z")
    Holds(book).add(Hold(id="case", reason="x", made="2026-11-20T00:00:00.000Z", since=held, until=until))
    done = purge(policy, book, NOW + timedelta(90))
    assert (done.held, held in {record[f.TIMESTAMP] for record in records_in(book)}) == (done.left, True)
    assert whole(book)


def test_merge_is_found_in_the_archive_by_who_listed_its_parts(policy: Policy, tmp_path: Path) -> None:
    book = policy.log.directory
    take_in(policy, 3)
    listed = paths(book)
    compact(book, NOW)
    assert move(book, f"file://{tmp_path}/store", NOW).segments == 1
    (archived,) = [path for _, path in files(book)]
    assert isinstance(archived, Archived)
    assert [orjson.loads(line)[f.STATUS] for path in listed for line in read(path)] == [0] * 3 + [1] * 3 + [2] * 3
