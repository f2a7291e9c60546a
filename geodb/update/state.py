"""What is remembered of a fetched file, in a small JSON beside it, so that it is not fetched again unchanged."""

import hashlib
import os
from datetime import UTC, date
from email.utils import parsedate_to_datetime
from pathlib import Path

import msgspec

from frontdesk.geodb.manifest import sha256

_PRIVATE = 0o600


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a file came.

    Attributes:
        origin: the digest of the address that it came from; the address itself may hold what is nobody's business.
        etag: the server's `ETag`, empty where it gave none.
        last_modified: the server's `Last-Modified`, empty where it gave none.
        packed: the SHA-256 of what came.
        sha256: the SHA-256 of the file that was made of it; empty while it is still coming.
    """

    origin: str
    etag: str = ""
    last_modified: str = ""
    packed: str = ""
    sha256: str = ""

    def conditions(self) -> dict[str, str]:
        """The headers that ask for a file only where it is another one by now (RFC 9110, section 13)."""
        told = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in told.items() if value}

    def validator(self) -> str:
        """What tells this very content from any other: a strong `ETag`, or the time of its last change."""
        return self.etag if self.etag.startswith('"') else self.last_modified

    def day(self) -> date | None:
        """The day of its last change, as far as the server tells."""
        try:
            return parsedate_to_datetime(self.last_modified).astimezone(UTC).date()
        except (ValueError, OverflowError):
            return None


def origin(url: str) -> str:
    """The digest by which an address is remembered."""
    return hashlib.sha256(url.encode()).hexdigest()


def beside(file: Path) -> Path:
    """Where the state of a file lies."""
    return file.with_name(f"{file.name}.state.json")


def read(file: Path) -> State | None:
    """What is remembered of a file; None where that is nothing, or another file lies there now."""
    state = recalled(file)
    try:
        return state if state and state.sha256 == sha256(file) else None
    except OSError:
        return None


def recalled(file: Path) -> State | None:
    """What is remembered of a file, whatever lies there."""
    try:
        return msgspec.json.decode(beside(file).read_bytes(), type=State)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def write(file: Path, state: State) -> None:
    """Remember how a file came."""
    put(beside(file), msgspec.json.encode(state))


def put(file: Path, content: bytes) -> None:
    """Write a small file at once and for its owner only."""
    part = file.with_name(f"{file.name}.new")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE), "wb") as stream:
        stream.write(content)
    part.replace(file)
