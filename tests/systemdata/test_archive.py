"""The archive of a book: what is moved there is read, purged, held, erased and verified as if it were on the disk."""

import errno
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from frontdesk.policy import FrontdeskError, Policy
from frontdesk.policy.networks import pack
from frontdesk.systemdata import BookError, archive, disk
from frontdesk.systemdata.archive import archive_of
from frontdesk.systemdata.archived import Archived
from frontdesk.systemdata.compact import compact
from frontdesk.systemdata.follow import Follower
from frontdesk.systemdata.hold import Hold, Holds
from frontdesk.systemdata.keys import security_keys
from frontdesk.systemdata.move import Moved, move
from frontdesk.systemdata.purge import purge
from frontdesk.systemdata.read import read
from frontdesk.systemdata.shelf import segments
from frontdesk.systemdata.store import Entry, Store, StoreError, open_store
from frontdesk.systemdata.subject import Request, erase, find
from frontdesk.systemdata.verify import verify
from frontdesk.systemdata.whole import files

from .keeping import DAY, NOW, keep, security, visit, write
from .test_store import STORES

if TYPE_CHECKING:
    from ..s3 import S3

ADDRESS, OTHER = "128.112.0.77", "128.112.0.78"


@pytest.fixture(params=STORES)
def url(request: pytest.FixtureRequest) -> str:
    """Where an archive may be begun."""
    return STORES[request.param](request)


def fresh_url() -> str:
    """A store in memory that nothing is in."""
    return f"memory://{token_hex(8)}/archive"


def whole(book: Path) -> Counter[bytes]:
    """Every record of a book and its archive, the order of its fields aside."""
    lines = [line for _, path in files(book) for line in read(path)]
    return Counter(orjson.dumps(orjson.loads(line), option=orjson.OPT_SORT_KEYS) for line in lines)


def routes(book: Path) -> list[str]:
    """What records of the whole book say as their route."""
    return sorted(str(orjson.loads(line).get("http.route")) for line in whole(book).elements())


def archived(book: Path) -> list[Archived]:
    """What lies in the archive."""
    there = archive_of(book)
    return [file for found in there.listing().values() for file in found] if there else []


def make_book(policy: Policy) -> Path:
    """Visits of four days that are over and of today, those of two days compacted."""
    book = policy.log.directory
    for days_ago in (10, 11):
        write(book, *(visit(policy, days_ago, **{"http.route": f"/{days_ago}/{number}"}) for number in range(5)))
        write(book, visit(policy, days_ago, "aurora-de", **{"http.route": f"/{days_ago}/de"}))
    compact(book, NOW)
    for days_ago in (5, 6, 0):
        write(book, *(visit(policy, days_ago, **{"http.route": f"/{days_ago}/{number}"}) for number in range(5)))
    return book


def test_days_that_are_over_lie_in_the_archive_and_are_read_as_ever(policy: Policy, url: str) -> None:
    book = make_book(policy)
    before, there = whole(book), sorted(path.name for path in segments(book))
    done = move(book, url, NOW)
    assert (done.segments, done.records, done.days, done.kept) == (6, 22, 4, [])
    assert whole(book) == before
    left = [path.name for path in segments(book)]
    assert len(left) == 1
    assert sorted([*left, *(file.name for file in archived(book))]) == there
    assert {file.suffix for file in archived(book)} == {".zst", ".parquet"}
    verdicts = list(verify(book))
    assert [verdict.damage for verdict in verdicts] == [None] * 7
    assert sum(verdict.records for verdict in verdicts) == 27


def test_a_second_move_has_nothing_to_do_and_a_later_one_adds(policy: Policy) -> None:
    book, url = make_book(policy), fresh_url()
    move(book, url, NOW)
    assert move(book, url, NOW)[:4] == (0, 0, 0, 0)
    before = whole(book)
    assert move(book, url, NOW + timedelta(2)).records == 5
    assert whole(book) == before
    assert list(segments(book)) == []


