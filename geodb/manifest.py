"""The manifest that lies beside a database: what it is, what it was built from, and whether it is whole."""

import hashlib
from datetime import date
from pathlib import Path

import msgspec

from frontdesk.geodb.coverage import Coverage
from frontdesk.geodb.errors import DatabaseError

FORMAT = 2


class SourceEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One source of a database, as it was read."""

    name: str
    file: str
    sha256: str
    date: date | None
    licence: str
    url: str
    fields: tuple[str, ...]
    max_days: int | None = None  # for how many days its licence lets a version be used


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What a database is. `build_date` is that of its newest source, so that equal inputs give equal manifests."""

    format: int
    name: str
    size: int
    sha256: str
    build_date: date
    networks: int
    cut: str
    coverage: Coverage
    rules: str  # the digest of the network type rules that it was built with
    sources: tuple[SourceEntry, ...]
    attributions: tuple[str, ...]
    changes: str
    country: str = "first"  # how it was chosen: that of the first source that has one, or by majority


def beside(database: Path) -> Path:
    """Where the manifest of a database lies."""
    return database.with_name(database.name + ".json")


def write(manifest: Manifest, database: Path) -> None:
    """Write the manifest of a database, readable by people."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    beside(database).write_bytes(text + b"\n")


def read(database: Path) -> Manifest:
    """Read the manifest of a database and prove the database against it.

    Raises `DatabaseError` where the manifest is missing or the database is not the one that it describes.
    """
    try:
        if not database.exists():
            raise DatabaseError(database, "does not exist")
        if not database.is_file():
            raise DatabaseError(database, "is not a file")
        raw = beside(database).read_bytes()
        size, checksum = database.stat().st_size, sha256(database)
    except FileNotFoundError:
        raise DatabaseError(database, _no_manifest(database)) from None
    except OSError as error:
        raise DatabaseError(database, f"cannot be read: {error.strerror}") from None
    try:
        manifest = msgspec.json.decode(raw, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DatabaseError(beside(database), f"is not a manifest: {error}") from None
    if manifest.format != FORMAT:
        raise DatabaseError(database, f"has format {manifest.format}, this version reads {FORMAT}: build it again")
    if (size, checksum) != (manifest.size, manifest.sha256):
        raise DatabaseError(database, "is damaged: it is not the file that its manifest describes")
    return manifest


def sha256(file: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _no_manifest(database: Path) -> str:
    return f"has no manifest ({beside(database).name}): build one with `frontdesk geodb build {database} --out FILE`"
