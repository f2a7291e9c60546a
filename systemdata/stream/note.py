"""A small file that is the old one or the new, whole, whatever happens: what must be remembered across a crash."""

from pathlib import Path
from typing import Any

import orjson

from frontdesk.systemdata.disk import DISK, Disk
from frontdesk.systemdata.errors import BookError
from frontdesk.systemdata.replacing import in_place_of
from frontdesk.systemdata.seal import write_all


def write_note(path: Path, content: Any, disk: Disk = DISK) -> None:
    """Write a file of JSON in the place of any that is there, and bring it to the disk. Raises `OSError`."""
    with in_place_of(path, disk) as new:
        write_all(new.fd, orjson.dumps(content), disk)


def read_note(path: Path) -> dict[str, Any]:
    """What a file of JSON says; nothing where it is not there. Raises `BookError` where it cannot be read."""
    try:
        content = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BookError(path, f"cannot be read: {error.strerror}") from None
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise damaged(path)
    return content


def damaged(path: Path) -> BookError:
    """The error of a file that says nothing that makes sense."""
    return BookError(path, "is damaged. What it remembers is in docs/stream.md, with what becomes of its loss")