def test_a_dry_run_tells_the_same_and_changes_nothing(policy: Policy, tmp_path: Path) -> None:
    book = make_book(policy)
    there = sorted(book.rglob("*"))
    told = move(book, f"file://{tmp_path}/store", NOW, dry_run=True)
    assert sorted(book.rglob("*")) == there
    assert not (tmp_path / "store").exists()
    assert told[:4] == move(book, f"file://{tmp_path}/store", NOW)[:4]


def test_a_move_that_fails_part_way_gives_account_of_what_it_moved(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, url = make_book(policy), fresh_url()
    given: list[Moved] = []
    honest, left = open_store(url).put, iter(range(2))

    def full(name: str, file: Path) -> None:
        if next(left, None) is None:
            raise StoreError(url, "is full")
        honest(name, file)

    monkeypatch.setattr(open_store(url), "put", full)
    with pytest.raises(BookError, match="cannot be archived: is full"):
        move(book, url, NOW, testify=given.append)
    there = archived(book)
    assert [(each.segments, each.size, each.ended) for each in given] == [
        (2, sum(file.entry.size for file in there), False)
    ]
    monkeypatch.undo()
    done = move(book, url, NOW, testify=given.append)
    assert (done.ended, given[0].records + done.records) == (True, 22)
    assert given[1:] == [done]


def test_a_damaged_segment_stays_on_the_disk_and_is_told(policy: Policy) -> None:
    book, url = make_book(policy), fresh_url()
    damaged = next(path for path in segments(book) if path.suffix == ".parquet")
    damaged.write_bytes(damaged.read_bytes()[:-1])
    done = move(book, url, NOW)
    assert done.segments == 5
    assert len(done.kept) == 1
    assert str(damaged) in done.kept[0]
    assert damaged.exists()


class Failing:
    """A store that has the whole book read before each call that changes it, and fails at the n-th."""

    def __init__(self, behind: Store, watch: Callable[[], object], fail: int) -> None:
        self.url = behind.url
        self._behind = behind
        self._watch = watch
        self._left = fail
        self.address, self.keeps_deleted = behind.address, behind.keeps_deleted
        self.entries, self.read = behind.entries, behind.read

    def step(self) -> None:
        self._watch()
        self._left -= 1
        if self._left == 0:
            raise StoreError(self.url, "fails")

    @property
    def failed(self) -> bool:
        return self._left <= 0

    def put(self, name: str, file: Path) -> None:
        self.step()
        self._behind.put(name, file)
        self.step()

    def create(self, name: str, content: bytes) -> None:
        self._behind.create(name, content)

    def delete(self, name: str) -> None:
        self.step()
        self._behind.delete(name)
        self.step()


def test_whichever_step_fails_each_record_is_there_once_at_every_moment(
    policy: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = make_book(policy)
    before = whole(book)
    originals = {path: path.read_bytes() for path in segments(book)}
    seen: list[Counter[bytes]] = []
    unlink = disk.Disk.unlink
    for fail in range(1, 60):
        url = f"file://{tmp_path}/{fail}"
        failing = Failing(open_store(url), lambda: seen.append(whole(book)), fail)
        monkeypatch.setattr(archive, "open_store", lambda _, failing=failing: failing)

        def unlink_or_fail(self: disk.Disk, path: Path, failing: Failing = failing) -> None:
            failing.step()
            unlink(self, path)

        monkeypatch.setattr(disk.Disk, "unlink", unlink_or_fail)
        with suppress(BookError):
            move(book, url, NOW)
        monkeypatch.setattr(disk.Disk, "unlink", unlink)
        assert whole(book) == before, fail
        move(book, url, NOW)
        seen.append(whole(book))
        assert len(archived(book)) == 6
        assert len(list(segments(book))) == 1
        assert all(each == before for each in seen), fail
        if not failing.failed:
            break
        for path, content in originals.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        (book / "archive.json").unlink()
    assert 18 < fail < 59


def test_compaction_and_purge_end_what_a_killed_move_left(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    book, url = make_book(policy), fresh_url()
    before = whole(book)
    for path in segments(book):
        assert path.exists()
    monkeypatch.setattr(disk.Disk, "unlink", refuse)
    with pytest.raises(BookError, match="cannot be archived"):
        move(book, url, NOW)
    monkeypatch.undo()
    assert len(archived(book)) == 1
    assert archived(book)[0].home.exists()
    compact(book, NOW)
    assert not archived(book)[0].home.exists()
    assert whole(book) == before
    assert [path.suffix for path in segments(book) if path.parents[1].name < f"{NOW:%Y-%m-%d}"] == [".parquet"] * 5


def refuse(*_: object) -> None:
    """Raises as a disk does that cannot be written to."""
    raise OSError(errno.EROFS, "Read-only file system")


def test_a_reader_that_listed_segments_before_they_were_moved_finds_each_record_once(policy: Policy, url: str) -> None:
    book = make_book(policy)
    before = whole(book)
    listed = list(files(book))
    compact(book, NOW)
    move(book, url, NOW)
    again = [line for _, path in listed for line in read(path)]
    assert len(again) == before.total()
    assert Counter(orjson.dumps(orjson.loads(line), option=orjson.OPT_SORT_KEYS) for line in again) == before


def test_a_reader_under_whom_segments_are_compacted_and_moved_gives_none_twice(policy: Policy) -> None:
    book, url = make_book(policy), fresh_url()
    before = whole(book)
    given: Counter[bytes] = Counter()
    for number, (_, path) in enumerate(files(book)):
        if number == len(list(segments(book))) - 1 or number == 6:
            compact(book, NOW)
            move(book, url, NOW)
        given.update(orjson.dumps(orjson.loads(line), option=orjson.OPT_SORT_KEYS) for line in read(path))
    assert given == before


def test_what_has_expired_goes_from_the_archive(policy: Policy, url: str) -> None:
    book = make_book(policy)
    move(book, url, NOW)
    later = NOW + timedelta(policy.retention.visit.days - 10, hours=2)
    would = purge(policy, book, later, dry_run=True)
    assert len(archived(book)) == 6
    done = purge(policy, book, later)
    assert done == would
    assert done.records == {"visit": 12}
    assert done.archive is None
    assert {route.split("/")[1] for route in routes(book)} == {"0", "5", "6"}
    assert len(archived(book)) == 2
    assert purge(policy, book, later).records == {}


def test_a_part_that_has_expired_is_taken_out_of_an_archived_day(policy: Policy, url: str) -> None:
    book = policy.log.directory
    early, late = 10 + 8 / 24, 10 - 8 / 24
    write(book, visit(policy, early, **{"http.route": "/early"}), visit(policy, late, **{"http.route": "/late"}))
    compact(book, NOW)
    move(book, url, NOW)
    [file] = archived(book)
    later = NOW + timedelta(policy.retention.visit.days - 10)
    done = purge(policy, book, later)
    assert (done.records, done.files, done.left) == ({"visit": 1}, 0, 1)
    assert routes(book) == ["/late"]
    [after] = archived(book)
    assert after.name == file.name
    assert after != file
    assert [verdict.damage for verdict in verify(book)] == [None]
    assert list((book / "archive-stage").iterdir()) == []


def test_a_policy_that_became_shorter_is_applied_to_the_archive_and_a_longer_one_is_not(policy: Policy) -> None:
    book, url = make_book(policy), fresh_url()
    move(book, url, NOW)
    assert purge(keep(policy, visit=365), book, NOW + timedelta(policy.retention.visit.days + 1)).left == 0
    other = make_book(policy)
    move(other, url, NOW)
    assert purge(keep(policy, visit=9), other, NOW).records == {"visit": 12}


def test_held_records_stay_in_the_archive_and_nothing_beside_them(policy: Policy, url: str) -> None:
    book = make_book(policy)
    move(book, url, NOW)
    Holds(book).add(Hold(id="case", reason="case", made="2026-11-23T00:00:00.000Z", entity="aurora-de"))
    done = purge(policy, book, NOW + timedelta(365))
    assert (done.held, done.left) == (2, 2)
    assert routes(book) == ["/10/de", "/11/de"]
    Holds(book).release("case")
    assert purge(policy, book, NOW + timedelta(365)).left == 0
    assert archived(book) == []


def test_the_key_of_a_day_stays_as_long_as_the_archive_has_a_record_of_it(policy: Policy) -> None:
    book = policy.log.directory
    write(book, security(policy, 5, ADDRESS), security(policy, 6, ADDRESS))
    move(book, fresh_url(), NOW)
    assert len(security_keys(book).days()) == 2
    assert purge(policy, book, NOW).keys == []
    later = NOW + timedelta(policy.retention.security.days - 5.5)
    assert len(purge(policy, book, later).keys) == 1
    assert len(security_keys(book).days()) == 1


@pytest.mark.parametrize("command", ["purge", "erase"])
def test_what_a_killed_move_put_in_part_goes_before_records_are_taken_out_of_the_archive(
    command: str, policy: Policy, tmp_path: Path
) -> None:
    book, store = make_book(policy), tmp_path / "store"
    move(book, f"file://{store}", NOW)
    before = whole(book)
    place = store / archived(book)[0].entry.name
    place.with_name("20261113T100000000000-1-abc.jsonl.zst.tmp").write_bytes(place.read_bytes())
    theirs = store / "notes.tmp"
    theirs.write_bytes(b"of somebody else")
    assert purge(policy, book, NOW, dry_run=True).records == {}
    assert len(list(store.rglob("*.tmp"))) == 2
    if command == "purge":
        purge(policy, book, NOW)
    else:
        erase(policy, book, request_of(ADDRESS), NOW)
    assert list(store.rglob("*.tmp")) == [theirs]
    assert whole(book) == before


def request_of(address: str) -> Request:
    """A request for the records of an address, of all days."""
    packed = pack(address)
    assert packed is not None
    return Request(packed, "0000-00-00", "9999-99-99")


@pytest.mark.parametrize("compacted", [False, True], ids=["sealed", "compacted"])
def test_a_subject_s_records_are_found_and_erased_in_the_archive_and_nobody_else_s(
    policy: Policy, url: str, compacted: bool
) -> None:
    book = policy.log.directory
    write(book, security(policy, 5, ADDRESS), security(policy, 5, OTHER))
    if compacted:
        compact(book, NOW)
    move(book, url, NOW)
    write(book, security(policy, 0, ADDRESS))
    assert len(find(policy, book, request_of(ADDRESS), NOW).records) == 2
    done = erase(policy, book, request_of(ADDRESS), NOW)
    assert (done.erased, done.held, done.damaged) == (2, 0, [])
    assert find(policy, book, request_of(ADDRESS), NOW).records == []
    assert len(find(policy, book, request_of(OTHER), NOW).records) == 1
    assert [verdict.damage for verdict in verify(book)] == [None]


def test_an_erasure_that_cannot_reach_the_archive_is_not_begun(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    book, url = policy.log.directory, fresh_url()
    write(book, security(policy, 5, ADDRESS))
    move(book, url, NOW)
    write(book, security(policy, 0, ADDRESS))
    away(monkeypatch, url)
    with pytest.raises(BookError, match="the book's archive cannot be read: is away"):
        erase(policy, book, request_of(ADDRESS), NOW)
    with pytest.raises(BookError, match="the book's archive cannot be read: is away"):
        find(policy, book, request_of(ADDRESS), NOW)
    monkeypatch.undo()
    assert len(find(policy, book, request_of(ADDRESS), NOW).records) == 2


def away(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Let a store not be reached."""

    def fail(*_: object) -> list[Entry]:
        raise StoreError(url, "is away")

    for call in ("entries", "read", "put", "delete"):
        monkeypatch.setattr(open_store(url), call, fail)


def test_a_purge_that_cannot_reach_the_archive_purges_the_disk_says_so_and_keeps_the_keys(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, url = policy.log.directory, fresh_url()
    write(book, visit(policy, 5), security(policy, 5, ADDRESS))
    move(book, url, NOW)
    write(book, visit(policy, 0))
    away(monkeypatch, url)
    done = purge(policy, book, NOW + timedelta(365))
    assert (done.records, done.keys) == ({"visit": 1}, [])
    assert done.archive is not None
    assert "is away" in done.archive
    monkeypatch.undo()
    done = purge(policy, book, NOW + timedelta(365))
    assert (done.records, done.archive, len(done.keys)) == ({"visit": 1, "security": 1}, None, 1)


def test_two_books_have_two_archives(policy: Policy, tmp_path: Path) -> None:
    book, url = make_book(policy), f"file://{tmp_path}/store"
    move(book, url, NOW)
    other = tmp_path / "other"
    write(other, visit(policy, 5))
    with pytest.raises(BookError, match="is the archive of another book than"):
        move(other, url, NOW)
    assert not (other / "archive.json").exists()
    assert len(list(segments(other))) == 1
    with pytest.raises(BookError, match="one book has one archive"):
        move(book, f"{url}-elsewhere", NOW)


@pytest.mark.parametrize("where", ["", "/archive", "/..", "/../link"])
def test_no_archive_is_in_or_around_the_book_itself(where: str, policy: Policy) -> None:
    """There a segment would be moved onto itself, and then deleted."""
    book = make_book(policy)
    (book.parent / "link").symlink_to(book)
    before = whole(book)
    with pytest.raises(BookError, match="in or around the book itself"):
        move(book, f"file://{book}{where}", NOW)
    assert whole(book) == before


def test_a_purge_without_the_archive_s_library_gives_account_of_the_disk(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = make_book(policy)
    move(book, fresh_url(), NOW)
    write(book, visit(policy, 100))

    def missing(_: str) -> Store:
        raise FrontdeskError("s3:// needs a library")

    monkeypatch.setattr(archive, "open_store", missing)
    done = purge(policy, book, NOW)
    assert done.records == {"visit": 1}
    assert done.archive == "s3:// needs a library"


def test_who_follows_a_book_never_waits_for_its_archive(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    book = make_book(policy)
    url = fresh_url()
    follower = Follower(book)
    listed = list(segments(book))
    move(book, url, NOW)
    away(monkeypatch, url)
    monkeypatch.setattr("frontdesk.systemdata.follow.segments", lambda *_, **__: iter(listed))
    assert len(list(follower.read())) == 5  # of today, which is on the disk


def test_verify_looks_where_a_segment_is_that_was_moved_since_it_was_listed(policy: Policy) -> None:
    book = make_book(policy)
    verdicts = verify(book)
    first = next(verdicts)
    move(book, fresh_url(), NOW)
    assert sum(verdict.records for verdict in (first, *verdicts)) == 27


def test_an_archive_that_was_emptied_is_not_taken_for_one_without_records(policy: Policy, tmp_path: Path) -> None:
    book = make_book(policy)
    move(book, f"file://{tmp_path}/store", NOW)
    (tmp_path / "store").rename(tmp_path / "gone")
    with pytest.raises(BookError, match="here should be the archive of"):
        whole(book)
    assert "here should be the archive of" in (purge(policy, book, NOW).archive or "")


def test_no_second_archive_is_begun_while_the_first_is_away(policy: Policy, tmp_path: Path) -> None:
    book, store, url = make_book(policy), tmp_path / "store", f"file://{tmp_path}/store"
    move(book, url, NOW)
    before = whole(book)
    store.rename(tmp_path / "unmounted")
    store.mkdir()  # what one sees where a disk is not mounted
    with pytest.raises(BookError, match=f"^{url}: here should be .* mounting its disk; .* delete {book}/archive.json"):
        move(book, url, NOW + timedelta(2))
    assert list(store.iterdir()) == []
    store.rmdir()
    (tmp_path / "unmounted").rename(store)
    assert whole(book) == before
    assert move(book, url, NOW + timedelta(2)).records == 5


def test_another_archive_is_begun_where_the_book_does_not_speak_of_the_one_that_is_lost(
    policy: Policy, tmp_path: Path
) -> None:
    book, url = make_book(policy), f"file://{tmp_path}/store"
    move(book, url, NOW)
    (tmp_path / "store").rename(tmp_path / "lost")
    (book / "archive.json").unlink()
    assert move(book, url, NOW + timedelta(2)).records == 5
    assert {file.home.parents[1].name for file in archived(book)} == {f"{NOW:%Y-%m-%d}"}


def test_an_archive_goes_on_where_it_was_noted_and_not_begun(policy: Policy, tmp_path: Path) -> None:
    book, url = make_book(policy), f"file://{tmp_path}/store"
    move(book, url, NOW)
    (book / "archive.json").rename(book / "archive.json.part")
    move(book, url, NOW)  # the store was told already
    (book / "archive.json").rename(book / "archive.json.part")
    (tmp_path / "store").rename(tmp_path / "before")
    assert move(book, url, NOW + timedelta(2)).records == 5


def test_an_object_that_somebody_deleted_while_it_was_read_is_passed_over_by_verify(policy: Policy, s3: "S3") -> None:
    book, bucket = make_book(policy), s3.bucket()
    move(book, bucket, NOW)
    verdicts = verify(book)
    next(verdicts)
    next(verdicts)
    gone = archived(book)[-1]
    s3.client().delete_object(Bucket=bucket.removeprefix("s3://"), Key=gone.entry.name)
    assert gone.name not in [verdict.path.name for verdict in verdicts]
    with pytest.raises(FileNotFoundError):
        list(read(gone))


def test_a_flipped_bit_in_the_archive_is_found(policy: Policy, tmp_path: Path) -> None:
    book = make_book(policy)
    move(book, f"file://{tmp_path}/store", NOW)
    for path in [path for path in (tmp_path / "store").rglob("*") if path.suffix in {".zst", ".parquet"}]:
        content = path.read_bytes()
        path.write_bytes(content[:40] + bytes([content[40] ^ 1]) + content[41:])
        assert [verdict.path.name for verdict in verify(book) if verdict.damage] == [path.name]
        path.write_bytes(content)


def test_files_of_others_in_the_bucket_are_no_segments(policy: Policy, tmp_path: Path) -> None:
    book = make_book(policy)
    move(book, f"file://{tmp_path}/store", NOW)
    before = whole(book)
    shelf = archived(book)[0]
    place = tmp_path / "store" / shelf.entry.name
    for name in ("notes.txt", "x.parquet", "../../../deeper/than/any/shelf/x.parquet"):
        (place.parent / name).resolve().parent.mkdir(parents=True, exist_ok=True)
        (place.parent / name).write_bytes(place.read_bytes())
    assert whole(book) == before


def test_a_bucket_that_keeps_what_is_deleted_is_refused(policy: Policy, s3: "S3") -> None:
    book, bucket = make_book(policy), s3.bucket()
    name = bucket.removeprefix("s3://")
    s3.client().put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    with pytest.raises(BookError, match="the bucket has versioning"):
        move(book, bucket, NOW)
    assert len(list(segments(book))) == 7


def test_a_bucket_that_begins_to_keep_what_is_deleted_is_told_by_purge_and_refused_by_erasure(
    policy: Policy, s3: "S3"
) -> None:
    book, bucket = policy.log.directory, s3.bucket()
    write(book, security(policy, 5, ADDRESS))
    move(book, bucket, NOW)
    name = bucket.removeprefix("s3://")
    s3.client().put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    with pytest.raises(BookError, match="nobody could be erased"):
        erase(policy, book, request_of(ADDRESS), NOW)
    done = purge(policy, book, NOW + timedelta(365))
    assert done.records == {"security": 1}
    assert "the bucket has versioning" in (done.archive or "")
    assert len(done.keys) == 1  # what is kept of it nobody can read


def test_of_a_store_that_cannot_tell_the_operator_is_warned(policy: Policy) -> None:
    assert "versioning and soft delete must be off" in (move(make_book(policy), fresh_url(), NOW).warning or "")


def test_no_name_in_the_archive_holds_more_than_it_did_in_the_book(policy: Policy, tmp_path: Path) -> None:
    book = make_book(policy)
    names = {path.relative_to(book).as_posix() for path in segments(book)}
    move(book, f"file://{tmp_path}/store", NOW)
    there = {path.relative_to(tmp_path / "store").as_posix() for path in (tmp_path / "store").rglob("*.*")}
    assert there - {"archive.json"} <= names


def test_large_archived_segments_are_read_in_parts(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontdesk.systemdata.archived.WHOLE", 1 << 10)
    monkeypatch.setattr("frontdesk.systemdata.archived._BLOCK", 1 << 10)
    monkeypatch.setattr("frontdesk.systemdata.archived._TAIL", 1 << 9)
    book = policy.log.directory
    write(book, *(visit(policy, 5, **{"http.route": f"/{token_hex(32)}"}) for _ in range(1000)))
    before = whole(book)
    move(book, fresh_url(), NOW)
    assert archived(book)[0].entry.size > 20 << 10
    assert whole(book) == before
    [verdict] = verify(book)
    assert (verdict.records, verdict.damage) == (1000, None)


def test_purges_and_moves_exclude_each_other(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    book, url = make_book(policy), fresh_url()
    store: Any = open_store(url)
    put, refused = store.put, []

    def put_while_purging(name: str, file: Path) -> None:
        with pytest.raises(BookError, match="another command is changing this book"):
            purge(policy, book, NOW)
        refused.append(name)
        put(name, file)

    monkeypatch.setattr(store, "put", put_while_purging)
    move(book, url, NOW)
    assert len(refused) == 6


def test_room_is_made_on_the_disk_without_asking_the_archive(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    from frontdesk.systemdata.room import Room, make_room  # noqa: PLC0415 - beside what it is compared with

    book, url = make_book(policy), fresh_url()
    move(book, url, NOW)
    away(monkeypatch, url)
    assert [freed.records for freed in make_room(book, Room(max_total_bytes=0))] == [5]
    monkeypatch.undo()
    assert len(archived(book)) == 6


def days_of(book: Path) -> Iterator[str]:
    """The days of which the whole book has anything."""
    yield from sorted({shelf.day for shelf, _ in files(book)})


def test_only_the_days_that_are_asked_for_are_listed(policy: Policy) -> None:
    book = make_book(policy)
    move(book, fresh_url(), NOW)
    since = f"{NOW - timedelta(seconds=6 * DAY):%Y-%m-%d}"
    assert {shelf.day for shelf, _ in files(book, since)} == {day for day in days_of(book) if day >= since}
    assert {shelf.retention_class for shelf, _ in files(book, "", "security")} == set()


def test_verify_asks_for_each_archived_segment_once(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    book, url = make_book(policy), fresh_url()
    move(book, url, NOW)
    store: Any = open_store(url)
    behind, asked_for = store.read, []

    def read(name: str, *place: int) -> bytes:
        asked_for.append(name)
        content: bytes = behind(name, *place)
        return content

    monkeypatch.setattr(store, "read", read)
    assert [verdict.damage for verdict in verify(book)] == [None] * 7
    assert len(asked_for) == len(set(asked_for)) == 7  # of which one tells whose archive it is
