"""Requests of data subjects: what can be found is found and erased, and nothing of anybody else."""

import errno
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from frontdesk.policy import Policy
from frontdesk.policy.networks import pack
from frontdesk.systemdata import BookError, Writer
from frontdesk.systemdata.compact import compact
from frontdesk.systemdata.daily_id import daily_id, day_of, memory_keys
from frontdesk.systemdata.entry import enter
from frontdesk.systemdata.hold import Hold, Holds
from frontdesk.systemdata.keys import security_keys
from frontdesk.systemdata.seal import read_seal
from frontdesk.systemdata.shelf import segments
from frontdesk.systemdata.subject import Erased, Request, erase, find, finish

from ..book import eventually
from .keeping import NOW, records_in, security, snapshot, visit, write

ALWAYS = ("0000-00-00", "9999-99-99")


def packed(text: str) -> bytes:
    address = pack(text)
    assert address is not None
    return address


THEIRS, OTHER = packed("128.112.0.77"), packed("128.112.0.78")


def fill(policy: Policy) -> None:
    write(
        policy.log.directory,
        security(policy, 2, "128.112.0.77"),
        security(policy, 2, "128.112.0.78"),
        security(policy, 1, "128.112.0.77"),
        visit(policy, 1, **{"client.address": "128.112.0.0/24"}),
        visit(policy, 1, **{"client.address": "128.113.0.0/24"}),
    )


def read_only(path: Path, _: object) -> None:
    raise OSError(errno.EROFS, "Read-only file system", str(path))


def untold(_: Erased) -> None:
    raise BookError("book", "no audit record")


def postpone(policy: Policy, address: bytes) -> None:
    """Ask for the erasure of a record while it is being written, and seal it then."""
    book = Writer(policy.log.directory, flush_interval=0.01, segment_seconds=1e9)
    enter(security(policy, (NOW - datetime.now(UTC)).total_seconds() / 86_400, "128.112.0.77"), book)
    eventually(lambda: book.statistics().written == 1)
    erase(policy, policy.log.directory, Request(address, *ALWAYS), NOW)
    book.close()


def waiting(policy: Policy) -> list[Path]:
    """The erasures that wait."""
    return sorted((policy.log.directory / "erasures").iterdir())


def flip(path: Path) -> None:
    """Damage what a segment holds, and not its seal."""
    content = bytearray(path.read_bytes())
    content[20] ^= 0xFF
    path.write_bytes(content)


def test_find_singles_out_by_decryption_and_says_what_it_cannot_tell(policy: Policy) -> None:
    fill(policy)
    found = find(policy, policy.log.directory, Request(THEIRS, *ALWAYS), NOW)
    assert len(found.records) == 2
    assert (found.security, found.without_key, found.of_network) == (3, 0, 1)
    assert find(policy, policy.log.directory, Request(OTHER, *ALWAYS), NOW).records != found.records


def test_find_looks_at_the_days_that_were_asked_for(policy: Policy) -> None:
    fill(policy)
    found = find(policy, policy.log.directory, Request(THEIRS, "2026-11-22", "2026-11-22"), NOW)
    assert [record["timestamp"][:10] for record in found.records] == ["2026-11-22"]


def test_find_says_of_which_records_the_key_is_gone(policy: Policy) -> None:
    fill(policy)
    security_keys(policy.log.directory).destroy("2026-11-21")
    found = find(policy, policy.log.directory, Request(THEIRS, *ALWAYS), NOW)
    assert (len(found.records), found.without_key) == (1, 2)


def test_erase_takes_their_records_and_no_others_and_seals_again(policy: Policy) -> None:
    fill(policy)
    book = policy.log.directory
    rest = [
        record for record in records_in(book) if record not in find(policy, book, Request(THEIRS, *ALWAYS), NOW).records
    ]
    assert erase(policy, book, Request(THEIRS, *ALWAYS), NOW) == Erased(2, 0, 0, [])
    assert records_in(book) == rest
    assert sum(read_seal(path).records for path in segments(book)) == 3
    assert find(policy, book, Request(THEIRS, *ALWAYS), NOW).records == []
    before = snapshot(book)
    assert erase(policy, book, Request(THEIRS, *ALWAYS), NOW).erased == 0
    assert snapshot(book) == before


