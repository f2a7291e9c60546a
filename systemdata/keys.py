"""Keys of one day each, shared by the workers of a host, and gone when their day is to be forgotten.

A security record's address can be read as long as the key of its day is there, and never again after that. Destroying
a key is unlinking its file and syncing the folder. It is not overwritten first: on an SSD or a file system that copies
on write that proves nothing. Whoever must be certain keeps the book on an encrypted volume, and keys out of backups.
"""

import os
import secrets
import stat
import time
from contextlib import suppress
from datetime import date
from pathlib import Path

from frontdesk.systemdata.disk import DISK
from frontdesk.systemdata.errors import BookError
from frontdesk.systemdata.ipcrypt import KEY_BYTES

_SUFFIX = ".key"
_PART = ".part"
_STALE = 3600.0


class Keys:
    """The keys in one folder, one for each day (`2026-11-23`)."""

    def __init__(self, folder: Path, owner: int | None = None) -> None:
        """Take a folder, and whose it has to be where others may make one of that name: else it is that of the book's
        owner, whoever looks at the keys.
        """
        self.folder = folder
        self._owner = owner

    def make(self, day: str) -> bytes:
        """The key of a day, made if nobody has made it yet. Whoever comes first, all get the same.

        Raises `OSError`, and `BookError` where the folder or the key is not ours alone.
        """
        key = self.get(day)
        if key is None:
            self._make_folder()
            self._offer(day)
            key = self.get(day)
        if key is None:
            raise BookError(self._path(day), "the key was taken away while it was made")
        return key

    def get(self, day: str) -> bytes | None:
        """The key of a day, or None where there is none: not made yet, or destroyed.

        Raises `OSError`, and `BookError` where the folder or the key is not ours alone.
        """
        self._check_owner()
        path = self._path(day)
        try:
            fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        with os.fdopen(fd, "rb") as stream:
            if stat.S_IMODE(os.fstat(fd).st_mode) & 0o077:
                raise BookError(path, "others may read this key: give it mode 0600")
            key = stream.read(KEY_BYTES + 1)
        if len(key) != KEY_BYTES:
            raise BookError(path, f"is no key: expected {KEY_BYTES} bytes, found {len(key)}")
        return key

    def days(self) -> list[str]:
        """The days whose keys are there, oldest first. Raises as `get` does."""
        self._check_owner()
        try:
            return sorted(path.stem for path in self.folder.iterdir() if path.suffix == _SUFFIX and _is_day(path.stem))
        except FileNotFoundError:
            return []

    def destroy(self, day: str) -> bool:
        """Destroy the key of a day, for good; whether there was one. Raises as `get` does."""
        self._check_owner()
        try:
            self._path(day).unlink()
        except FileNotFoundError:
            return False
        DISK.sync_folder(self.folder)
        return True

    def sweep(self) -> None:
        """Remove what a process that died left of a key that it was making."""
        for part in self.folder.glob(f"*{_PART}"):
            with suppress(OSError):
                if time.time() - part.stat().st_mtime > _STALE:
                    part.unlink()

    def _path(self, day: str) -> Path:
        return self.folder / f"{day}{_SUFFIX}"

    def _check_owner(self) -> None:
        """See that the folder is not another user's, nor a link to somewhere else, before anything is done in it."""
        with suppress(FileNotFoundError):
            if self._owner is not None:
                self._check(self._owner)

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._check(os.geteuid())

    def _check(self, owner: int) -> None:
        facts = self.folder.lstat()
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != owner or facts.st_mode & 0o077:
            raise BookError(self.folder, "is to hold keys, but it is not ours alone: give it mode 0700")

    def _offer(self, day: str) -> None:
        """Write a new key whole, and give it its name unless somebody else's has it: a link never replaces."""
        part = self.folder / f"{day}-{os.getpid()}-{secrets.token_hex(8)}{_PART}"
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(fd, "wb") as stream:
                stream.write(secrets.token_bytes(KEY_BYTES))
                stream.flush()
                os.fsync(fd)
            with suppress(FileExistsError):
                os.link(part, self._path(day), follow_symlinks=False)
        finally:
            part.unlink(missing_ok=True)
        DISK.sync_folder(self.folder)


def security_keys(directory: Path) -> Keys:
    """The keys to the addresses in a book's security records."""
    return Keys(directory / "keys" / "security")


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
