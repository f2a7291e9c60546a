"""Purge: what has expired goes by whole files, what is held stays, and keys go with the records that needed them."""

import errno
import multiprocessing
import os
import time
from datetime import datetime, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontdesk.policy import Policy
from frontdesk.policy.networks import pack
from frontdesk.systemdata import BookError, Shelf, Writer
from frontdesk.systemdata.entry import enter
from frontdesk.systemdata.hold import Hold, Holds
from frontdesk.systemdata.ipcrypt import decrypt
from frontdesk.systemdata.keys import security_keys
from frontdesk.systemdata.lock import alone
from frontdesk.systemdata.purge import Purged, purge
from frontdesk.systemdata.record import encode
from frontdesk.systemdata.shelf import segments
from frontdesk.systemdata.subject import Request, find

from ..book import NAME
from .keeping import NOW, keep, records_in, security, snapshot, visit, write

ADDRESS = "128.112.0.77"


def test_what_has_expired_goes_and_the_rest_stays(policy: Policy) -> None:
    book = policy.log.directory
    write(book, visit(policy, 91), visit(policy, 89), visit(policy, 0), security(policy, 15, ADDRESS))
    done = purge(policy, book, NOW)
    assert done.records == {"visit": 1, "security": 1}
    assert (done.files, done.held, done.left) == (2, 0, 2)
    assert done.oldest == visit(policy, 89)["timestamp"]
    assert len(records_in(book)) == 2
    assert not (book / "visit" / visit(policy, 91)["timestamp"][:10]).exists()


def test_a_record_goes_at_its_very_expiry(policy: Policy) -> None:
    book = policy.log.directory
    write(book, visit(policy, 90))
    assert purge(policy, book, NOW - timedelta(seconds=1)).files == 0
    assert purge(policy, book, NOW).files == 1


def test_a_purge_is_idempotent(policy: Policy) -> None:
    book = policy.log.directory
    write(book, visit(policy, 91), visit(policy, 1), security(policy, 15, ADDRESS))
    purge(policy, book, NOW)
    before = snapshot(book)
    again = purge(policy, book, NOW)
    assert (again.files, again.records, again.keys) == (0, {}, [])
    assert snapshot(book) == before


def test_a_dry_run_tells_the_same_and_changes_nothing(policy: Policy) -> None:
    book = policy.log.directory
    write(book, visit(policy, 91), visit(policy, 1), security(policy, 15, ADDRESS))
    before = snapshot(book)
    told = purge(policy, book, NOW, dry_run=True)
    assert snapshot(book) == before
    assert purge(policy, book, NOW) == told


def test_the_key_of_a_day_goes_with_its_last_record_and_no_address_comes_back(policy: Policy) -> None:
    book = policy.log.directory
    records = [security(policy, days, ADDRESS) for days in (15, 13, 0)]
    write(book, *records)
    copy = bytes.fromhex(records[0]["frontdesk.security.address"])  # as a backup may still hold it
    keys = security_keys(book)
    days = [record["timestamp"][:10] for record in records]
    first = keys.get(days[0])
    assert first is not None
    assert decrypt(first, copy) == pack(ADDRESS)
    assert purge(policy, book, NOW).keys == [days[0]]
    assert keys.days() == days[1:]
    assert all((key := keys.get(day)) is not None and decrypt(key, copy) != pack(ADDRESS) for day in keys.days())
    packed = pack(ADDRESS)
    assert packed is not None
    assert len(find(policy, book, Request(packed, "0000", "9999"), NOW).records) == 2


def test_the_key_of_a_day_whose_records_are_held_stays(policy: Policy) -> None:
    book = policy.log.directory
    write(book, security(policy, 15, ADDRESS))
    Holds(book).add(Hold(id="case", reason="case", made="2026-11-20T00:00:00.000Z", retention_class="security"))
    done = purge(policy, book, NOW)
    assert (done.held, done.keys, len(security_keys(book).days())) == (1, [], 1)
    Holds(book).release("case")
    assert len(purge(policy, book, NOW).keys) == 1


@pytest.mark.parametrize(
    ("hold", "held"),
    [
        ({}, 3),
        ({"retention_class": "visit"}, 3),
        ({"retention_class": "security"}, 0),
        ({"entity": "aurora-com"}, 2),
        ({"entity": "aurora-jp"}, 0),
        ({"since": "2026-08-15T00:00:00.000Z", "until": "2026-08-15T14:30:00.000Z"}, 2),
        ({"since": "2026-08-15T15:30:00.000Z"}, 1),
        ({"until": "2026-08-15T14:00:00.000Z"}, 0),
    ],
)
def test_held_records_stay_and_nothing_beside_them(hold: dict[str, str], held: int, policy: Policy) -> None:
    book = policy.log.directory
    write(book, visit(policy, 100), visit(policy, 100, "aurora-de"), visit(policy, 100 - 2 / 24))
    Holds(book).add(Hold(id="case", reason="a lawsuit", made="2026-11-20T00:00:00.000Z", **hold))
    told = purge(policy, book, NOW, dry_run=True)
    done = purge(policy, book, NOW)
    assert told == done
    assert (done.held, done.left, len(records_in(book))) == (held, held, held)
    assert sum(done.records.values()) == 3 - held
    Holds(book).release("case")
    purge(policy, book, NOW)
    assert records_in(book) == []


