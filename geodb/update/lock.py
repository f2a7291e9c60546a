"""One update at a time in a folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from frontdesk.policy.errors import FrontdeskError


@contextmanager
def lock(directory: Path) -> Iterator[None]:
    """Hold a folder, made if need be, for its owner only. Raises `FrontdeskError` where another update holds it.

    The lock is the kernel's, so one that is killed leaves nothing behind that stands in the way of the next.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(directory / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise FrontdeskError(f"{directory}: sources cannot be kept here: {error.strerror}") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FrontdeskError(f"{directory}: another update is under way here") from None
        yield
    finally:
        os.close(handle)