def test_erase_leaves_what_is_on_hold(policy: Policy) -> None:
    fill(policy)
    book = policy.log.directory
    Holds(book).add(
        Hold(id="case", reason="a lawsuit", made="2026-11-23T00:00:00.000Z", since="2026-11-22T00:00:00.000Z")
    )
    assert find(policy, book, Request(THEIRS, *ALWAYS), NOW).held == 1
    assert erase(policy, book, Request(THEIRS, *ALWAYS), NOW)[:2] == (1, 1)
    assert len(find(policy, book, Request(THEIRS, *ALWAYS), NOW).records) == 1


@pytest.mark.parametrize("compacted", [False, True])
def test_what_is_on_hold_when_its_subject_asks_goes_after_the_release(policy: Policy, compacted: bool) -> None:
    fill(policy)
    book = policy.log.directory
    if compacted:
        compact(book, NOW + timedelta(2))
    Holds(book).add(Hold(id="case", reason="a lawsuit", made="2026-11-23T00:00:00.000Z"))
    assert erase(policy, book, Request(THEIRS, *ALWAYS), NOW) == Erased(0, 2, 0, [])
    security_keys(book).destroy("2026-11-21")
    security_keys(book).destroy("2026-11-22")
    told: list[Erased] = []
    finish(book, told.append)
    assert told == [Erased(0, 1, 0, []), Erased(0, 1, 0, [])]
    assert len(records_in(book)) == 5
    Holds(book).release("case")
    finish(book, told.append)
    assert told[2:] == [Erased(1, 0, 0, []), Erased(1, 0, 0, [])]
    assert len(records_in(book)) == 3
    assert waiting(policy) == []


def test_a_visit_of_today_that_is_on_hold_goes_after_the_release_when_its_day_and_key_are_over(policy: Policy) -> None:
    keys = memory_keys(policy.log.directory)
    if keys is None:
        pytest.skip("this host has no memory file system")
    now = datetime.now(UTC)
    key = keys.make(day_of(now.timestamp()))
    ids = [daily_id(key, "aurora-com", address) for address in (THEIRS, OTHER)]
    days_ago = (NOW - now).total_seconds() / 86_400
    book = policy.log.directory
    write(book, *(visit(policy, days_ago, **{"frontdesk.visitor.daily_id": each}) for each in ids))
    Holds(book).add(Hold(id="case", reason="a lawsuit", made="2026-11-23T00:00:00.000Z"))
    assert erase(policy, book, Request(THEIRS, *ALWAYS), now) == Erased(0, 1, 0, [])
    keys.destroy(day_of(now.timestamp()))
    finish(book)
    assert len(records_in(book)) == 2
    Holds(book).release("case")
    finish(book)
    assert [record["frontdesk.visitor.daily_id"] for record in records_in(book)] == ids[1:]


def test_what_was_read_of_a_damaged_segment_when_its_subject_asked_goes_when_it_is_mended(policy: Policy) -> None:
    book = policy.log.directory
    write(book, security(policy, 2, "128.112.0.77"), security(policy, 2, "128.112.0.78"))
    (path,) = segments(book)
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 0xFF]))
    assert erase(policy, book, Request(THEIRS, *ALWAYS), NOW).erased == 0
    path.write_bytes(content)
    security_keys(book).destroy("2026-11-21")
    told: list[Erased] = []
    finish(book, told.append)
    assert told == [Erased(1, 0, 0, [])]
    assert len(records_in(book)) == 1