def test_a_hold_that_cannot_be_read_stops_the_purge(policy: Policy) -> None:
    book = policy.log.directory
    write(book, visit(policy, 100))
    (book / "holds").mkdir()
    (book / "holds" / "case.json").write_text("{")
    with pytest.raises(BookError, match="nothing is taken out of the book until it is mended"):
        purge(policy, book, NOW)
    assert len(records_in(book)) == 1


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.integers(1, 760), now=st.integers(1, 760), age=st.integers(0, 800))
def test_no_change_of_policy_lengthens_what_is_written(
    written: int, now: int, age: int, policy: Policy, tmp_path_factory: pytest.TempPathFactory
) -> None:
    book = tmp_path_factory.mktemp("book")
    write(book, visit(keep(policy, visit=written), age))
    done = purge(keep(policy, visit=now), book, NOW)
    assert (done.files == 1) == (age >= min(written, now))


def test_a_damaged_segment_goes_by_its_day_and_is_told(policy: Policy) -> None:
    book = policy.log.directory
    write(book, visit(policy, 95), visit(policy, 5))
    for path in segments(book):
        os.truncate(path, path.stat().st_size - 7)
    done = purge(policy, book, NOW)
    assert (done.files, len(done.damaged)) == (1, 2)
    assert "the seal is missing" in done.damaged[0]
    assert len(list(segments(book))) == 1


def test_a_damaged_segment_of_which_a_part_may_have_expired_is_counted_until_it_goes(policy: Policy) -> None:
    book = policy.log.directory
    write(book, visit(policy, 1))
    (path,) = segments(book)
    os.truncate(path, path.stat().st_size - 7)
    midnight = datetime.fromisoformat(f"{path.parents[1].name}T00:00:00Z") + timedelta(policy.retention.visit.days)
    for hours, unsifted, files in ((-1, 0, 0), (1, 1, 0), (23, 1, 0), (24, 0, 1)):
        done = purge(policy, book, midnight + timedelta(hours=hours))
        assert (done.unsifted, done.files) == (unsifted, files), hours


def test_an_orphan_of_a_dead_process_is_sealed_and_can_go(policy: Policy) -> None:
    book = policy.log.directory
    record = visit(policy, 91)
    folder = Shelf.of(record).folder(book)
    folder.mkdir(parents=True)
    (folder / f"{NAME}1.open").write_bytes(encode(record) + b'{"torn')
    assert purge(policy, book, NOW, dry_run=True).still_open == 1
    assert purge(policy, book, NOW).records == {"visit": 1}
    assert list(segments(book)) == []


def _write_on(directory: Path, policy: Policy, started: Event, stop: Event) -> None:
    book = Writer(directory, flush_interval=0.01, segment_bytes=4096)
    count = 0
    while not stop.is_set():
        enter(visit(policy, 95), book)  # expired from the start: what is sealed may go at once
        enter(visit(policy, 1), book)
        count += 1
        started.set()
        time.sleep(0.001)
    book.close()
    (directory / "count").write_text(f"{count} {book.statistics().written}")


def test_a_purge_beside_a_live_writer_loses_nothing_that_has_not_expired(policy: Policy) -> None:
    book = policy.log.directory
    context = multiprocessing.get_context("fork")
    started, stop = context.Event(), context.Event()
    writer = context.Process(target=_write_on, args=(book, policy, started, stop))
    writer.start()
    assert started.wait(20)
    gone = 0
    deadline = time.monotonic() + 20
    while gone == 0 and time.monotonic() < deadline:
        gone += purge(policy, book, NOW).records.get("visit", 0)
    stop.set()
    writer.join(20)
    gone += purge(policy, book, NOW).records.get("visit", 0)
    count, written = map(int, (book / "count").read_text().split())
    assert (written, gone) == (2 * count, count)
    assert len(records_in(book)) == count


def test_a_purge_that_fails_and_whose_audit_cannot_be_written_tells_both(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(path: Path) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    def untold(_: Purged) -> None:
        raise BookError("book", "no audit record")

    write(policy.log.directory, visit(policy, 100))
    monkeypatch.setattr("frontdesk.systemdata.purge.remove", read_only)
    with pytest.raises(BookError, match="cannot be purged: Read-only file system") as caught:
        purge(policy, policy.log.directory, NOW, testify=untold)
    assert caught.value.__notes__ == ["book: no audit record"]


def test_two_commands_do_not_change_a_book_at_once(policy: Policy) -> None:
    write(policy.log.directory, visit(policy, 1))
    with alone(policy.log.directory), pytest.raises(BookError, match="another command is changing this book"):
        purge(policy, policy.log.directory, NOW)


def test_a_book_that_is_not_there_is_said(policy: Policy, tmp_path: Path) -> None:
    with pytest.raises(BookError, match="there is no book here"):
        purge(policy, tmp_path / "nowhere", NOW)


def test_a_purge_passes_over_a_folder_that_is_no_day(policy: Policy) -> None:
    write(policy.log.directory, visit(policy, 100))
    (policy.log.directory / "visit" / "2026-10-99" / "aurora-com").mkdir(parents=True)
    assert purge(policy, policy.log.directory, NOW).records == {"visit": 1}
    assert (policy.log.directory / "visit" / "2026-10-99" / "aurora-com").is_dir()
