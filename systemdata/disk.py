"""The disk as the book's writer sees it: every system call of it that can fail, in one place.

A test that wants the n-th call to fail derives from `Disk`, and so does a task of a cluster that may be done twice at
once; nothing else is ever put in its place.
"""

import errno
import fcntl
import os
from pathlib import Path

UNFINISHED = ".tmp"
"""The ending of a file that is not whole yet, and takes its place by a rename."""
_OWNER_ONLY = 0o600


class Disk:
    """The system calls, as they are. Every method may raise `OSError`; `close` has closed the file even then."""

    def open(self, path: Path, flags: int) -> int:
        """Open a file that is its owner's alone, if it is made here."""
        return os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, _OWNER_ONLY)

    def lock(self, fd: int) -> None:
        """Take the file for this process, or fail at once where another has it."""
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def read(self, fd: int, size: int, offset: int) -> bytes:
        """Read at most so many bytes."""
        return os.pread(fd, size, offset)

    def write(self, fd: int, data: memoryview | bytes) -> int:
        """Write, and give how many bytes were taken: it may be fewer than given."""
        return os.write(fd, data)

    def truncate(self, fd: int, size: int) -> None:
        """Cut a file."""
        os.ftruncate(fd, size)

    def sync_data(self, fd: int) -> None:
        """Bring what a file holds to the disk."""
        os.fdatasync(fd)

    def sync(self, fd: int) -> None:
        """Bring what a file holds, and what is known of it, to the disk."""
        os.fsync(fd)

    def close(self, fd: int) -> None:
        """Close a file."""
        os.close(fd)

    def unfinished(self, path: Path) -> Path:
        """Where what is written lies until it is whole and takes its place."""
        return path.with_name(path.name + UNFINISHED)

    def rename(self, path: Path, target: Path) -> None:
        """Put a file in another's place."""
        path.rename(target)

    def unlink(self, path: Path) -> None:
        """Remove a file."""
        path.unlink()

    def make_folder(self, folder: Path) -> None:
        """Make a folder and those around it, each its owner's alone."""
        missing = [folder, *folder.parents]
        for place in reversed([place for place in missing if not place.is_dir()]):
            place.mkdir(mode=0o700, exist_ok=True)

    def sync_folder(self, folder: Path) -> None:
        """Bring the names in a folder to the disk, where folders can be synced at all."""
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
        finally:
            os.close(fd)


DISK = Disk()
"""The one that everybody uses."""