def test_erase_says_what_is_still_being_written(policy: Policy) -> None:
    book = Writer(policy.log.directory, flush_interval=0.01, segment_seconds=1e9)
    today = (NOW - datetime.now(UTC)).total_seconds() / 86_400
    enter(security(policy, today, "128.112.0.77"), book)
    eventually(lambda: book.statistics().written == 1)
    request = Request(THEIRS, *ALWAYS)
    assert erase(policy, policy.log.directory, request, NOW) == Erased(0, 0, 1, [])
    book.close()
    assert erase(policy, policy.log.directory, request, NOW).erased == 1


def test_erase_leaves_a_damaged_segment_as_it_is_and_says_so(policy: Policy) -> None:
    book = policy.log.directory
    write(book, security(policy, 2, "128.112.0.77"))
    (path,) = segments(book)
    content = bytearray(path.read_bytes())
    content[-300:] = bytes(300)
    path.write_bytes(content)
    done = erase(policy, book, Request(THEIRS, *ALWAYS), NOW)
    assert (done.erased, len(done.damaged)) == (0, 1)
    assert path.read_bytes() == content


def test_visits_of_today_are_found_by_the_key_of_today_and_only_those(policy: Policy, tmp_path: Path) -> None:
    keys = memory_keys(policy.log.directory)
    if keys is None:
        pytest.skip("this host has no memory file system")
    now = datetime.now(UTC)
    key = keys.make(day_of(now.timestamp()))
    days_ago = (NOW - now).total_seconds() / 86_400
    ids = {name: daily_id(key, "aurora-com", address) for name, address in (("theirs", THEIRS), ("other", OTHER))}
    network = {"client.address": "128.112.0.0/24"}
    write(
        policy.log.directory,
        *(visit(policy, days_ago, **{"frontdesk.visitor.daily_id": each} | network) for each in ids.values()),
        visit(policy, days_ago + 3, **{"frontdesk.visitor.daily_id": ids["theirs"]} | network),
    )
    found = find(policy, policy.log.directory, Request(THEIRS, *ALWAYS), now)
    assert [record["frontdesk.visitor.daily_id"] for record in found.records] == [ids["theirs"]]
    assert found.of_network == 2
    assert erase(policy, policy.log.directory, Request(THEIRS, *ALWAYS), now).erased == 1


def test_what_was_being_written_goes_when_it_is_sealed_also_if_its_day_and_key_are_over(policy: Policy) -> None:
    keys = memory_keys(policy.log.directory)
    if keys is None:
        pytest.skip("this host has no memory file system")
    now = datetime.now(UTC)
    days_ago = (NOW - now).total_seconds() / 86_400
    key = keys.make(day_of(now.timestamp()))
    ids = [daily_id(key, "aurora-com", address) for address in (THEIRS, OTHER)]
    book = Writer(policy.log.directory, flush_interval=0.01, segment_seconds=1e9)
    for each in ids:
        enter(visit(policy, days_ago, **{"frontdesk.visitor.daily_id": each}), book)
    enter(security(policy, days_ago, "128.112.0.77"), book)
    eventually(lambda: book.statistics().written == 3)
    assert erase(policy, policy.log.directory, Request(THEIRS, *ALWAYS), now) == Erased(0, 0, 2, [])
    keys.destroy(day_of(now.timestamp()))

    told: list[Erased] = []
    finish(policy.log.directory, told.append)
    assert (told, len(records_in(policy.log.directory))) == ([], 3)
    book.close()
    finish(policy.log.directory, told.append)
    assert told == [Erased(1, 0, 0, []), Erased(1, 0, 0, [])]
    (left,) = records_in(policy.log.directory)
    assert left["frontdesk.visitor.daily_id"] == ids[1]
    assert list((policy.log.directory / "erasures").iterdir()) == []
    finish(policy.log.directory, told.append)
    assert len(told) == 2


