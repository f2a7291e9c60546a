"""What every test may ask for: a policy whose book lies in the test's own folder, and the shared real inputs."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import orjson
import pytest
from hypothesis import settings

from frontdesk.geodb import Database
from frontdesk.middleware.complaint import seldom
from frontdesk.policy import EXAMPLE, Policy, load
from frontdesk.systemdata.daily_id import memory_keys
from frontdesk.systemdata.follow import Follower

if TYPE_CHECKING:
    from .s3 import S3

# How long an example takes is the machine's business; how long a test may take is pytest's.
settings.register_profile("frontdesk", deadline=None)
settings.load_profile("frontdesk")

_SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture
def shared() -> Path:
    """The folder of real inputs that nobody here wrote; a test that asks for it is skipped where it is not."""
    if not _SHARED.is_dir():
        pytest.skip(f"the shared inputs are not at {_SHARED}")
    return _SHARED


@pytest.fixture
def policy(tmp_path: Path) -> Iterator[Policy]:
    """The example policy, with the book in the test's own folder, and no key of it left in memory."""
    example = load(EXAMPLE)
    yield msgspec.structs.replace(example, log=msgspec.structs.replace(example.log, directory=tmp_path / "book"))
    forget_keys(tmp_path / "book")


def forget_keys(book: Path) -> None:
    """Remove the keys to a book's daily ids, which lie outside of the test's folder."""
    keys = memory_keys(book)
    if keys is not None:
        shutil.rmtree(keys.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def database() -> Database:
    """The embedded database."""
    return Database()


@pytest.fixture(autouse=True)
def _nothing_told_lately() -> None:
    """What another test complained of is not held back in this one."""
    seldom.forget()


@pytest.fixture(scope="session")
def _s3() -> Iterator["S3"]:
    from .s3 import serving  # noqa: PLC0415 - slow to load, and needed by few

    with serving() as server:
        yield server


@pytest.fixture
def s3(_s3: "S3", monkeypatch: pytest.MonkeyPatch) -> Iterator["S3"]:
    """An S3 server on this machine, which fails nobody yet, and an environment that leads to it and nowhere else."""
    from .s3 import ENVIRONMENT  # noqa: PLC0415 - the same

    for name, value in (ENVIRONMENT | {"AWS_ENDPOINT_URL": _s3.endpoint}).items():
        monkeypatch.setenv(name, value)
    _s3.mend()
    yield _s3
    _s3.mend()


ReadBook = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def read_book(tmp_path: Path) -> ReadBook:
    """Reads the records of one class in the book, sealed or open, oldest first: `read_book("security")`."""

    def read(retention_class: str = "visit") -> list[dict[str, Any]]:
        records = [orjson.loads(line) for line in Follower(tmp_path / "book").read()]
        return [record for record in records if record["frontdesk.retention.class"] == retention_class]

    return read
