"""What every store must do: a folder, fsspec's own in memory, and S3 over a socket."""

from collections.abc import Callable
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest

from frontdesk.policy.errors import FrontdeskError
from frontdesk.systemdata import objects
from frontdesk.systemdata.archived import put
from frontdesk.systemdata.store import Entry, Store, StoreError, open_store

from ..s3 import BROKEN, DENIED

if TYPE_CHECKING:
    from ..s3 import S3

STORES: dict[str, Callable[[pytest.FixtureRequest], str]] = {
    "disk": lambda request: f"file://{request.getfixturevalue('tmp_path')}/store",
    "memory": lambda _: f"memory://{token_hex(8)}/prefix",
    "s3": lambda request: f"{request.getfixturevalue('s3').bucket()}/prefix/deeper",
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    """A store with nothing in it."""
    return open_store(STORES[request.param](request))


@pytest.fixture
def write(tmp_path: Path) -> Callable[[bytes], Path]:
    """Writes a file to be put somewhere."""

    def write(content: bytes) -> Path:
        path = tmp_path / "file"
        path.write_bytes(content)
        return path

    return write


Write = Callable[[bytes], Path]


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let S3 be asked once only."""
    monkeypatch.setattr("s3fs.core.S3FileSystem.retries", 1)
    monkeypatch.setitem(objects._S3["config_kwargs"], "retries", {"max_attempts": 0})


def names(store: Store, under: str) -> list[str]:
    """What is there, sorted."""
    return sorted(entry.name for entry in store.entries(under))


def test_an_empty_store_lists_nothing(store: Store) -> None:
    assert store.entries("") == store.entries("visit/") == store.entries("archive.json") == []


def test_what_is_put_is_listed_and_read(store: Store, write: Write) -> None:
    store.put("visit/2026-11-20/us/a", write(b"0123456789"))
    store.put("visit/2026-11-21/us/b", write(b""))
    store.put("security/2026-11-21/us/c", write(b"c"))
    assert names(store, "") == ["security/2026-11-21/us/c", "visit/2026-11-20/us/a", "visit/2026-11-21/us/b"]
    assert names(store, "visit/") == ["visit/2026-11-20/us/a", "visit/2026-11-21/us/b"]
    assert names(store, "visit/2026-11-20/us/a") == ["visit/2026-11-20/us/a"]
    assert names(store, "visit/2026-11-20/us/") == ["visit/2026-11-20/us/a"]
    assert sorted(entry.size for entry in store.entries("visit/")) == [0, 10]
    assert store.read("visit/2026-11-20/us/a", 2, 5) == b"234"
    assert store.read("visit/2026-11-20/us/a", 0, 10) == b"0123456789"


def test_a_file_that_is_put_again_is_another_one(store: Store, write: Write) -> None:
    store.put("a/b", write(b"one"))
    [before] = store.entries("a/")
    store.put("a/b", write(b"two"))
    [after] = store.entries("a/")
    assert after.tag != before.tag
    assert after == Entry("a/b", 3, after.tag)
    assert store.entries("a/b") == [after]
    assert store.read("a/b", 0, 3) == b"two"


def test_what_is_created_is_in_nobody_s_place(store: Store) -> None:
    store.create("archive.json", b"ours")
    with pytest.raises(FileExistsError):
        store.create("archive.json", b"theirs")
    assert store.read("archive.json", 0, 4) == b"ours"


def test_what_is_deleted_is_gone_and_may_be_deleted_again(store: Store, write: Write) -> None:
    store.put("a/b/c", write(b"one"))
    store.put("a/b/d", write(b"two"))
    for _ in range(2):
        store.delete("a/b/c")
        assert names(store, "") == ["a/b/d"]
    with pytest.raises(FileNotFoundError):
        store.read("a/b/c", 0, 1)


def test_a_sweep_takes_nothing_that_is_there_whole(store: Store, write: Write) -> None:
    store.put("a/b", write(b"one"))
    store.sweep(lambda _: True)
    assert store.read("a/b", 0, 3) == b"one"


def test_a_folder_s_sweep_takes_what_is_there_in_part_under_a_name_of_ours(tmp_path: Path) -> None:
    top = tmp_path / "store"
    for name in ("ours/a.tmp", "ours/b", "theirs/a.tmp"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(b"half")
    open_store(f"file://{top}").sweep(lambda name: name.startswith("ours/"))
    assert [path for path in sorted(top.rglob("*")) if path.is_file()] == [top / "ours/b", top / "theirs/a.tmp"]
    open_store(f"file://{tmp_path}/no-such-store").sweep(lambda _: True)


def test_a_file_that_cannot_be_read_here_is_not_put_there(store: Store, tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"No such file|there is no such object"):
        store.put("a", tmp_path / "none")
    assert store.entries("") == []


def test_what_is_put_is_proved(store: Store, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, "a/b", write(b"0123456789"))
    honest = store.put
    half = write(b"01234").rename(write(b"").with_name("half"))
    file = write(b"0123456789")
    monkeypatch.setattr(store, "put", lambda name, _: honest(name, half))
    with pytest.raises(StoreError, match="not what is there"):
        put(store, "a/b", file)
    garbled = write(b"0123456780").rename(half.with_name("garbled"))
    file = write(b"0123456789")
    monkeypatch.setattr(store, "put", lambda name, _: honest(name, garbled))
    with pytest.raises(StoreError, match="not what is there"):
        put(store, "a/b", file)


def test_s3_tells_whether_it_keeps_what_is_deleted(s3: "S3") -> None:
    url = s3.bucket()
    store = open_store(url)
    assert store.keeps_deleted() is False
    versioning: dict[str, Any] = {"Bucket": url.removeprefix("s3://"), "VersioningConfiguration": {"Status": "Enabled"}}
    s3.client().put_bucket_versioning(**versioning)
    assert store.keeps_deleted() is True
    store.create("a/b", b"1")
    versioning["VersioningConfiguration"] = {"Status": "Suspended"}
    s3.client().put_bucket_versioning(**versioning)
    assert store.keeps_deleted() is True  # a version from before is still there
    there = s3.client().list_object_versions(Bucket=versioning["Bucket"])["Versions"]
    s3.client().delete_object(Bucket=versioning["Bucket"], Key="a/b", VersionId=there[0]["VersionId"])
    assert store.keeps_deleted() is False
    s3.fails = lambda _method, _path: DENIED
    assert store.keeps_deleted() is None


def test_of_other_stores_that_is_not_known() -> None:
    assert open_store("memory://somewhere").keeps_deleted() is None


@pytest.mark.parametrize(
    ("answer", "words"),
    [(BROKEN, "the store fails: We encountered an internal error"), (DENIED, "the store refuses: Access Denied")],
    ids=["broken", "denied"],
)
def test_s3_that_fails_is_told_in_one_line_without_a_secret(
    s3: "S3", write: Write, answer: tuple[str, str, str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch)
    store = open_store(f"{s3.bucket()}/prefix")
    s3.fails = lambda _method, _path: answer
    for call in (
        lambda: store.entries(""),
        lambda: store.read("a", 0, 1),
        lambda: store.put("a", write(b"a")),
        lambda: store.create("a", b"a"),
        lambda: store.delete("a"),
    ):
        with pytest.raises(StoreError) as caught:
            call()
        told = f"{caught.value.filename} {caught.value.strerror}"
        assert words in told
        assert "\n" not in told
        assert "testing-secret" not in told


def test_s3_that_stands_still_is_told(s3: "S3", monkeypatch: pytest.MonkeyPatch) -> None:
    impatient(monkeypatch)
    monkeypatch.setitem(objects._S3["config_kwargs"], "read_timeout", 0.2)
    store = open_store(f"{s3.bucket()}/prefix")
    s3.slow = 1
    with pytest.raises(StoreError, match="the store fails: Read timeout"):
        store.entries("")


def test_a_bucket_that_is_not_there_is_told(s3: "S3") -> None:
    with pytest.raises(StoreError) as caught:
        open_store(f"s3://no-such-bucket-{token_hex(4)}/prefix").entries("")
    assert caught.value.strerror == "there is no such bucket, or it is not for these credentials"


def test_without_fsspec_it_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr("frontdesk.systemdata.objects.importlib.import_module", missing)
    with pytest.raises(FrontdeskError, match=r"^s3:// needs a library: pip install 'frontdesk\[objects\]'"):
        open_store(f"s3://{token_hex(8)}")


def test_a_scheme_that_nobody_knows_is_told() -> None:
    with pytest.raises(FrontdeskError, match=r"^carrier:// is no kind of store"):
        open_store("carrier://pigeon")