def test_what_waits_to_be_erased_holds_no_address_and_only_its_owner_may_read_it(policy: Policy) -> None:
    book = Writer(policy.log.directory, flush_interval=0.01, segment_seconds=1e9)
    enter(security(policy, (NOW - datetime.now(UTC)).total_seconds() / 86_400, "128.112.0.77"), book)
    eventually(lambda: book.statistics().written == 1)
    for _ in range(2):
        erase(policy, policy.log.directory, Request(THEIRS, *ALWAYS), NOW)
    (waits,) = (policy.log.directory / "erasures").iterdir()
    assert waits.stat().st_mode & 0o777 == 0o600
    assert b"128.112" not in waits.read_bytes()
    book.close()


def test_what_waits_to_be_erased_and_is_held_by_then_stays(policy: Policy) -> None:
    book = Writer(policy.log.directory, flush_interval=0.01, segment_seconds=1e9)
    enter(security(policy, (NOW - datetime.now(UTC)).total_seconds() / 86_400, "128.112.0.77"), book)
    eventually(lambda: book.statistics().written == 1)
    erase(policy, policy.log.directory, Request(THEIRS, *ALWAYS), NOW)
    book.close()
    Holds(policy.log.directory).add(Hold(id="case", reason="a lawsuit", made="2026-11-23T00:00:00.000Z"))
    told: list[Erased] = []
    finish(policy.log.directory, told.append)
    assert told == [Erased(0, 1, 0, [])]
    assert len(records_in(policy.log.directory)) == 1
    Holds(policy.log.directory).release("case")
    finish(policy.log.directory, told.append)
    assert told[1:] == [Erased(1, 0, 0, [])]
    assert records_in(policy.log.directory) == []
    assert waiting(policy) == []


def test_what_waits_to_be_erased_and_is_damaged_by_then_waits_on_until_it_is_mended(policy: Policy) -> None:
    postpone(policy, THEIRS)
    (path,) = segments(policy.log.directory)
    content = path.read_bytes()
    flip(path)
    told: list[Erased] = []
    finish(policy.log.directory, told.append)
    ((erased, held, in_open, damaged, _),) = told
    assert (erased, held, in_open, len(damaged)) == (0, 0, 0, 1)
    assert len(waiting(policy)) == 1
    path.write_bytes(content)
    finish(policy.log.directory, told.append)
    assert told[1:] == [Erased(1, 0, 0, [])]
    assert records_in(policy.log.directory) == []
    assert waiting(policy) == []


@pytest.mark.parametrize("name", ["0" * 32, "f" * 32], ids=["before", "after"])
def test_one_erasure_that_cannot_be_read_keeps_no_other_from_being_done(name: str, policy: Policy) -> None:
    postpone(policy, THEIRS)
    bad = policy.log.directory / "erasures" / f"{name}.json"
    bad.write_text("")
    told: list[Erased] = []
    with pytest.raises(BookError, match=f"{bad}: is no erasure that waits: restore it, or answer the request again"):
        finish(policy.log.directory, told.append)
    assert told == [Erased(1, 0, 0, [])]
    assert waiting(policy) == [bad]


def test_an_erasure_that_fails_and_whose_audit_cannot_be_written_tells_both(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(policy)
    monkeypatch.setattr("frontdesk.systemdata.subject.rewrite", read_only)
    with pytest.raises(BookError, match="cannot be changed: Read-only file system") as caught:
        erase(policy, policy.log.directory, Request(THEIRS, *ALWAYS), NOW, untold)
    assert caught.value.__notes__ == ["book: no audit record"]


def test_a_postponed_erasure_that_fails_and_whose_audit_cannot_be_written_tells_both(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    postpone(policy, THEIRS)
    monkeypatch.setattr("frontdesk.systemdata.subject.rewrite", read_only)
    with pytest.raises(BookError, match="cannot be changed: Read-only file system") as caught:
        finish(policy.log.directory, untold)
    assert caught.value.__notes__ == ["book: no audit record"]
    assert len(waiting(policy)) == 1
