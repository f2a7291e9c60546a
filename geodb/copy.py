"""Our own copy of a database, which nobody edits under our feet.

A file that is mapped and then rewritten in place kills the process or answers wrongly without a word. So an operator's
file is read once, proved against its manifest while it is copied into a folder of ours, and only the copy is ever
mapped. The copy is named by its content, so that all workers of a machine map the same one.
"""

import hashlib
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from frontdesk.geodb.errors import DatabaseError
from frontdesk.geodb.manifest import Manifest, sha256

_SUFFIX = ".mmdb"


def private_copy(file: Path, manifest: Manifest) -> Path:
    """The path of our copy of a database, made if need be. Raises `DatabaseError`."""
    try:
        copy = _folder(file) / f"{manifest.sha256}{_SUFFIX}"
        if not copy.exists() or sha256(copy) != manifest.sha256:
            _make(file, copy, manifest)
    except OSError as error:
        raise DatabaseError(file, f"cannot be copied to {_place()}: {error.strerror}") from None
    return copy


def drop_old_copies(file: Path, manifest: Manifest) -> None:
    """Remove our copies of what this file held before: some licences ask that old databases be destroyed.

    Whoever still maps one keeps it until it lets go.
    """
    with suppress(OSError, DatabaseError):
        for other in _folder(file).glob(f"*{_SUFFIX}"):
            if other.stem != manifest.sha256:
                other.unlink(missing_ok=True)


def _place() -> Path:
    return Path(tempfile.gettempdir()) / f"frontdesk-{os.getuid()}"


def _folder(file: Path) -> Path:
    """The folder for copies of one file. It must be ours alone: the place for temporary files belongs to everybody."""
    place = _place()
    folder = place / hashlib.sha256(os.fsencode(file.resolve())).hexdigest()[:16]
    for made in (place, folder):
        with suppress(FileExistsError):
            made.mkdir(mode=0o700)
        facts = made.lstat()
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid() or facts.st_mode & 0o077:
            raise DatabaseError(made, "is to hold copies of databases, but others may write there: remove it")
    return folder


def _make(file: Path, copy: Path, manifest: Manifest) -> None:
    """Copy, prove the copy, and only then give it its name."""
    handle, name = tempfile.mkstemp(dir=copy.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as out, file.open("rb") as source:
            while block := source.read(1 << 20):
                out.write(block)
        part.chmod(0o400)
        if sha256(part) != manifest.sha256:
            raise DatabaseError(file, "is damaged: it is not the file that its manifest describes")
        part.rename(copy)
    finally:
        part.unlink(missing_ok=True)
